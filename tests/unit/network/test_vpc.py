"""The VPC: three tiers of subnets, and which of them reaches what."""

from ipaddress import IPv4Network

import pytest

from tests.unit.synthesis import Block, Synthesized, synthesize
from tests.variables import PROFILES

ZONES = ["us-east-1a", "us-east-1b", "us-east-1c"]
TIERS = ("public", "private", "database")


def tier(stack: Synthesized, name: str) -> dict[str, Block]:
    """The subnets of a tier by their addresses, found by their Name tags."""
    return {
        f"aws_subnet.{id_}": subnet
        for id_, subnet in stack.all("aws_subnet").items()
        if f"-{name}-us-east-1" in subnet["tags"]["Name"]
    }


def table_of(stack: Synthesized, subnet: str) -> str:
    """The reference to the route table of a subnet."""
    table: str = stack.one("aws_route_table_association", subnet_id=f"${{{subnet}.id}}")["route_table_id"]
    return table


def default_route(stack: Synthesized, subnet: str) -> Block:
    """The one route of a subnet's table, which must be the default route."""
    route = stack.one("aws_route", route_table_id=table_of(stack, subnet))
    assert route["destination_cidr_block"] == "0.0.0.0/0"
    return route


class TestVpc:
    def test_it_has_the_first_descriptions_range_and_names(self, every: Synthesized) -> None:
        """Parity 1."""
        assert every.has(
            "aws_vpc",
            {"cidr_block": "10.0.0.0/16", "enable_dns_support": True, "enable_dns_hostnames": True},
        )

    def test_its_range_is_a_setting(self) -> None:
        stack = synthesize("dev", PAYMENT_API_NETWORK__CIDR="172.20.0.0/20")
        assert stack.one("aws_vpc")["cidr_block"] == "172.20.0.0/20"
        assert all(
            IPv4Network(subnet["cidr_block"]).subnet_of(IPv4Network("172.20.0.0/20"))
            for subnet in stack.all("aws_subnet").values()
        )

    def test_everything_stands_in_the_one_vpc(self, every: Synthesized) -> None:
        vpc = every.ref("aws_vpc")
        in_a_vpc = {
            f"{type_}.{name}": resource["vpc_id"]
            for type_, resources in every.document["resource"].items()
            for name, resource in resources.items()
            if "vpc_id" in resource
        }
        assert set(in_a_vpc.values()) == {vpc}


class TestSubnets:
    @pytest.mark.parametrize("name", TIERS)
    def test_a_tier_has_one_subnet_in_each_of_three_named_zones(self, every: Synthesized, name: str) -> None:
        """Parity 2."""
        zones = [subnet["availability_zone"] for subnet in tier(every, name).values()]
        assert sorted(zones) == ZONES

    def test_there_are_no_other_subnets(self, every: Synthesized) -> None:
        """Parity 2, 5."""
        assert len(every.all("aws_subnet")) == len(TIERS) * len(ZONES)

    def test_each_is_a_24_of_its_own_inside_the_vpc(self, every: Synthesized) -> None:
        """Parity 2."""
        blocks = [IPv4Network(subnet["cidr_block"]) for subnet in every.all("aws_subnet").values()]
        assert {block.prefixlen for block in blocks} == {24}
        assert len(set(blocks)) == len(blocks)
        assert all(block.subnet_of(IPv4Network("10.0.0.0/16")) for block in blocks)

    def test_none_hands_out_public_addresses(self, every: Synthesized) -> None:
        """Parity 3."""
        assert {subnet["map_public_ip_on_launch"] for subnet in every.all("aws_subnet").values()} == {False}

    def test_the_zones_are_no_moving_list(self, every: Synthesized) -> None:
        """Parity 2: what AWS offers next year must not re-create a subnet."""
        assert "aws_availability_zones" not in every.document["data"]

    def test_they_are_named_by_zone_in_every_region(self) -> None:
        """Parity 2."""
        stack = synthesize("dev", AWS_REGION="eu-central-1")
        zones = {subnet["availability_zone"] for subnet in stack.all("aws_subnet").values()}
        assert zones == {"eu-central-1a", "eu-central-1b", "eu-central-1c"}


class TestRoutes:
    def test_public_subnets_share_a_table_to_the_internet_gateway(self, every: Synthesized) -> None:
        """Parity 3."""
        public = tier(every, "public")
        assert len({table_of(every, subnet) for subnet in public}) == 1
        gateway = every.ref("aws_internet_gateway")
        assert {default_route(every, subnet)["gateway_id"] for subnet in public} == {gateway}

    @pytest.mark.parametrize("profile", PROFILES)
    def test_private_subnets_go_out_through_a_nat_gateway(self, profile: str) -> None:
        """Parity 4: dev's one for all zones, elsewhere the one in the zone itself."""
        stack = synthesize(profile)
        for subnet, arguments in tier(stack, "private").items():
            route = default_route(stack, subnet)
            assert "gateway_id" not in route
            gateway = stack.document["resource"]["aws_nat_gateway"][route["nat_gateway_id"].split(".")[1]]
            stands_in = stack.document["resource"]["aws_subnet"][gateway["subnet_id"].split(".")[1]]
            expected = ZONES[0] if profile == "dev" else arguments["availability_zone"]
            assert stands_in["availability_zone"] == expected

    def test_each_private_subnet_has_a_table_of_its_own(self, every: Synthesized) -> None:
        """Parity 4: so more NAT gateways change routes, not associations."""
        assert len({table_of(every, subnet) for subnet in tier(every, "private")}) == len(ZONES)

    def test_database_subnets_have_a_table_without_a_route(self, every: Synthesized) -> None:
        """Parity 5: neither a NAT gateway nor the VPC's main table lets the database out."""
        tables = {table_of(every, subnet) for subnet in tier(every, "database")}
        assert len(tables) == 1
        assert not every.all("aws_route", route_table_id=tables.pop())

    def test_routes_are_resources_of_their_own(self, every: Synthesized) -> None:
        """A table with inline routes would fight with the endpoint's route to S3."""
        assert not any(table.get("route") for table in every.all("aws_route_table").values())

    def test_that_database_subnets_have_no_route_is_said(self, every: Synthesized) -> None:
        """Where it is not, Terraform keeps a route that somebody added, and shows nothing."""
        table = every.one("aws_route_table", route=[])
        assert table["tags"]["Name"].endswith("-database")


class TestNatGateways:
    @pytest.mark.parametrize(("profile", "count"), [("dev", 1), ("staging", 3), ("prod", 3)])
    def test_how_many_a_profile_has(self, profile: str, count: int) -> None:
        """Parity 4."""
        assert len(synthesize(profile).all("aws_nat_gateway")) == count

    def test_their_number_is_a_setting(self) -> None:
        """Parity 4."""
        stack = synthesize("dev", PAYMENT_API_NETWORK__NAT_GATEWAYS="3")
        assert len(stack.all("aws_nat_gateway")) == 3

    def test_each_stands_in_a_public_subnet_with_its_own_address(self, every: Synthesized) -> None:
        """Parity 4."""
        gateways = every.all("aws_nat_gateway").values()
        addresses = {f"${{aws_eip.{name}.id}}" for name in every.all("aws_eip", domain="vpc")}
        assert {gateway["allocation_id"] for gateway in gateways} == addresses
        assert len(addresses) == len(gateways)
        public = {f"${{{subnet}.id}}" for subnet in tier(every, "public")}
        assert {gateway["subnet_id"] for gateway in gateways} <= public

    def test_they_and_their_addresses_wait_for_the_internet_gateway(self, every: Synthesized) -> None:
        gateway = every.address("aws_internet_gateway")
        for resource in [*every.all("aws_nat_gateway").values(), *every.all("aws_eip").values()]:
            assert resource["depends_on"] == [gateway]


class TestWhoStandsWhere:
    def test_the_load_balancer_stands_in_the_public_subnets(self, every: Synthesized) -> None:
        public = [f"${{{subnet}.id}}" for subnet in tier(every, "public")]
        assert sorted(every.one("aws_lb")["subnets"]) == sorted(public)

    def test_the_tasks_stand_in_the_private_subnets(self, every: Synthesized) -> None:
        private = [f"${{{subnet}.id}}" for subnet in tier(every, "private")]
        assert sorted(every.one("aws_ecs_service")["network_configuration"]["subnets"]) == sorted(private)

    def test_the_database_stands_in_the_isolated_subnets(self, every: Synthesized) -> None:
        """Parity 5."""
        isolated = [f"${{{subnet}.id}}" for subnet in tier(every, "database")]
        assert sorted(every.one("aws_db_subnet_group")["subnet_ids"]) == sorted(isolated)
