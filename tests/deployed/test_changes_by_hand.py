"""Changes made by hand on AWS: `pipenv run drift` reports them, and an apply reverts them.

Unless a test says otherwise, AWS behaves the same way.
"""

import json
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from tests.deployed.profiles import settings_of
from tests.emulator import processes
from tests.emulator.account import Account
from tests.emulator.deployment import CHECKOUT, Deployment
from tests.emulator.processes import Finished

FULL_ACCESS = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
)
ALARM = "payment-api-staging-latency"
TASK_ROLE = "payment-api-staging-task"
DATABASE_ROLE = "arn:aws:iam::222222222222:role/export"
TASKS = 7
# What a user may have exported. Each would hide the drift or fail the plan.
EXPORTED = {
    "TF_CLI_ARGS": "-compact-warnings",
    "TF_CLI_ARGS_plan": "-refresh=false -detailed-exitcode",
    "TF_CLI_ARGS_show": "-no-color",
    "TF_LOG": "error",
    "TF_REATTACH_PROVIDERS": "{",
}


def drift(deployment: Deployment, **variables: str) -> Finished:
    """The result of the nightly drift job for staging, with variables that a user has exported."""
    return processes.run(
        (sys.executable, "-m", "constructs_lib.commands.drift"),
        directory=CHECKOUT,
        environment=deployment.environment | settings_of("staging") | EXPORTED | variables,
    )


def name_filter(name: str) -> list[dict[str, Any]]:
    """The EC2 filter for resources of staging with this name."""
    return [{"Name": "tag:Name", "Values": [f"payment-api-staging-{name}"]}]


def open_the_database_to_the_internet(account: Account) -> str:
    """Add an ingress rule from 0.0.0.0/0 to the database's security group, and return the rule's id."""
    ec2 = account.client("ec2")
    (group,) = ec2.describe_security_groups(Filters=name_filter("database"))["SecurityGroups"]
    (rule,) = ec2.authorize_security_group_ingress(
        GroupId=group["GroupId"], IpProtocol="tcp", FromPort=5432, ToPort=5432, CidrIp="0.0.0.0/0"
    )["SecurityGroupRules"]
    return str(rule["SecurityGroupRuleId"])


def give_the_task_role_full_access(account: Account) -> None:
    """Attach a managed policy with full access to the task role, and add an inline one."""
    iam = account.client("iam")
    policy = iam.create_policy(PolicyName="anything", PolicyDocument=FULL_ACCESS)["Policy"]
    iam.attach_role_policy(RoleName=TASK_ROLE, PolicyArn=policy["Arn"])
    iam.put_role_policy(RoleName=TASK_ROLE, PolicyName="anything", PolicyDocument=FULL_ACCESS)


def set_all_firewall_rules_to_count(account: Account) -> None:
    """Set the action of every rule of the web ACL to Count."""
    wafv2 = account.client("wafv2")
    (listed,) = wafv2.list_web_acls(Scope="REGIONAL")["WebACLs"]
    web_acl = {"Name": listed["Name"], "Id": listed["Id"], "Scope": "REGIONAL"}
    found = wafv2.get_web_acl(**web_acl)
    unchanged = (
        "DefaultAction",
        "VisibilityConfig",
        "Description",
        "CustomResponseBodies",
        "DataProtectionConfig",
    )
    rules = [
        rule | {key: {"Count": {}} for key in ("Action", "OverrideAction") if key in rule}
        for rule in found["WebACL"]["Rules"]
    ]
    wafv2.update_web_acl(
        **web_acl,
        **{key: found["WebACL"][key] for key in unchanged},
        Rules=rules,
        LockToken=found["LockToken"],
    )


def switch_deletion_protection_off(account: Account) -> None:
    """Switch the deletion protection of database and load balancer off."""
    account.client("rds").modify_db_cluster(
        DBClusterIdentifier="payment-api-staging", DeletionProtection=False
    )
    elbv2 = account.client("elbv2")
    (load_balancer,) = elbv2.describe_load_balancers()["LoadBalancers"]
    elbv2.modify_load_balancer_attributes(
        LoadBalancerArn=load_balancer["LoadBalancerArn"],
        Attributes=[{"Key": "deletion_protection.enabled", "Value": "false"}],
    )


def open_ways_out_of_the_database(account: Account) -> None:
    """Route the database subnets to the internet gateway, and associate a role with the cluster."""
    ec2 = account.client("ec2")
    (table,) = ec2.describe_route_tables(Filters=name_filter("database"))["RouteTables"]
    (gateway,) = ec2.describe_internet_gateways(Filters=name_filter("internet"))["InternetGateways"]
    ec2.create_route(
        RouteTableId=table["RouteTableId"],
        DestinationCidrBlock="0.0.0.0/0",
        GatewayId=gateway["InternetGatewayId"],
    )
    account.client("rds").add_role_to_db_cluster(
        DBClusterIdentifier="payment-api-staging", RoleArn=DATABASE_ROLE, FeatureName="s3Export"
    )


def open_the_default_security_group(account: Account) -> None:
    """Allow SSH from 0.0.0.0/0 in the VPC's default security group."""
    ec2 = account.client("ec2")
    (group,) = ec2.describe_security_groups(Filters=name_filter("unused"))["SecurityGroups"]
    ec2.authorize_security_group_ingress(
        GroupId=group["GroupId"], IpProtocol="tcp", FromPort=22, ToPort=22, CidrIp="0.0.0.0/0"
    )


def listener(account: Account, port: int) -> Any:  # noqa: ANN401 - as boto3 has it
    """The load balancer's listener on the port."""
    elbv2 = account.client("elbv2")
    (load_balancer,) = elbv2.describe_load_balancers()["LoadBalancers"]
    listeners = elbv2.describe_listeners(LoadBalancerArn=load_balancer["LoadBalancerArn"])["Listeners"]
    (found,) = (each for each in listeners if each["Port"] == port)
    return found


def forward_plain_http(account: Account) -> None:
    """Forward requests on port 80 to the tasks instead of redirecting them."""
    elbv2 = account.client("elbv2")
    (group,) = elbv2.describe_target_groups()["TargetGroups"]
    elbv2.modify_listener(
        ListenerArn=listener(account, 80)["ListenerArn"],
        DefaultActions=[{"Type": "forward", "TargetGroupArn": group["TargetGroupArn"]}],
    )


def scalable_target(account: Account) -> Any:  # noqa: ANN401 - as boto3 has it
    """The scalable target of the service."""
    (target,) = account.client("application-autoscaling").describe_scalable_targets(ServiceNamespace="ecs")[
        "ScalableTargets"
    ]
    return target


def suspend_scaling(account: Account) -> None:
    """Suspend scaling out and in."""
    identity = ("ServiceNamespace", "ResourceId", "ScalableDimension")
    suspended = {"DynamicScalingInSuspended": True, "DynamicScalingOutSuspended": True}
    account.client("application-autoscaling").register_scalable_target(
        **{name: value for name, value in scalable_target(account).items() if name in identity},
        SuspendedState=suspended,
    )


def run_another_revision(account: Account) -> None:
    """Let the service run another revision of its task definition, as it does after ECS rolled back."""
    name, ecs = "payment-api-staging", account.client("ecs")
    definition = ecs.describe_task_definition(taskDefinition=running_revision(account))["taskDefinition"]
    described_only = {"taskDefinitionArn", "revision", "status", "requiresAttributes", "compatibilities"}
    described_only |= {"registeredAt", "registeredBy"}
    other = ecs.register_task_definition(
        **{key: value for key, value in definition.items() if key not in described_only}
    )
    arn = other["taskDefinition"]["taskDefinitionArn"]
    ecs.update_service(cluster=name, service=name, taskDefinition=arn)


def running_revision(account: Account) -> str:
    """The ARN of the task definition that the service runs."""
    name = "payment-api-staging"
    (service,) = account.client("ecs").describe_services(cluster=name, services=[name])["services"]
    return str(service["taskDefinition"])


def scale(account: Account, tasks: int) -> None:
    """Set the desired count with UpdateService, as Application Auto Scaling does."""
    name = "payment-api-staging"
    account.client("ecs").update_service(cluster=name, service=name, desiredCount=tasks)


def desired_count(account: Account) -> int:
    """The desired count of the service."""
    name = "payment-api-staging"
    (service,) = account.client("ecs").describe_services(cluster=name, services=[name])["services"]
    return int(service["desiredCount"])


@pytest.fixture(scope="module")
def untouched(staging: Deployment) -> Finished:
    """The result of drift before any change other than autoscaling's."""
    scale(staging.account, TASKS)
    return drift(staging)


@pytest.fixture(scope="module")
def foreign_rule(untouched: Finished, staging: Deployment) -> Iterator[str]:
    """The id of a rule that opens the database to the internet; the rule is revoked afterwards."""
    assert untouched.exit_code == 0, untouched.stdout + untouched.stderr
    rule = open_the_database_to_the_internet(staging.account)
    yield rule
    revoke(staging.account, rule)
    scale(staging.account, 2)


def revoke(account: Account, rule: str) -> None:
    """Revoke the rule as the documentation says, unless it does not exist any more."""
    ec2 = account.client("ec2")
    for found in ec2.describe_security_group_rules(Filters=[])["SecurityGroupRules"]:
        if found["SecurityGroupRuleId"] == rule:
            ec2.revoke_security_group_ingress(GroupId=found["GroupId"], SecurityGroupRuleIds=[rule])


@pytest.fixture(scope="module")
def drifted(foreign_rule: str, staging: Deployment) -> Finished:
    """The result of drift after all changes by hand, in spite of the user's variables for Terraform."""
    assert foreign_rule
    account = staging.account
    give_the_task_role_full_access(account)
    account.client("cloudwatch").delete_alarms(AlarmNames=[ALARM])
    set_all_firewall_rules_to_count(account)
    switch_deletion_protection_off(account)
    open_ways_out_of_the_database(account)
    open_the_default_security_group(account)
    forward_plain_http(account)
    suspend_scaling(account)
    run_another_revision(account)
    return drift(staging)


@pytest.fixture(scope="module")
def restored(drifted: Finished, staging: Deployment) -> Deployment:
    """The deployment after the same code was applied again."""
    assert drifted.exit_code == 2, drifted.stdout + drifted.stderr
    staging.system.apply()
    return staging


def line(finished: Finished, beginning: str) -> str:
    """The only line of the output that starts with `beginning`."""
    (found,) = [each for each in finished.stdout.splitlines() if each.startswith(beginning)]
    return found


def test_nothing_changed_and_a_service_that_was_scaled_are_no_drift(untouched: Finished) -> None:
    """The emulator has no load, so the test scales as autoscaling would, through UpdateService."""
    assert (untouched.exit_code, untouched.stdout) == (0, "payment-api-staging has not drifted\n")


def test_a_named_workspace_is_refused_and_nothing_is_written(
    untouched: Finished, staging: Deployment
) -> None:
    assert untouched.exit_code == 0
    refused = drift(staging, TF_WORKSPACE="ci")
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert refused.stderr.startswith('TF_WORKSPACE is "ci": must be "default" or not set, because')
    assert len(refused.stderr.splitlines()) == 1
    bucket = settings_of("staging")["PAYMENT_API_STATE__BUCKET"]
    stored = staging.account.client("s3").list_objects_v2(Bucket=bucket)["Contents"]
    assert [each["Key"] for each in stored] == ["payment-api/staging/terraform.tfstate"]


class TestDriftReports:
    def test_a_security_group_rule_that_is_open_to_the_internet(
        self, drifted: Finished, foreign_rule: str
    ) -> None:
        """DescribeSecurityGroupRules is eventually consistent: on AWS it may return a new rule seconds
        later."""
        assert foreign_rule in line(drifted, "check.security-group-rules: ")

    def test_a_policy_attached_to_the_task_role(self, drifted: Finished) -> None:
        attached = line(drifted, "update aws_iam_role_policy_attachments_exclusive.service_task-role_")
        assert attached.endswith(':policy/anything"')
        assert line(drifted, "update aws_iam_role_policies_exclusive.service_task-role_").endswith(
            ': policy_names -"anything"'
        )

    def test_a_deleted_alarm(self, drifted: Finished) -> None:
        """AWS would also refuse to delete an alarm that a composite alarm refers to."""
        assert line(drifted, "create aws_cloudwatch_metric_alarm.edge-alarms_latency_")

    def test_firewall_rules_that_only_count(self, drifted: Finished) -> None:
        """On AWS the alarm on blocked requests would never go into ALARM again."""
        assert '-"SQLInjectionRule"' in line(drifted, "update aws_wafv2_web_acl.web-firewall_web-acl_")

    def test_deletion_protection_switched_off(self, drifted: Finished) -> None:
        assert line(drifted, "update aws_rds_cluster.database_cluster_").endswith(
            ": deletion_protection false -> true"
        )
        assert line(drifted, "update aws_lb.load-balancer_").endswith(
            ": enable_deletion_protection false -> true"
        )

    def test_a_route_out_of_the_database_subnets(self, drifted: Finished) -> None:
        assert "0.0.0.0/0" in line(drifted, "update aws_route_table.network_database-route-table_")

    def test_a_role_associated_with_the_database_cluster(self, drifted: Finished) -> None:
        """On AWS the cluster would also need a network path to S3."""
        assert DATABASE_ROLE in line(drifted, "check.database-roles: ")

    def test_a_rule_in_the_default_security_group(self, drifted: Finished) -> None:
        assert "0.0.0.0/0" in line(drifted, "update aws_default_security_group.network_")

    def test_a_listener_that_forwards_plain_http(self, drifted: Finished) -> None:
        assert "default_action" in line(drifted, "update aws_lb_listener.load-balancer_http-listener_")

    def test_a_rollback_after_the_apply(self, drifted: Finished) -> None:
        """ECS watches the alarm on the error rate for some minutes after the service is stable."""
        service = line(drifted, "update aws_ecs_service.service_")
        assert ": task_definition " in service
        assert ":2" in service

    def test_suspended_scaling(self, drifted: Finished) -> None:
        assert ": suspended_state -" in line(drifted, "update aws_appautoscaling_target.autoscaling_target_")


class TestApplyRestores:
    def test_the_policies_of_the_task_role(self, restored: Deployment) -> None:
        """On AWS a task may be able to use the policies for some more seconds."""
        iam = restored.account.client("iam")
        attached = iam.list_attached_role_policies(RoleName=TASK_ROLE)["AttachedPolicies"]
        assert [each["PolicyName"] for each in attached] == [TASK_ROLE]
        assert iam.list_role_policies(RoleName=TASK_ROLE)["PolicyNames"] == []

    def test_a_deleted_alarm(self, restored: Deployment) -> None:
        """On AWS the new alarm has no history."""
        found = restored.account.client("cloudwatch").describe_alarms(AlarmNames=[ALARM])["MetricAlarms"]
        assert len(found) == 1

    def test_the_actions_of_the_firewall_rules(self, restored: Deployment) -> None:
        """On AWS the change takes some minutes to propagate."""
        wafv2 = restored.account.client("wafv2")
        (listed,) = wafv2.list_web_acls(Scope="REGIONAL")["WebACLs"]
        acl = wafv2.get_web_acl(Name=listed["Name"], Id=listed["Id"], Scope="REGIONAL")["WebACL"]
        counting = [rule["Name"] for rule in acl["Rules"] if "Count" in (rule.get("OverrideAction") or {})]
        assert counting == ["AWSManagedRulesAnonymousIpList"]
        assert not [rule["Name"] for rule in acl["Rules"] if "Count" in (rule.get("Action") or {})]

    def test_deletion_protection(self, restored: Deployment) -> None:
        (cluster,) = restored.account.client("rds").describe_db_clusters()["DBClusters"]
        assert cluster["DeletionProtection"] is True
        elbv2 = restored.account.client("elbv2")
        (balancer,) = elbv2.describe_load_balancers()["LoadBalancers"]
        attributes = elbv2.describe_load_balancer_attributes(LoadBalancerArn=balancer["LoadBalancerArn"])
        assert {"Key": "deletion_protection.enabled", "Value": "true"} in attributes["Attributes"]

    def test_the_route_table_of_the_database_subnets(self, restored: Deployment) -> None:
        (table,) = restored.account.client("ec2").describe_route_tables(Filters=name_filter("database"))[
            "RouteTables"
        ]
        assert [route["GatewayId"] for route in table["Routes"]] == ["local"]

    def test_the_default_security_group(self, restored: Deployment) -> None:
        ec2 = restored.account.client("ec2")
        (group,) = ec2.describe_security_groups(Filters=name_filter("unused"))["SecurityGroups"]
        assert group["IpPermissions"] == group["IpPermissionsEgress"] == []

    def test_the_redirect_to_https(self, restored: Deployment) -> None:
        actions = listener(restored.account, 80)["DefaultActions"]
        assert [each["Type"] for each in actions] == ["redirect"]

    def test_the_revision_that_was_rolled_back(self, restored: Deployment) -> None:
        """On AWS, ECS rolls it back again unless the cause is gone."""
        assert running_revision(restored.account).endswith(":1")

    def test_suspended_scaling(self, restored: Deployment) -> None:
        assert not any(scalable_target(restored.account)["SuspendedState"].values())


class TestApplyDoesNotRevert:
    def test_the_desired_count_that_autoscaling_has_set(self, restored: Deployment) -> None:
        assert desired_count(restored.account) == TASKS

    def test_a_foreign_rule_or_role_which_every_plan_reports_until_it_is_removed(
        self, restored: Deployment, foreign_rule: str
    ) -> None:
        """Terraform deletes only rules that are resources of its own. The provider cannot remove the role: it
        does not read the role's feature name, without which RDS refuses the call."""
        plan = restored.system.plan()
        assert plan.empty, plan.text
        # Terraform wraps its warnings.
        assert foreign_rule in plan.text
        assert DATABASE_ROLE in plan.text

        revoke(restored.account, foreign_rule)
        restored.account.client("rds").remove_role_from_db_cluster(
            DBClusterIdentifier="payment-api-staging", RoleArn=DATABASE_ROLE, FeatureName="s3Export"
        )
        after = drift(restored)
        assert after.exit_code == 0, after.stdout + after.stderr
