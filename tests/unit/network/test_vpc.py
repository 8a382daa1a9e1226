"""The VPC: its subnets, route tables and NAT gateways, and which resources are in which subnets."""

from ipaddress import IPv4Network

import pytest

from tests.unit.synthesis import Block, Synthesized, synthesize
from tests.variables import DEPLOYMENTS

TIERS = ("public", "private", "database")


def tier(stack: Synthesized, name: str) -> dict[str, Block]:
    """The subnets of a tier by their addresses, found by their Name tags."""
    return {
        f"aws_subnet.{id_}": subnet
        for id_, subnet in stack.all("aws_subnet").items()
        if subnet["tags"]["Name"].startswith(f"{stack.prefix}-{name}-")
    }


def ids(subnets: dict[str, Block]) -> list[str]:
    """The references to the ids of subnets, sorted."""
    return sorted(f"${{{address}.id}}" for address in subnets)


def table_of(stack: Synthesized, subnet: str) -> str:
    """The reference to the route table of a subnet."""
    table: str = stack.one("aws_route_table_association", subnet_id=f"${{{subnet}.id}}")["route_table_id"]
    return table


def default_route(stack: Synthesized, subnet: str) -> Block:
    """The only route of a subnet's route table, which must be the default route."""
    route = stack.one("aws_route", route_table_id=table_of(stack, subnet))
    assert route["destination_cidr_block"] == "0.0.0.0/0"
    return route


def zone_of_nat_gateway(stack: Synthesized, reference: str) -> str:
    """The availability zone of the NAT gateway that a route references."""
    gateway = stack.document["resource"]["aws_nat_gateway"][reference.split(".")[1]]
    subnet = stack.document["resource"]["aws_subnet"][gateway["subnet_id"].split(".")[1]]
    return str(subnet["availability_zone"])


def internet_route(stack: Synthesized) -> str:
    """The address of the route to the internet gateway."""
    return stack.address("aws_route", gateway_id=stack.ref("aws_internet_gateway"))


class TestVpc:
    def test_the_default_cidr_block_is_10_0_0_0_16(self, each_profile: Synthesized) -> None:
        assert each_profile.one("aws_vpc")["cidr_block"] == "10.0.0.0/16"

    def test_the_setting_sets_the_cidr_block(self, every: Synthesized) -> None:
        assert every.one("aws_vpc")["cidr_block"] == every.settings.network.cidr

    def test_dns_support_and_host_names_are_enabled(self, every: Synthesized) -> None:
        assert every.has("aws_vpc", {"enable_dns_support": True, "enable_dns_hostnames": True})

    def test_all_resources_are_in_the_same_vpc(self, every: Synthesized) -> None:
        vpc = every.ref("aws_vpc")
        vpc_ids = {
            f"{type_}.{name}": resource["vpc_id"]
            for type_, resources in every.document["resource"].items()
            for name, resource in resources.items()
            if "vpc_id" in resource
        }
        assert set(vpc_ids.values()) == {vpc}


class TestSubnets:
    @pytest.mark.parametrize("name", TIERS)
    def test_each_tier_has_one_subnet_in_each_of_the_three_zones(self, every: Synthesized, name: str) -> None:
        zones = [subnet["availability_zone"] for subnet in tier(every, name).values()]
        assert len(zones) == 3
        assert sorted(zones) == sorted(every.settings.zones)

    def test_there_are_no_subnets_besides_the_three_tiers(self, every: Synthesized) -> None:
        assert len(every.all("aws_subnet")) == 3 * len(TIERS)

    def test_each_subnet_has_a_distinct_24_in_the_cidr_block_of_the_vpc(self, every: Synthesized) -> None:
        vpc = IPv4Network(every.settings.network.cidr)
        blocks = [IPv4Network(subnet["cidr_block"]) for subnet in every.all("aws_subnet").values()]
        assert {block.prefixlen for block in blocks} == {24}
        assert len(set(blocks)) == len(blocks)
        assert all(block.subnet_of(vpc) for block in blocks)

    def test_subnets_do_not_assign_public_addresses(self, every: Synthesized) -> None:
        assert {subnet["map_public_ip_on_launch"] for subnet in every.all("aws_subnet").values()} == {False}

    def test_the_zones_do_not_come_from_a_data_source(self, every: Synthesized) -> None:
        """A zone that AWS adds later must not replace subnets."""
        assert "aws_availability_zones" not in every.document["data"]

    @pytest.mark.parametrize(
        ("region", "letters"), [("us-east-1", "abc"), ("eu-central-1", "abc"), ("ca-central-1", "abd")]
    )
    def test_the_zones_of_a_region_are_fixed(self, region: str, letters: str) -> None:
        stack = synthesize("dev", AWS_REGION=region)
        zones = {subnet["availability_zone"] for subnet in stack.all("aws_subnet").values()}
        assert zones == {f"{region}{letter}" for letter in letters}

    def test_the_setting_sets_the_zones_in_the_order_of_their_blocks(self) -> None:
        stack = synthesize("dev", PAYMENT_API_NETWORK__ZONES='["f", "us-east-1b", "c"]')
        public = {each["cidr_block"]: each["availability_zone"] for each in tier(stack, "public").values()}
        assert public == {
            "10.0.0.0/24": "us-east-1f",
            "10.0.1.0/24": "us-east-1b",
            "10.0.2.0/24": "us-east-1c",
        }

    def test_the_database_instances_are_in_the_first_two_zones_of_the_setting(self) -> None:
        stack = synthesize("dev", PAYMENT_API_NETWORK__ZONES='["d", "e", "f"]')
        instances = stack.all("aws_rds_cluster_instance").values()
        assert {each["availability_zone"] for each in instances} == {"us-east-1d", "us-east-1e"}


class TestRoutes:
    def test_public_subnets_share_a_default_route_to_the_internet_gateway(self, every: Synthesized) -> None:
        public = tier(every, "public")
        assert len({table_of(every, subnet) for subnet in public}) == 1
        gateway = every.ref("aws_internet_gateway")
        assert {default_route(every, subnet)["gateway_id"] for subnet in public} == {gateway}

    def test_private_subnets_have_a_default_route_to_a_nat_gateway(self, every: Synthesized) -> None:
        for subnet in tier(every, "private"):
            route = default_route(every, subnet)
            assert "nat_gateway_id" in route
            assert "gateway_id" not in route

    @pytest.mark.parametrize("deployment", DEPLOYMENTS)
    def test_with_three_nat_gateways_private_subnets_use_the_one_in_their_zone(self, deployment: str) -> None:
        stack = synthesize(deployment, PAYMENT_API_NETWORK__NAT_GATEWAYS="3")
        for subnet, arguments in tier(stack, "private").items():
            gateway = default_route(stack, subnet)["nat_gateway_id"]
            assert zone_of_nat_gateway(stack, gateway) == arguments["availability_zone"]

    @pytest.mark.parametrize("deployment", DEPLOYMENTS)
    def test_with_one_nat_gateway_private_subnets_use_the_one_in_the_first_zone(
        self, deployment: str
    ) -> None:
        stack = synthesize(deployment, PAYMENT_API_NETWORK__NAT_GATEWAYS="1")
        gateways = [default_route(stack, subnet)["nat_gateway_id"] for subnet in tier(stack, "private")]
        zones = [zone_of_nat_gateway(stack, gateway) for gateway in gateways]
        assert zones == [stack.settings.zones[0]] * 3

    def test_each_private_subnet_has_its_own_route_table(self, every: Synthesized) -> None:
        """A change of the number of NAT gateways then changes routes, but no associations."""
        private = tier(every, "private")
        assert len({table_of(every, subnet) for subnet in private}) == len(private) == 3

    def test_database_subnets_share_a_route_table_without_routes(self, every: Synthesized) -> None:
        """Without an association, the VPC's main route table would apply."""
        tables = {table_of(every, subnet) for subnet in tier(every, "database")}
        assert len(tables) == 1
        assert not every.all("aws_route", route_table_id=tables.pop())

    def test_route_tables_have_no_inline_routes(self, every: Synthesized) -> None:
        """Terraform would remove the route of the S3 gateway endpoint from a table with inline routes."""
        assert not any(table.get("route") for table in every.all("aws_route_table").values())

    def test_the_database_route_table_has_an_explicit_empty_list_of_routes(self, every: Synthesized) -> None:
        """Only with an explicit empty list does Terraform detect routes that were added outside of it."""
        table = every.one("aws_route_table", route=[])
        assert table["tags"]["Name"] == f"{every.prefix}-database"


class TestNatGateways:
    @pytest.mark.parametrize(("profile", "count"), [("dev", 1), ("staging", 3), ("prod", 3)])
    def test_the_default_number_of_nat_gateways(self, profile: str, count: int) -> None:
        assert len(synthesize(profile).all("aws_nat_gateway")) == count

    @pytest.mark.parametrize(("profile", "count"), [("dev", 3), ("prod", 1)])
    def test_the_setting_sets_the_number_of_nat_gateways(self, profile: str, count: int) -> None:
        stack = synthesize(profile, PAYMENT_API_NETWORK__NAT_GATEWAYS=str(count))
        assert len(stack.all("aws_nat_gateway")) == count

    def test_each_nat_gateway_is_in_a_public_subnet_with_its_own_elastic_ip(self, every: Synthesized) -> None:
        gateways = every.all("aws_nat_gateway").values()
        addresses = {f"${{aws_eip.{name}.id}}" for name in every.all("aws_eip", domain="vpc")}
        assert {gateway["allocation_id"] for gateway in gateways} == addresses
        assert len(addresses) == len(gateways)
        assert {gateway["subnet_id"] for gateway in gateways} <= set(ids(tier(every, "public")))

    def test_elastic_ips_wait_for_the_internet_gateway(self, every: Synthesized) -> None:
        for address in every.all("aws_eip").values():
            assert address["depends_on"] == [every.address("aws_internet_gateway")]

    def test_nat_gateways_wait_for_the_route_to_the_internet_gateway(self, every: Synthesized) -> None:
        for gateway in every.all("aws_nat_gateway").values():
            assert gateway["depends_on"] == [internet_route(every)]


class TestPlacement:
    def test_the_load_balancer_waits_for_the_route_to_the_internet_gateway(self, every: Synthesized) -> None:
        """ELB refuses an internet-facing load balancer in a VPC without an attached internet gateway."""
        assert internet_route(every) in every.one("aws_lb")["depends_on"]

    def test_the_load_balancer_is_in_the_public_subnets(self, every: Synthesized) -> None:
        assert sorted(every.one("aws_lb")["subnets"]) == ids(tier(every, "public"))

    def test_the_tasks_are_in_the_private_subnets(self, every: Synthesized) -> None:
        subnets = every.one("aws_ecs_service")["network_configuration"]["subnets"]
        assert sorted(subnets) == ids(tier(every, "private"))

    def test_the_database_is_in_the_database_subnets(self, every: Synthesized) -> None:
        assert sorted(every.one("aws_db_subnet_group")["subnet_ids"]) == ids(tier(every, "database"))
