"""The deployment with every setting set, read from the AWS APIs after its first apply."""

import json
from typing import Any

import pytest

from constructs_lib.settings.loader import load_settings
from constructs_lib.settings.model import Settings
from tests.deployed.lookups import state_object
from tests.deployed.profiles import DEPLOYED, settings_of
from tests.emulator.background import Background
from tests.emulator.deployment import Deployment
from tests.variables import EVERYTHING_ON


@pytest.fixture(scope="module")
def everything(background: Background) -> Deployment:
    """The deployment after its first apply."""
    return background.result(DEPLOYED["everything"])


@pytest.fixture(scope="module")
def settings() -> Settings:
    """The settings of the deployment."""
    return load_settings(settings_of(EVERYTHING_ON), {})


@pytest.fixture(scope="module")
def container(everything: Deployment) -> dict[str, Any]:
    """The container definition that ECS has registered."""
    ecs = everything.account.client("ecs")
    definition = ecs.describe_task_definition(taskDefinition=everything.name)["taskDefinition"]
    (found,) = definition["containerDefinitions"]
    return dict(found)


@pytest.fixture(scope="module")
def balancer(everything: Deployment) -> dict[str, Any]:
    """The load balancer."""
    (found,) = everything.account.client("elbv2").describe_load_balancers()["LoadBalancers"]
    return dict(found)


def state_attributes(everything: Deployment, type_: str) -> dict[str, Any]:
    """The attributes of the only resource of a type in the remote state."""
    bucket, key = state_object(everything)
    stored = everything.account.client("s3").get_object(Bucket=bucket, Key=key)
    resources = json.load(stored["Body"])["resources"]
    (found,) = [each for each in resources if each["type"] == type_ and each["mode"] == "managed"]
    return dict(found["instances"][0]["attributes"])


def test_it_is_deployed_in_its_region(everything: Deployment, settings: Settings) -> None:
    # The account's default VPC has a default subnet in each zone.
    zones = {
        each["AvailabilityZone"]
        for each in everything.account.client("ec2").describe_subnets()["Subnets"]
        if not each["DefaultForAz"]
    }
    assert settings.region == "ca-central-1"
    assert zones == {f"ca-central-1{zone}" for zone in "abd"}


def test_the_alarm_address_is_subscribed_to_the_alarm_topic(
    everything: Deployment, settings: Settings
) -> None:
    (subscription,) = everything.account.client("sns").list_subscriptions()["Subscriptions"]
    assert subscription["TopicArn"] == everything.system.outputs()["alarm_topic_arn"]
    assert (subscription["Protocol"], subscription["Endpoint"]) == ("email", settings.monitoring.alarm_email)


def test_the_tasks_may_reach_each_destination_and_not_the_internet(everything: Deployment) -> None:
    rules = everything.account.client("ec2").describe_security_group_rules(Filters=[])["SecurityGroupRules"]
    # The stack's rules have tags, those of the account's default VPC have none.
    egress = {
        (rule["CidrIpv4"], rule["FromPort"], rule["ToPort"])
        for rule in rules
        if rule["IsEgress"] and "CidrIpv4" in rule and rule.get("Tags")
    }
    assert egress == {("192.0.2.0/24", 443, 443), ("203.0.113.7/32", 65535, 65535)}


def test_the_backup_plan_copies_the_cluster_to_the_vault(everything: Deployment) -> None:
    backup, rds = everything.account.client("backup"), everything.account.client("rds")
    (vault,) = backup.list_backup_vaults()["BackupVaultList"]
    (plan,) = backup.list_backup_plans()["BackupPlansList"]
    rules = backup.get_backup_plan(BackupPlanId=plan["BackupPlanId"])["BackupPlan"]["Rules"]
    (listed,) = backup.list_backup_selections(BackupPlanId=plan["BackupPlanId"])["BackupSelectionsList"]
    selection = backup.get_backup_selection(
        BackupPlanId=plan["BackupPlanId"], SelectionId=listed["SelectionId"]
    )["BackupSelection"]
    (cluster,) = rds.describe_db_clusters()["DBClusters"]
    assert {rule["TargetBackupVaultName"] for rule in rules} == {vault["BackupVaultName"]}
    assert selection["Resources"] == [cluster["DBClusterArn"]]


def test_the_secrets_policy_exempts_both_readers_and_the_roles_of_the_tasks(
    everything: Deployment, settings: Settings
) -> None:
    arn = everything.system.outputs()["database_secret_arn"]
    stored = everything.account.client("secretsmanager").get_resource_policy(SecretId=arn)
    statements = {each["Sid"]: each for each in json.loads(stored["ResourcePolicy"])["Statement"]}
    roles = everything.account.client("iam").list_roles()["Roles"]
    of_the_tasks = {
        role["Arn"]
        for role in roles
        if role["RoleName"]
        in (f"{everything.name}-{purpose}_ca-central-1" for purpose in ("execution", "task"))
    }
    exempt = statements["DenyEveryoneElse"]["Condition"]["ArnNotEquals"]["aws:PrincipalArn"]
    assert {each["Effect"] for each in statements.values()} == {"Deny"}
    assert len(settings.database.secret_reader_arns) == len(of_the_tasks) == 2
    assert set(exempt) == of_the_tasks | set(settings.database.secret_reader_arns)


def test_the_container_has_the_environment_of_the_settings(
    container: dict[str, Any], settings: Settings
) -> None:
    environment = {each["name"]: each["value"] for each in container["environment"]}
    assert settings.service.environment.keys() == {"PUBLIC_KEY", "TOKEN_TTL"}
    assert environment.items() >= settings.service.environment.items()


def test_the_container_has_the_health_command_of_the_settings(
    container: dict[str, Any], settings: Settings
) -> None:
    assert container["healthCheck"]["command"] == ["CMD-SHELL", settings.service.health_command]


def test_the_task_has_the_largest_size_of_fargate(everything: Deployment) -> None:
    ecs = everything.account.client("ecs")
    definition = ecs.describe_task_definition(taskDefinition=everything.name)["taskDefinition"]
    assert (definition["cpu"], definition["memory"]) == ("32768", "249856")


def test_the_service_scales_from_one_to_5000_tasks(everything: Deployment) -> None:
    scaling = everything.account.client("application-autoscaling")
    (target,) = scaling.describe_scalable_targets(ServiceNamespace="ecs")["ScalableTargets"]
    assert (target["MinCapacity"], target["MaxCapacity"]) == (1, 5000)


def test_the_target_group_checks_the_health_path_over_tls(everything: Deployment, settings: Settings) -> None:
    (group,) = everything.account.client("elbv2").describe_target_groups()["TargetGroups"]
    # The targets register with the port of the setting.
    assert (group["Protocol"], group["Port"]) == ("HTTPS", 8080)
    assert group["HealthCheckProtocol"] == "HTTPS"
    assert group["HealthCheckPath"] == settings.service.health_path


def test_the_load_balancer_has_deletion_protection(everything: Deployment, balancer: dict[str, Any]) -> None:
    found = everything.account.client("elbv2").describe_load_balancer_attributes(
        LoadBalancerArn=balancer["LoadBalancerArn"]
    )["Attributes"]
    assert {"Key": "deletion_protection.enabled", "Value": "true"} in found


def test_the_https_listener_has_the_tls_policy_of_the_settings(
    everything: Deployment, balancer: dict[str, Any], settings: Settings
) -> None:
    listeners = everything.account.client("elbv2").describe_listeners(
        LoadBalancerArn=balancer["LoadBalancerArn"]
    )["Listeners"]
    (policy,) = [each["SslPolicy"] for each in listeners if each["Port"] == 443]
    assert policy == settings.load_balancer.tls_policy


def test_the_longest_domain_name_has_an_issued_certificate_and_an_alias_record(
    everything: Deployment, settings: Settings
) -> None:
    acm, route53 = everything.account.client("acm"), everything.account.client("route53")
    (certificate,) = acm.list_certificates(CertificateStatuses=["ISSUED"])["CertificateSummaryList"]
    (zone,) = route53.list_hosted_zones_by_name(DNSName=settings.domain.hosted_zone)["HostedZones"]
    records = route53.list_resource_record_sets(HostedZoneId=zone["Id"])["ResourceRecordSets"]
    assert len(settings.domain.name) == 64
    assert certificate["DomainName"] == settings.domain.name
    assert f"{settings.domain.name}." in {each["Name"] for each in records if "AliasTarget" in each}


def test_the_database_cluster_has_the_database_settings(everything: Deployment, settings: Settings) -> None:
    rds = everything.account.client("rds")
    (cluster,) = rds.describe_db_clusters()["DBClusters"]
    assert cluster["DatabaseName"] == settings.database.database_name
    assert cluster["MasterUsername"] == settings.database.master_username
    # The setting is a major version, of which AWS chooses the minor version.
    assert cluster["EngineVersion"].partition(".")[0] == settings.database.engine_version
    assert cluster["PreferredBackupWindow"] == settings.database.backup_window
    assert cluster["PreferredMaintenanceWindow"] == settings.database.maintenance_window
    assert cluster["BackupRetentionPeriod"] == settings.database.backup_retention_days
    assert cluster["DatabaseInsightsMode"] == "advanced"
    assert cluster["DeletionProtection"] is True
    instances = rds.describe_db_instances()["DBInstances"]
    assert [each["DBInstanceClass"] for each in instances] == ["db.r8g.48xlarge"] * 2


def test_the_secrets_version_is_the_password_version_plus_the_years_of_the_schedule(
    everything: Deployment, settings: Settings
) -> None:
    """With a period of twelve months, the number of periods since the year 0 is the year of the plan."""
    version = state_attributes(everything, "aws_secretsmanager_secret_version")
    arn = everything.system.outputs()["database_secret_arn"]
    created = everything.account.client("secretsmanager").describe_secret(SecretId=arn)["CreatedDate"]
    assert settings.database.rotation_months == 12
    assert settings.database.password_version == 2**31 - 1
    assert version["secret_string_wo_version"] == 2**31 - 1 + created.year


def test_the_state_key_has_the_longest_alias(everything: Deployment, settings: Settings) -> None:
    key = everything.account.client("kms").describe_key(KeyId=f"alias/{settings.state.key_alias}")
    assert len(f"alias/{settings.state.key_alias}") == 256
    assert key["KeyMetadata"]["Arn"] == everything.state.outputs()["state_key_arn"]


def test_the_web_acl_has_the_rate_limit_of_the_settings(everything: Deployment, settings: Settings) -> None:
    waf = everything.account.client("wafv2")
    (listed,) = waf.list_web_acls(Scope="REGIONAL")["WebACLs"]
    acl = waf.get_web_acl(Name=listed["Name"], Scope="REGIONAL", Id=listed["Id"])["WebACL"]
    (limit,) = [
        rule["Statement"]["RateBasedStatement"]["Limit"]
        for rule in acl["Rules"]
        if "RateBasedStatement" in rule["Statement"]
    ]
    assert limit == settings.firewall.rate_limit


def test_every_log_group_has_the_retention_of_the_settings(
    everything: Deployment, settings: Settings
) -> None:
    groups = everything.account.client("logs").describe_log_groups()["logGroups"]
    assert groups
    assert {each["retentionInDays"] for each in groups} == {settings.monitoring.log_retention_days}
