"""The resources of the dev profile, read from the AWS APIs after the first apply."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from constructs_lib.commands import doctor
from tests.deployed.lookups import NAME, subnets
from tests.deployed.profiles import DECLARED_SECRETS
from tests.emulator.account import Account, Credentials
from tests.emulator.deployment import Deployment
from tests.emulator.policy_evaluation import policy


def test_the_ecs_cluster_has_enhanced_container_insights(dev: Deployment, outputs: dict[str, Any]) -> None:
    (cluster,) = dev.account.client("ecs").describe_clusters(
        clusters=[outputs["cluster_name"]], include=["SETTINGS"]
    )["clusters"]
    assert {"name": "containerInsights", "value": "enhanced"} in cluster["settings"]


def test_the_database_cluster_has_a_writer_and_a_reader(dev: Deployment) -> None:
    rds = dev.account.client("rds")
    (cluster,) = rds.describe_db_clusters(DBClusterIdentifier=NAME)["DBClusters"]
    assert (cluster["Engine"], cluster["Port"], cluster["MasterUsername"]) == (
        "aurora-postgresql",
        5432,
        "postgres",
    )
    assert cluster["EngineVersion"].split(".")[0] == "15"
    assert cluster["StorageEncrypted"]
    assert cluster["CopyTagsToSnapshot"]
    assert not cluster["DeletionProtection"]
    instances = {each["DBInstanceIdentifier"]: each for each in rds.describe_db_instances()["DBInstances"]}
    assert {
        name: (each["DBInstanceClass"], each["PromotionTier"], each["AvailabilityZone"])
        for name, each in instances.items()
    } == {
        f"{NAME}-writer": ("db.t3.medium", 0, "us-east-1a"),
        f"{NAME}-reader": ("db.t3.medium", 1, "us-east-1b"),
    }


def test_the_task_definition_pins_the_version_of_the_current_logins_secret(
    dev: Deployment, outputs: dict[str, Any]
) -> None:
    ecs, secrets = dev.account.client("ecs"), dev.account.client("secretsmanager")
    definition = ecs.describe_task_definition(taskDefinition=NAME)["taskDefinition"]
    assert (definition["cpu"], definition["memory"], definition["networkMode"]) == ("256", "512", "awsvpc")
    (container,) = definition["containerDefinitions"]
    assert container["image"] == "public.ecr.aws/nginx/nginx:1.28.0"
    assert container["portMappings"][0]["containerPort"] == 8080
    environment = {each["name"]: each["value"] for each in container["environment"]}
    assert environment["DB_HOST"] == outputs["database_writer_endpoint"]
    current = secrets.get_secret_value(SecretId=f"{NAME}-database-app-a")
    arn, version = current["ARN"], current["VersionId"]
    references = {each["name"]: each["valueFrom"] for each in container["secrets"]}
    assert references.keys() == {"DB_PASSWORD", "DB_USERNAME", *DECLARED_SECRETS}
    assert references.items() >= {
        ("DB_PASSWORD", f"{arn}:password::{version}"),
        ("DB_USERNAME", f"{arn}:username::{version}"),
    }


def statements_of_role(dev: Deployment, role: str) -> dict[str, Any]:
    """The statements of the one policy that a role has, by their ids."""
    iam = dev.account.client("iam")
    (attached,) = iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]
    version = iam.get_policy(PolicyArn=attached["PolicyArn"])["Policy"]["DefaultVersionId"]
    document = iam.get_policy_version(PolicyArn=attached["PolicyArn"], VersionId=version)
    return {each["Sid"]: each for each in document["PolicyVersion"]["Document"]["Statement"]}


def test_only_the_execution_role_may_read_the_secrets_of_the_logins(dev: Deployment) -> None:
    secrets = dev.account.client("secretsmanager")
    logins = [secrets.describe_secret(SecretId=f"{NAME}-database-app-{key}")["ARN"] for key in "ab"]
    read = statements_of_role(dev, f"{NAME}-execution")["ReadDatabaseSecrets"]
    assert read["Action"] == ["secretsmanager:GetSecretValue"]
    assert sorted(read["Resource"]) == sorted(logins)
    of_task = json.dumps(statements_of_role(dev, f"{NAME}-task"))
    assert "secretsmanager" not in of_task


def test_the_listeners_forward_https_and_redirect_http(dev: Deployment, outputs: dict[str, Any]) -> None:
    elb = dev.account.client("elbv2")
    (balancer,) = elb.describe_load_balancers(Names=[outputs["load_balancer_name"]])["LoadBalancers"]
    found = elb.describe_listeners(LoadBalancerArn=balancer["LoadBalancerArn"])["Listeners"]
    listeners = {each["Port"]: each for each in found}
    assert listeners.keys() == {80, 443}
    assert listeners[443]["SslPolicy"] == "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09"
    assert listeners[443]["DefaultActions"][0]["Type"] == "forward"
    assert listeners[80]["DefaultActions"][0]["RedirectConfig"]["StatusCode"] == "HTTP_301"


def test_the_certificate_is_issued_and_the_alias_record_points_to_the_load_balancer(
    dev: Deployment,
) -> None:
    acm, route53 = dev.account.client("acm"), dev.account.client("route53")
    (certificate,) = acm.list_certificates(CertificateStatuses=["ISSUED"])["CertificateSummaryList"]
    assert certificate["DomainName"] == "payment-api.example.com"
    (zone,) = route53.list_hosted_zones_by_name(DNSName="example.com")["HostedZones"]
    records = route53.list_resource_record_sets(HostedZoneId=zone["Id"])["ResourceRecordSets"]
    (alias,) = [
        each for each in records if each["Name"] == "payment-api.example.com." and "AliasTarget" in each
    ]
    (balancer,) = dev.account.client("elbv2").describe_load_balancers()["LoadBalancers"]
    assert alias["AliasTarget"]["DNSName"].rstrip(".").endswith(balancer["DNSName"])


def test_the_target_group_has_the_required_health_check(dev: Deployment) -> None:
    (group,) = dev.account.client("elbv2").describe_target_groups()["TargetGroups"]
    assert (group["Protocol"], group["Port"], group["TargetType"]) == ("HTTP", 8080, "ip")
    assert (
        group["HealthCheckPath"],
        group["HealthCheckIntervalSeconds"],
        group["HealthCheckTimeoutSeconds"],
        group["HealthyThresholdCount"],
        group["UnhealthyThresholdCount"],
    ) == ("/health", 30, 5, 2, 3)


def test_the_service_runs_two_tasks_in_the_private_subnets(dev: Deployment, outputs: dict[str, Any]) -> None:
    (service,) = dev.account.client("ecs").describe_services(
        cluster=outputs["cluster_name"], services=[outputs["service_name"]]
    )["services"]
    assert (service["desiredCount"], service["launchType"]) == (2, "FARGATE")
    assert service["healthCheckGracePeriodSeconds"] == 60
    deployment = service["deploymentConfiguration"]
    assert (deployment["minimumHealthyPercent"], deployment["maximumPercent"]) == (100, 200)
    assert deployment["deploymentCircuitBreaker"] == {"enable": True, "rollback": True}
    network = service["networkConfiguration"]["awsvpcConfiguration"]
    assert network["assignPublicIp"] == "DISABLED"
    private = {each["SubnetId"] for each in subnets(dev, outputs, "private").values()}
    assert set(network["subnets"]) == private


def test_the_service_scales_from_two_to_ten_tasks_by_cpu_memory_and_requests(dev: Deployment) -> None:
    scaling = dev.account.client("application-autoscaling")
    (target,) = scaling.describe_scalable_targets(ServiceNamespace="ecs")["ScalableTargets"]
    assert (target["MinCapacity"], target["MaxCapacity"]) == (2, 10)
    policies = scaling.describe_scaling_policies(ServiceNamespace="ecs")["ScalingPolicies"]
    tracked = {
        each["PolicyName"]: each["TargetTrackingScalingPolicyConfiguration"]["TargetValue"]
        for each in policies
    }
    assert tracked == {"cpu": 70, "memory": 80, "requests": 1000}


def test_the_web_acl_is_associated_with_the_load_balancer_and_has_its_rules(dev: Deployment) -> None:
    waf = dev.account.client("wafv2")
    (balancer,) = dev.account.client("elbv2").describe_load_balancers()["LoadBalancers"]
    found = waf.get_web_acl_for_resource(ResourceArn=balancer["LoadBalancerArn"])["WebACL"]
    acl = waf.get_web_acl(Name=found["Name"], Scope="REGIONAL", Id=found["Id"])["WebACL"]
    assert acl["DefaultAction"] == {"Allow": {}}
    rules = {each["Priority"]: each for each in acl["Rules"]}
    assert [rules[priority]["Name"] for priority in sorted(rules)][:2] == [
        "RateLimitRule",
        "SQLInjectionRule",
    ]
    assert rules[1]["Statement"]["RateBasedStatement"]["Limit"] == 2000
    assert rules[1]["Action"]["Block"]["CustomResponse"]["ResponseCode"] == 429
    matches = rules[2]["Statement"]["OrStatement"]["Statements"]
    body = matches[0]["SqliMatchStatement"]
    assert body["FieldToMatch"]["Body"]["OversizeHandling"] == "MATCH"
    assert [each["Type"] for each in body["TextTransformations"]] == ["URL_DECODE"]


def test_the_dashboard_shows_latency_errors_and_connections(dev: Deployment) -> None:
    answer = dev.account.client("cloudwatch").get_dashboard(DashboardName="PaymentAPI-dev")
    titles = {each["properties"]["title"] for each in json.loads(answer["DashboardBody"])["widgets"]}
    assert {"API Latency", "Error Rate", "Database Connections"} <= titles


def test_the_alarms_publish_to_the_alarm_topic(dev: Deployment, outputs: dict[str, Any]) -> None:
    # The prefix excludes the alarms that target tracking creates.
    answer = dev.account.client("cloudwatch").describe_alarms(
        AlarmNamePrefix=f"{NAME}-", AlarmTypes=["MetricAlarm", "CompositeAlarm"]
    )
    alarms = {each["AlarmName"]: each for each in answer["MetricAlarms"] + answer["CompositeAlarms"]}
    assert {f"{NAME}-error-rate", f"{NAME}-database-cpu", f"{NAME}-api-down"} <= alarms.keys()
    for alarm in alarms.values():
        assert alarm["AlarmActions"] == alarm["OKActions"] == [outputs["alarm_topic_arn"]]
    cpu = alarms[f"{NAME}-database-cpu"]
    assert (cpu["Threshold"], cpu["Period"], cpu["EvaluationPeriods"], cpu["DatapointsToAlarm"]) == (
        80,
        300,
        2,
        2,
    )


def test_the_state_bucket_has_versioning_encryption_and_a_lock_file(dev: Deployment) -> None:
    s3, bucket = dev.account.client("s3"), dev.state.outputs()["state_bucket"]
    assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
    rule = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"][0]
    assert rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms"
    keys = {each["Key"] for each in s3.list_object_versions(Bucket=bucket).get("DeleteMarkers", [])}
    assert "payment-api/dev/terraform.tfstate.tflock" in keys


@contextmanager
def administrator(account: Account) -> Iterator[Account]:
    """The account with the credentials of a role that is allowed everything, which exists only inside."""
    iam, sts = account.client("iam"), account.client("sts")
    owner = sts.get_caller_identity()["Account"]
    role = iam.create_role(
        RoleName="administrator",
        AssumeRolePolicyDocument=policy(
            {"Effect": "Allow", "Principal": {"AWS": owner}, "Action": "sts:AssumeRole"}
        ),
    )["Role"]
    allow_all = policy({"Effect": "Allow", "Action": "*", "Resource": "*"})
    iam.put_role_policy(RoleName="administrator", PolicyName="all", PolicyDocument=allow_all)
    keys = sts.assume_role(RoleArn=role["Arn"], RoleSessionName="administrator")["Credentials"]
    try:
        yield replace(
            account,
            credentials=Credentials(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"]),
        )
    finally:
        iam.delete_role_policy(RoleName="administrator", PolicyName="all")
        iam.delete_role(RoleName="administrator")


def test_the_doctor_finds_nothing_beside_a_deployment_that_is_as_it_should_be(
    dev: Deployment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its records, secrets, log groups and roles are those of the state, and count against no quota twice."""

    def dns(type_: str, _name: str) -> list[str]:
        route53 = dev.account.client("route53")
        (zone,) = route53.list_hosted_zones_by_name(DNSName="example.com")["HostedZones"]
        servers: list[str] = route53.get_hosted_zone(Id=zone["Id"])["DelegationSet"]["NameServers"]
        return servers if type_ == "NS" else []

    with administrator(dev.account) as account:
        for name, value in account.variables().items():
            monkeypatch.setenv(name, value)
        environment = {
            **dev.environment,
            **dev.settings,
            **account.variables(),
            "CDKTF_OUTDIR": str(tmp_path),
            "TF_DATA_DIR": str(tmp_path / "terraform"),
        }
        subject, report = doctor.examine(tmp_path, environment, ask_dns=dns)
    assert report.lines == []
    assert doctor.exit_code(report) == 0
    assert subject.startswith(f"{NAME} in us-east-1, account 111111111111, as arn:aws:sts::111111111111:")
