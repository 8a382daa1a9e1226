"""The network of the dev profile, read from the EC2 API after the first apply."""

from typing import Any

import pytest

from tests.deployed.lookups import NAME, subnets
from tests.emulator.deployment import Deployment


def default_route(dev: Deployment, subnet_id: str) -> dict[str, Any] | None:
    """The route of the subnet's route table to 0.0.0.0/0, None if there is none."""
    (table,) = dev.account.client("ec2").describe_route_tables(
        Filters=[{"Name": "association.subnet-id", "Values": [subnet_id]}]
    )["RouteTables"]
    routes = [each for each in table["Routes"] if each.get("DestinationCidrBlock") == "0.0.0.0/0"]
    return routes[0] if routes else None


def test_the_vpc_has_its_cidr_block_and_dns_hostnames(dev: Deployment, outputs: dict[str, Any]) -> None:
    ec2 = dev.account.client("ec2")
    (vpc,) = ec2.describe_vpcs(VpcIds=[outputs["vpc_id"]])["Vpcs"]
    assert vpc["CidrBlock"] == "10.0.0.0/16"
    for attribute in ("enableDnsSupport", "enableDnsHostnames"):
        answer = ec2.describe_vpc_attribute(VpcId=outputs["vpc_id"], Attribute=attribute)
        assert answer[attribute[0].upper() + attribute[1:]]["Value"] is True


@pytest.mark.parametrize("tier", ["public", "private", "database"])
def test_each_tier_has_a_subnet_without_public_addresses_in_three_zones(
    dev: Deployment, outputs: dict[str, Any], tier: str
) -> None:
    found = subnets(dev, outputs, tier)
    assert sorted(found) == ["us-east-1a", "us-east-1b", "us-east-1c"]
    assert all(each["CidrBlock"].endswith("/24") for each in found.values())
    assert not any(each["MapPublicIpOnLaunch"] for each in found.values())


def test_public_subnets_route_to_the_internet_gateway_private_to_the_nat_gateway_database_nowhere(
    dev: Deployment, outputs: dict[str, Any]
) -> None:
    routes = {
        tier: [default_route(dev, each["SubnetId"]) for each in subnets(dev, outputs, tier).values()]
        for tier in ("public", "private", "database")
    }
    assert all(route and route["GatewayId"].startswith("igw-") for route in routes["public"])
    assert len({route["NatGatewayId"] for route in routes["private"] if route}) == 1
    assert routes["database"] == [None, None, None]


def test_the_security_group_rules_are_exactly_the_traffic_matrix(
    dev: Deployment, outputs: dict[str, Any]
) -> None:
    ec2 = dev.account.client("ec2")
    vpc = [{"Name": "vpc-id", "Values": [outputs["vpc_id"]]}]
    names = {
        each["GroupId"]: next((tag["Value"] for tag in each.get("Tags", []) if tag["Key"] == "Name"), "")
        for each in ec2.describe_security_groups(Filters=vpc)["SecurityGroups"]
    }
    rules = ec2.describe_security_group_rules(Filters=[{"Name": "group-id", "Values": list(names)}])[
        "SecurityGroupRules"
    ]

    def flow(rule: dict[str, Any]) -> tuple[str, str, str, int]:
        peer_group = rule.get("ReferencedGroupInfo", {}).get("GroupId")
        peer = names[peer_group] if peer_group else rule.get("CidrIpv4") or "s3"
        group = names[rule["GroupId"]].removeprefix(f"{NAME}-")
        return ("out" if rule["IsEgress"] else "in", group, peer.removeprefix(f"{NAME}-"), rule["FromPort"])

    assert {flow(rule) for rule in rules} == {
        ("in", "load-balancer", "0.0.0.0/0", 443),
        ("in", "load-balancer", "0.0.0.0/0", 80),
        ("out", "load-balancer", "service", 8080),
        ("in", "service", "load-balancer", 8080),
        ("out", "service", "database", 5432),
        ("in", "database", "service", 5432),
        ("out", "database-roles", "database", 5432),
        ("in", "database", "database-roles", 5432),
        ("out", "service", "endpoints", 443),
        ("in", "endpoints", "service", 443),
        ("out", "database-roles", "endpoints", 443),
        ("in", "endpoints", "database-roles", 443),
        ("out", "service", "s3", 443),
        ("out", "service", "0.0.0.0/0", 443),
    }
