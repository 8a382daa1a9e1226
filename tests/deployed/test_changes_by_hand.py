"""What people change by hand: `pipenv run drift` sees it, and an apply undoes it."""

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

ANYTHING = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
)
ALARM = "payment-api-staging-latency"
TASK_ROLE = "payment-api-staging-task"
DATABASE_ROLE = "arn:aws:iam::222222222222:role/export"
TASKS = 7


def drift(deployment: Deployment) -> Finished:
    """What the nightly job says of staging."""
    return processes.run(
        (sys.executable, "-m", "constructs_lib.commands.drift"),
        directory=CHECKOUT,
        environment=deployment.environment | settings_of("staging"),
    )


def named(name: str) -> list[dict[str, Any]]:
    """The filter for what the stack calls so."""
    return [{"Name": "tag:Name", "Values": [f"payment-api-staging-{name}"]}]


def open_the_database_to_the_world(account: Account) -> str:
    """Add an ingress rule to the database's security group; its id."""
    ec2 = account.client("ec2")
    (group,) = ec2.describe_security_groups(Filters=named("database"))["SecurityGroups"]
    (rule,) = ec2.authorize_security_group_ingress(
        GroupId=group["GroupId"], IpProtocol="tcp", FromPort=5432, ToPort=5432, CidrIp="0.0.0.0/0"
    )["SecurityGroupRules"]
    return str(rule["SecurityGroupRuleId"])


def attach_a_policy_to_the_task_role(account: Account) -> None:
    """Allow the tasks everything, by one policy that is attached and one that is inline."""
    iam = account.client("iam")
    policy = iam.create_policy(PolicyName="anything", PolicyDocument=ANYTHING)["Policy"]
    iam.attach_role_policy(RoleName=TASK_ROLE, PolicyArn=policy["Arn"])
    iam.put_role_policy(RoleName=TASK_ROLE, PolicyName="anything", PolicyDocument=ANYTHING)


def turn_the_firewall_to_count(account: Account) -> None:
    """Let every rule count what it should block."""
    wafv2 = account.client("wafv2")
    (listed,) = wafv2.list_web_acls(Scope="REGIONAL")["WebACLs"]
    which = {"Name": listed["Name"], "Id": listed["Id"], "Scope": "REGIONAL"}
    found = wafv2.get_web_acl(**which)
    kept = (
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
        **which,
        **{key: found["WebACL"][key] for key in kept},
        Rules=rules,
        LockToken=found["LockToken"],
    )


def switch_deletion_protection_off(account: Account) -> None:
    """Of the database and of the load balancer."""
    account.client("rds").modify_db_cluster(
        DBClusterIdentifier="payment-api-staging", DeletionProtection=False
    )
    elbv2 = account.client("elbv2")
    (load_balancer,) = elbv2.describe_load_balancers()["LoadBalancers"]
    elbv2.modify_load_balancer_attributes(
        LoadBalancerArn=load_balancer["LoadBalancerArn"],
        Attributes=[{"Key": "deletion_protection.enabled", "Value": "false"}],
    )


def let_the_database_out(account: Account) -> None:
    """Route the database's subnets to the internet, and give the cluster a role to act in."""
    ec2 = account.client("ec2")
    (table,) = ec2.describe_route_tables(Filters=named("database"))["RouteTables"]
    (gateway,) = ec2.describe_internet_gateways(Filters=named("internet"))["InternetGateways"]
    ec2.create_route(
        RouteTableId=table["RouteTableId"],
        DestinationCidrBlock="0.0.0.0/0",
        GatewayId=gateway["InternetGatewayId"],
    )
    account.client("rds").add_role_to_db_cluster(
        DBClusterIdentifier="payment-api-staging", RoleArn=DATABASE_ROLE, FeatureName="s3Export"
    )


def open_the_default_security_group(account: Account) -> None:
    """To the world."""
    ec2 = account.client("ec2")
    (group,) = ec2.describe_security_groups(Filters=named("unused"))["SecurityGroups"]
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


def take_payments_in_the_clear(account: Account) -> None:
    """Forward requests on port 80 to the tasks."""
    elbv2 = account.client("elbv2")
    (group,) = elbv2.describe_target_groups()["TargetGroups"]
    elbv2.modify_listener(
        ListenerArn=listener(account, 80)["ListenerArn"],
        DefaultActions=[{"Type": "forward", "TargetGroupArn": group["TargetGroupArn"]}],
    )


def scalable(account: Account) -> Any:  # noqa: ANN401 - as boto3 has it
    """What scales the service."""
    (target,) = account.client("application-autoscaling").describe_scalable_targets(ServiceNamespace="ecs")[
        "ScalableTargets"
    ]
    return target


def suspend_the_scaling(account: Account) -> None:
    """Out and in."""
    which = ("ServiceNamespace", "ResourceId", "ScalableDimension")
    suspended = {"DynamicScalingInSuspended": True, "DynamicScalingOutSuspended": True}
    account.client("application-autoscaling").register_scalable_target(
        **{name: value for name, value in scalable(account).items() if name in which},
        SuspendedState=suspended,
    )


def scale(account: Account, tasks: int) -> None:
    """As Application Auto Scaling does it."""
    name = "payment-api-staging"
    account.client("ecs").update_service(cluster=name, service=name, desiredCount=tasks)


def tasks_of(account: Account) -> int:
    """How many tasks the service is to run."""
    name = "payment-api-staging"
    (service,) = account.client("ecs").describe_services(cluster=name, services=[name])["services"]
    return int(service["desiredCount"])


@pytest.fixture(scope="module")
def untouched(staging: Deployment) -> Finished:
    """What drift says before anyone has changed anything, other than autoscaling."""
    scale(staging.account, TASKS)
    return drift(staging)


@pytest.fixture(scope="module")
def foreign_rule(untouched: Finished, staging: Deployment) -> Iterator[str]:
    """The rule that opens the database to the world, revoked again afterwards."""
    assert untouched.exit_code == 0, untouched.stdout + untouched.stderr
    rule = open_the_database_to_the_world(staging.account)
    yield rule
    revoke(staging.account, rule)
    scale(staging.account, 2)


def revoke(account: Account, rule: str) -> None:
    """As the README says; a rule that is gone already is none of our business."""
    ec2 = account.client("ec2")
    for found in ec2.describe_security_group_rules(Filters=[])["SecurityGroupRules"]:
        if found["SecurityGroupRuleId"] == rule:
            ec2.revoke_security_group_ingress(GroupId=found["GroupId"], SecurityGroupRuleIds=[rule])


@pytest.fixture(scope="module")
def drifted(foreign_rule: str, staging: Deployment) -> Finished:
    """What drift says once all of it is changed."""
    assert foreign_rule
    account = staging.account
    attach_a_policy_to_the_task_role(account)
    account.client("cloudwatch").delete_alarms(AlarmNames=[ALARM])
    turn_the_firewall_to_count(account)
    switch_deletion_protection_off(account)
    let_the_database_out(account)
    open_the_default_security_group(account)
    take_payments_in_the_clear(account)
    suspend_the_scaling(account)
    return drift(staging)


@pytest.fixture(scope="module")
def restored(drifted: Finished, staging: Deployment) -> Deployment:
    """The deployment once the same code is applied again."""
    assert drifted.exit_code == 2, drifted.stdout + drifted.stderr
    staging.system.apply()
    return staging


def line(finished: Finished, beginning: str) -> str:
    """The one line of the output that begins so."""
    (found,) = [each for each in finished.stdout.splitlines() if each.startswith(beginning)]
    return found


def test_nothing_changed_and_a_service_that_was_scaled_are_no_drift(untouched: Finished) -> None:
    """The emulator has no load, so the test scales as autoscaling would, through UpdateService."""
    assert (untouched.exit_code, untouched.stdout) == (0, "payment-api-staging has not drifted\n")


class TestDriftSees:
    def test_a_security_group_rule_opened_to_the_world(self, drifted: Finished, foreign_rule: str) -> None:
        """On AWS a new rule may take seconds until DescribeSecurityGroupRules tells of it."""
        assert foreign_rule in line(drifted, "check.security-group-rules: ")

    def test_a_policy_attached_to_the_task_role(self, drifted: Finished) -> None:
        """As on AWS."""
        attached = line(drifted, "update aws_iam_role_policy_attachments_exclusive.service_task-role_")
        assert attached.endswith(':policy/anything"')
        assert line(drifted, "update aws_iam_role_policies_exclusive.service_task-role_").endswith(
            ': policy_names -"anything"'
        )

    def test_a_deleted_alarm(self, drifted: Finished) -> None:
        """As on AWS, which would besides refuse to delete an alarm that a composite alarm names."""
        assert line(drifted, "create aws_cloudwatch_metric_alarm.edge-alarms_latency_")

    def test_a_firewall_that_only_counts(self, drifted: Finished) -> None:
        """As on AWS; besides, the alarm on blocked requests would never go off again."""
        assert '-"SQLInjectionRule"' in line(drifted, "update aws_wafv2_web_acl.web-firewall_web-acl_")

    def test_deletion_protection_switched_off(self, drifted: Finished) -> None:
        """As on AWS."""
        assert line(drifted, "update aws_rds_cluster.database_cluster_").endswith(
            ": deletion_protection false -> true"
        )
        assert line(drifted, "update aws_lb.load-balancer_").endswith(
            ": enable_deletion_protection false -> true"
        )

    def test_a_route_out_of_the_database_subnets(self, drifted: Finished) -> None:
        """As on AWS."""
        assert "0.0.0.0/0" in line(drifted, "update aws_route_table.network_database-route-table_")

    def test_a_role_that_the_database_was_given(self, drifted: Finished) -> None:
        """As on AWS, where the database would besides have to be let out to S3."""
        assert DATABASE_ROLE in line(drifted, "check.database-roles: ")

    def test_a_rule_in_the_default_security_group(self, drifted: Finished) -> None:
        """As on AWS."""
        assert "0.0.0.0/0" in line(drifted, "update aws_default_security_group.network_")

    def test_a_listener_that_takes_payments_in_the_clear(self, drifted: Finished) -> None:
        """As on AWS."""
        assert "default_action" in line(drifted, "update aws_lb_listener.load-balancer_http-listener_")

    def test_scaling_that_was_suspended(self, drifted: Finished) -> None:
        """As on AWS."""
        assert ": suspended_state -" in line(drifted, "update aws_appautoscaling_target.autoscaling_target_")


class TestAnApplyRestores:
    def test_the_policies_of_the_task_role(self, restored: Deployment) -> None:
        """On AWS a task may use the policies for some seconds more."""
        iam = restored.account.client("iam")
        attached = iam.list_attached_role_policies(RoleName=TASK_ROLE)["AttachedPolicies"]
        assert [each["PolicyName"] for each in attached] == [TASK_ROLE]
        assert iam.list_role_policies(RoleName=TASK_ROLE)["PolicyNames"] == []

    def test_the_alarm(self, restored: Deployment) -> None:
        """On AWS it begins without its history."""
        found = restored.account.client("cloudwatch").describe_alarms(AlarmNames=[ALARM])["MetricAlarms"]
        assert len(found) == 1

    def test_the_firewall(self, restored: Deployment) -> None:
        """On AWS it takes some minutes until all of the firewall's machines block again."""
        wafv2 = restored.account.client("wafv2")
        (listed,) = wafv2.list_web_acls(Scope="REGIONAL")["WebACLs"]
        acl = wafv2.get_web_acl(Name=listed["Name"], Id=listed["Id"], Scope="REGIONAL")["WebACL"]
        counting = [rule["Name"] for rule in acl["Rules"] if "Count" in (rule.get("OverrideAction") or {})]
        assert counting == ["AWSManagedRulesAnonymousIpList"]
        assert not [rule["Name"] for rule in acl["Rules"] if "Count" in (rule.get("Action") or {})]

    def test_deletion_protection(self, restored: Deployment) -> None:
        """As on AWS."""
        (cluster,) = restored.account.client("rds").describe_db_clusters()["DBClusters"]
        assert cluster["DeletionProtection"] is True
        elbv2 = restored.account.client("elbv2")
        (balancer,) = elbv2.describe_load_balancers()["LoadBalancers"]
        attributes = elbv2.describe_load_balancer_attributes(LoadBalancerArn=balancer["LoadBalancerArn"])
        assert {"Key": "deletion_protection.enabled", "Value": "true"} in attributes["Attributes"]

    def test_the_database_subnets_without_a_way_out(self, restored: Deployment) -> None:
        """As on AWS."""
        (table,) = restored.account.client("ec2").describe_route_tables(Filters=named("database"))[
            "RouteTables"
        ]
        assert [route["GatewayId"] for route in table["Routes"]] == ["local"]

    def test_the_default_security_group(self, restored: Deployment) -> None:
        """As on AWS."""
        ec2 = restored.account.client("ec2")
        (group,) = ec2.describe_security_groups(Filters=named("unused"))["SecurityGroups"]
        assert group["IpPermissions"] == group["IpPermissionsEgress"] == []

    def test_the_redirect_to_https(self, restored: Deployment) -> None:
        """As on AWS."""
        actions = listener(restored.account, 80)["DefaultActions"]
        assert [each["Type"] for each in actions] == ["redirect"]

    def test_the_scaling(self, restored: Deployment) -> None:
        """As on AWS."""
        assert not any(scalable(restored.account)["SuspendedState"].values())

    def test_and_leaves_the_tasks_as_many_as_autoscaling_made_them(self, restored: Deployment) -> None:
        """As on AWS."""
        assert tasks_of(restored.account) == TASKS

    def test_but_not_the_rule_and_the_role_which_are_named_until_they_are_taken_away(
        self, restored: Deployment, foreign_rule: str
    ) -> None:
        """As on AWS: only the rule's own resource could take it away, and it has none; and of the role the
        provider does not know the feature, without which AWS would refuse."""
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
