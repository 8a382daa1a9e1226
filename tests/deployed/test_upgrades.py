"""Upgrades: what Terraform does to each resource, and that it replaces no stateful resource."""

import re

import pytest

from tests.deployed.upgrades import UPGRADED, Database, Upgraded
from tests.emulator.background import Background
from tests.emulator.terraform import Plan
from tests.stateful_types import STATEFUL

Actions = dict[str, list[str]]

CREATE, UPDATE, DELETE = ["create"], ["update"], ["delete"]
DELETE_THEN_CREATE, CREATE_THEN_DELETE = ["delete", "create"], ["create", "delete"]


def actions(plan: Plan) -> Actions:
    """The actions of a plan by resource address, without the hash that CDKTF appends to the address."""
    return {
        re.sub(r"_[0-9A-F]{8}$", "", change["address"]): change["change"]["actions"]
        for change in plan.document["resource_changes"]
        if change["mode"] == "managed" and change["change"]["actions"] != ["no-op"]
    }


def deleted_stateful(planned: Actions) -> Actions:
    """The actions of a plan that delete a stateful resource, to remove or to replace it."""
    return {
        address: changes
        for address, changes in planned.items()
        if "delete" in changes and address.partition(".")[0] in STATEFUL
    }


def database(major: str, resource_id: str) -> Database:
    """The database with everything on one major version."""
    family = f"aurora-postgresql{major}"
    return Database(
        cluster=major,
        instances={"payment-api-dev-writer": major, "payment-api-dev-reader": major},
        families=[family],
        family_in_use=family,
        resource_id=resource_id,
        vaults=["payment-api-dev"],
    )


@pytest.fixture(scope="module")
def upgraded(background: Background) -> Upgraded:
    """The plans of the upgrades, and the results of applying them."""
    return background.result(UPGRADED)


@pytest.fixture(scope="module")
def upgrade(upgraded: Upgraded) -> Actions:
    """The planned actions of all upgrades together."""
    return actions(upgraded.upgrades)


@pytest.fixture(scope="module")
def new_port(upgraded: Upgraded) -> Actions:
    """The planned actions of another container port."""
    return actions(upgraded.another_port)


TASKS: Actions = {
    "aws_ecs_task_definition.service_task-definition": DELETE_THEN_CREATE,
    "aws_ecs_service.service": UPDATE,
}
PORT_RULES: Actions = {
    f"aws_vpc_security_group_{direction}_rule.load-balancer-to-service-{port}-{direction}": action
    for direction in ("egress", "ingress")
    for port, action in ((8080, DELETE), (9090, CREATE))
}
# RDS upgrades the instances with the cluster. They change because AWS no longer upgrades a pinned version.
MINOR: Actions = {
    "aws_rds_cluster.database_cluster": UPDATE,
    "aws_rds_cluster_instance.database_reader": UPDATE,
    "aws_rds_cluster_instance.database_writer": UPDATE,
}
MAJOR: Actions = {
    "aws_rds_cluster.database_cluster": UPDATE,
    "aws_rds_cluster_parameter_group.database_parameters": CREATE_THEN_DELETE,
}
NO_VAULT_BACKUPS: Actions = {
    "aws_backup_plan.backup_plan": DELETE,
    "aws_backup_selection.backup_selection": DELETE,
    "aws_cloudwatch_metric_alarm.alarms_failed-backups": DELETE,
    "aws_cloudwatch_metric_alarm.alarms_missing-backups": DELETE,
    "aws_cloudwatch_dashboard.dashboard": UPDATE,
}
DOMAIN: Actions = {
    "aws_acm_certificate.domain_certificate": CREATE_THEN_DELETE,
    # This resource exists only in Terraform's state: it waits until the certificate is issued.
    "aws_acm_certificate_validation.domain_certificate-validation": DELETE_THEN_CREATE,
    "aws_lb_listener.load-balancer_https-listener": UPDATE,
    "aws_route53_record.domain_validation-record": DELETE_THEN_CREATE,
    "aws_route53_record.load-balancer_alias-record": DELETE_THEN_CREATE,
}
NAT_GATEWAYS: Actions = {
    "aws_eip.network_nat-address-us-east-1b": CREATE,
    "aws_eip.network_nat-address-us-east-1c": CREATE,
    "aws_nat_gateway.network_nat-gateway-us-east-1b": CREATE,
    "aws_nat_gateway.network_nat-gateway-us-east-1c": CREATE,
    "aws_route.network_private-default-route-us-east-1b": UPDATE,
    "aws_route.network_private-default-route-us-east-1c": UPDATE,
    "aws_vpc_endpoint.endpoints_ecr-api": UPDATE,
    "aws_vpc_endpoint.endpoints_ecr-dkr": UPDATE,
    "aws_vpc_endpoint.endpoints_kms": UPDATE,
    "aws_vpc_endpoint.endpoints_logs": UPDATE,
    "aws_vpc_endpoint.endpoints_secretsmanager": UPDATE,
}
FIREWALL: Actions = {"aws_wafv2_web_acl.web-firewall_web-acl": UPDATE}


class TestUpgrades:
    """Terraform and the provider plan from what the API returns, so the plan on AWS is the same."""

    @pytest.mark.parametrize(
        "expected",
        [
            pytest.param(TASKS, id="image-cpu-memory"),
            pytest.param(MINOR, id="engine-minor"),
            pytest.param(NO_VAULT_BACKUPS, id="no-vault-backups"),
            pytest.param(DOMAIN, id="certificate-domain"),
            pytest.param(NAT_GATEWAYS, id="nat-gateways"),
            pytest.param(FIREWALL, id="rate-limit"),
        ],
    )
    def test_each_upgrade_has_exactly_the_expected_actions(self, upgrade: Actions, expected: Actions) -> None:
        assert {address: upgrade.get(address) for address in expected} == expected

    def test_the_upgrades_change_no_other_resource(self, upgrade: Actions) -> None:
        expected = TASKS | MINOR | NO_VAULT_BACKUPS | DOMAIN | NAT_GATEWAYS | FIREWALL
        assert upgrade.keys() == expected.keys()

    def test_a_minor_engine_upgrade_changes_only_the_database(self, upgraded: Upgraded) -> None:
        assert actions(upgraded.minor) == MINOR

    def test_a_major_engine_upgrade_replaces_only_the_parameter_group(self, upgraded: Upgraded) -> None:
        """The cluster uses one of the two groups at any time."""
        assert actions(upgraded.major) == MAJOR

    def test_the_only_stateful_replacement_is_the_certificate_with_its_successor_first(
        self, upgrade: Actions
    ) -> None:
        """A certificate's name cannot be changed. A certificate stores no data, and the listener uses the new
        one before the old one is deleted."""
        assert deleted_stateful(upgrade) == {"aws_acm_certificate.domain_certificate": CREATE_THEN_DELETE}


class TestAnotherPort:
    def test_changes_the_tasks_and_the_rules_only(self, new_port: Actions) -> None:
        """The target group and the listener stay; each new task registers with its own port."""
        assert new_port == TASKS | PORT_RULES

    def test_does_not_warn_of_rules_that_others_created(self, upgraded: Upgraded) -> None:
        assert "that this stack did not create" not in " ".join(upgraded.another_port.text.split())


class TestTls:
    def test_replaces_the_target_group(self, upgraded: Upgraded) -> None:
        planned = actions(upgraded.tls)
        assert planned["aws_lb_target_group.load-balancer_target-group"] == CREATE_THEN_DELETE
        assert deleted_stateful(planned) == {}

    def test_warns_of_the_interruption(self, upgraded: Upgraded) -> None:
        # Terraform wraps its warnings.
        assert "A change of service.tls interrupts the service" in " ".join(upgraded.tls.text.split())


class TestRemovedRules:
    """A plan that removes rules of the stack still finds them in the security group."""

    def test_are_deleted(self, upgraded: Upgraded) -> None:
        planned = actions(upgraded.closed)
        assert planned["aws_vpc_security_group_egress_rule.service-to-internet-443-egress"] == DELETE
        assert planned["aws_vpc_security_group_egress_rule.service-to-card-network-8443-egress"] == DELETE

    def test_do_not_count_as_rules_of_others(self, upgraded: Upgraded) -> None:
        assert "this stack did not create" not in " ".join(upgraded.closed.text.split())


class TestAppliedUpgrades:
    """The emulator accepts what AWS may refuse, such as an engine version that does not exist, or deleting a
    certificate that is in use; and AWS needs minutes to upgrade a database."""

    def test_the_new_certificate_replaces_the_old_one(self, upgraded: Upgraded) -> None:
        assert upgraded.before.certificates == ["payment-api.example.com"]
        assert upgraded.after.certificates == ["pay.example.com"]

    def test_the_target_group_is_the_same_with_another_port(self, upgraded: Upgraded) -> None:
        assert len(upgraded.before.target_groups) == 1
        assert upgraded.after.target_groups == upgraded.before.target_groups

    def test_the_new_port_is_allowed_before_and_the_old_one_until_the_tasks_are_replaced(
        self, upgraded: Upgraded
    ) -> None:
        """The tasks of the old port serve requests until the new ones are healthy."""
        of_rules = [(index, call) for index, call in enumerate(upgraded.calls) if "SecurityGroup" in call]
        allowed = [index for index, call in of_rules if call.startswith("Authorize")]
        revoked = [index for index, call in of_rules if call.startswith("Revoke")]
        updated = upgraded.calls.index("UpdateService")
        assert len(allowed) == len(revoked) == 2
        assert max(allowed) < updated < min(revoked)

    def test_cluster_and_instances_have_the_new_major_version_with_its_parameter_group(
        self, upgraded: Upgraded
    ) -> None:
        before, after = upgraded.database_before, upgraded.database_after
        assert before == database("15", before.resource_id)
        assert after == database("16", before.resource_id)

    def test_the_vault_remains_when_vault_backups_are_switched_off(self, upgraded: Upgraded) -> None:
        assert upgraded.database_after.vaults == ["payment-api-dev"]

    def test_the_plan_after_the_apply_is_empty(self, upgraded: Upgraded) -> None:
        assert upgraded.last.empty, upgraded.last.text
