"""The dev profile's network as EC2 shows it, row by row of what was asked for."""

from typing import Any

import pytest

from tests.deployed.lookups import NAME, subnets
from tests.emulator.deployment import Deployment


def default_route(dev: Deployment, subnet_id: str) -> dict[str, Any] | None:
    """Where the subnet's route table sends what is for nobody in the VPC."""
    (table,) = dev.account.client("ec2").describe_route_tables(
        Filters=[{"Name": "association.subnet-id", "Values": [subnet_id]}]
    )["RouteTables"]
    routes = [each for each in table["Routes"] if each.get("DestinationCidrBlock") == "0.0.0.0/0"]
    return routes[0] if routes else None


def test_the_vpc_has_its_range_and_names(dev: Deployment, outputs: dict[str, Any]) -> None:
    """Parity 1."""
    ec2 = dev.account.client("ec2")
    (vpc,) = ec2.describe_vpcs(VpcIds=[outputs["vpc_id"]])["Vpcs"]
    assert vpc["CidrBlock"] == "10.0.0.0/16"
    for attribute in ("enableDnsSupport", "enableDnsHostnames"):
        answer = ec2.describe_vpc_attribute(VpcId=outputs["vpc_id"], Attribute=attribute)
        assert answer[attribute[0].upper() + attribute[1:]]["Value"] is True


@pytest.mark.parametrize("tier", ["public", "private", "database"])
def test_each_tier_has_a_subnet_in_three_zones(dev: Deployment, outputs: dict[str, Any], tier: str) -> None:
    """Parity 2 and 5."""
    found = subnets(dev, outputs, tier)
    assert sorted(found) == ["us-east-1a", "us-east-1b", "us-east-1c"]
    assert all(each["CidrBlock"].endswith("/24") for each in found.values())
    assert not any(each["MapPublicIpOnLaunch"] for each in found.values())


def test_each_tier_goes_out_its_own_way(dev: Deployment, outputs: dict[str, Any]) -> None:
    """Parity 3, 4 and 5: by the internet gateway, by the one NAT gateway, not at all."""
    ways = {
        tier: [default_route(dev, each["SubnetId"]) for each in subnets(dev, outputs, tier).values()]
        for tier in ("public", "private", "database")
    }
    assert all(route and route["GatewayId"].startswith("igw-") for route in ways["public"])
    assert len({route["NatGatewayId"] for route in ways["private"] if route}) == 1
    assert ways["database"] == [None, None, None]


def test_only_the_matrix_is_open(dev: Deployment, outputs: dict[str, Any]) -> None:
    """Parity 11, 15 and 19, read from the rules that stand in EC2."""
    ec2 = dev.account.client("ec2")
    vpc = [{"Name": "vpc-id", "Values": [outputs["vpc_id"]]}]
    names = {
        each["GroupId"]: next((tag["Value"] for tag in each.get("Tags", []) if tag["Key"] == "Name"), "")
        for each in ec2.describe_security_groups(Filters=vpc)["SecurityGroups"]
    }
    rules = ec2.describe_security_group_rules(Filters=[{"Name": "group-id", "Values": list(names)}])[
        "SecurityGroupRules"
    ]

    def edge(rule: dict[str, Any]) -> tuple[str, str, str, int]:
        other = rule.get("ReferencedGroupInfo", {}).get("GroupId")
        peer = names[other] if other else rule.get("CidrIpv4") or "s3"
        group = names[rule["GroupId"]].removeprefix(f"{NAME}-")
        return ("out" if rule["IsEgress"] else "in", group, peer.removeprefix(f"{NAME}-"), rule["FromPort"])

    assert {edge(rule) for rule in rules} == {
        ("in", "load-balancer", "0.0.0.0/0", 443),
        ("in", "load-balancer", "0.0.0.0/0", 80),
        ("out", "load-balancer", "service", 8080),
        ("in", "service", "load-balancer", 8080),
        ("out", "service", "database", 5432),
        ("in", "database", "service", 5432),
        ("out", "service", "endpoints", 443),
        ("in", "endpoints", "service", 443),
        ("out", "service", "s3", 443),
        ("out", "service", "0.0.0.0/0", 443),
    }
