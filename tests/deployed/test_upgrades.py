"""Upgrades: what they do, to the resource. No stateful one goes, and none before its successor."""

import re

import pytest

from tests.deployed.upgrades import UPGRADED, Edge, Upgraded
from tests.emulator.background import Background
from tests.emulator.terraform import Plan
from tests.stateful_types import STATEFUL

Actions = dict[str, list[str]]

CREATE, UPDATE = ["create"], ["update"]
OLD_FIRST, NEW_FIRST = ["delete", "create"], ["create", "delete"]


def actions(plan: Plan) -> Actions:
    """What a plan does to each resource that it changes, by its address without the hash of CDKTF."""
    return {
        re.sub(r"_[0-9A-F]{8}$", "", change["address"]): change["change"]["actions"]
        for change in plan.document["resource_changes"]
        if change["mode"] == "managed" and change["change"]["actions"] != ["no-op"]
    }


def stateful_that_go(planned: Actions) -> Actions:
    """What of a plan deletes a stateful resource, for good or to make it anew."""
    return {
        address: done
        for address, done in planned.items()
        if "delete" in done and address.partition(".")[0] in STATEFUL
    }


@pytest.fixture(scope="module")
def upgraded(background: Background) -> Upgraded:
    """All plans, and what came of them."""
    return background.result(UPGRADED)


@pytest.fixture(scope="module")
def upgrade(upgraded: Upgraded) -> Actions:
    """The plan of all upgrades."""
    return actions(upgraded.upgrades)


@pytest.fixture(scope="module")
def new_port(upgraded: Upgraded) -> Actions:
    """The plan of another port of the container, which a target group cannot change."""
    return actions(upgraded.another_port)


TASKS: Actions = {
    "aws_ecs_task_definition.service_task-definition": OLD_FIRST,
    "aws_ecs_service.service": UPDATE,
}
ENGINE: Actions = {
    "aws_rds_cluster.database_cluster": UPDATE,
    "aws_rds_cluster_instance.database_reader": UPDATE,
    "aws_rds_cluster_instance.database_writer": UPDATE,
}
DOMAIN: Actions = {
    "aws_acm_certificate.domain_certificate": NEW_FIRST,
    # In the state alone: the wait for the certificate.
    "aws_acm_certificate_validation.domain_certificate-validation": OLD_FIRST,
    "aws_lb_listener.load-balancer_https-listener": UPDATE,
    "aws_route53_record.domain_validation-record": OLD_FIRST,
    "aws_route53_record.load-balancer_alias-record": OLD_FIRST,
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
    """Plans are made by Terraform and the provider from what the API says, so AWS would give the same."""

    @pytest.mark.parametrize(
        "expected",
        [
            pytest.param(TASKS, id="image-cpu-memory"),
            pytest.param(ENGINE, id="engine-minor"),
            pytest.param(DOMAIN, id="certificate-domain"),
            pytest.param(NAT_GATEWAYS, id="nat-gateways"),
            pytest.param(FIREWALL, id="rate-limit"),
        ],
    )
    def test_do_exactly_this(self, upgrade: Actions, expected: Actions) -> None:
        assert {address: upgrade.get(address) for address in expected} == expected

    def test_do_nothing_else(self, upgrade: Actions) -> None:
        assert upgrade.keys() == (TASKS | ENGINE | DOMAIN | NAT_GATEWAYS | FIREWALL).keys()

    def test_of_the_engine_alone_touches_the_database_alone(self, upgraded: Upgraded) -> None:
        assert actions(upgraded.engine) == ENGINE

    def test_replace_nothing_stateful_but_a_certificate_by_its_successor(self, upgrade: Actions) -> None:
        """A certificate cannot change its name. It holds nothing, and its successor is in use before it
        goes."""
        assert stateful_that_go(upgrade) == {"aws_acm_certificate.domain_certificate": NEW_FIRST}


class TestAnotherPort:
    def test_makes_the_new_target_group_before_the_old_one_goes(self, new_port: Actions) -> None:
        """On AWS targets drain from the old group for a minute meanwhile."""
        assert new_port["aws_lb_target_group.load-balancer_target-group"] == NEW_FIRST
        assert new_port["aws_lb_listener.load-balancer_https-listener"] == UPDATE
        assert new_port["aws_ecs_service.service"] == UPDATE

    def test_replaces_nothing_stateful(self, new_port: Actions) -> None:
        assert stateful_that_go(new_port) == {}


class TestCarriedOut:
    """The emulator may accept what AWS refuses: an engine version that is not there, or a certificate's
    deletion while it is in use. And AWS takes minutes for a database that the emulator has at once."""

    def test_the_new_target_group_and_certificate_have_taken_over(self, upgraded: Upgraded) -> None:
        assert upgraded.before == Edge(ports=[8080], certificates=["payment-api.example.com"])
        assert upgraded.after == Edge(ports=[9090], certificates=["pay.example.com"])

    def test_nothing_is_left_to_change(self, upgraded: Upgraded) -> None:
        assert upgraded.last.empty, upgraded.last.text
