"""The VPC: three tiers of subnets in three zones, their route tables and NAT gateways."""

from collections.abc import Iterable, Iterator, Sequence
from ipaddress import IPv4Network

from cdktf_cdktf_provider_aws.default_security_group import DefaultSecurityGroup
from cdktf_cdktf_provider_aws.eip import Eip
from cdktf_cdktf_provider_aws.internet_gateway import InternetGateway
from cdktf_cdktf_provider_aws.nat_gateway import NatGateway
from cdktf_cdktf_provider_aws.route import Route
from cdktf_cdktf_provider_aws.route_table import RouteTable, RouteTableRoute
from cdktf_cdktf_provider_aws.route_table_association import RouteTableAssociation
from cdktf_cdktf_provider_aws.subnet import Subnet
from cdktf_cdktf_provider_aws.vpc import Vpc
from constructs import Construct

from constructs_lib.foundation.iam import Deployment
from constructs_lib.settings.model import NetworkSettings

ANYWHERE = "0.0.0.0/0"
SUBNET_PREFIX_LENGTH = 24


class Network(Construct):
    """Public, private and isolated database subnets: one /24 of each tier in every zone.

    Public subnets route to the internet gateway, private subnets to a NAT gateway, and database subnets have
    no route out of the VPC. No subnet assigns public addresses automatically, and the VPC's default security
    group has no rules.

    Outputs: `vpc_id`, `public_subnet_ids`, `private_subnet_ids`, `private_route_table_ids`,
    `private_cidr_blocks`, `endpoint_subnet_ids` (private, in as many zones as there are NAT gateways),
    `database_subnet_ids`, `internet_route` (for resources that need the internet gateway to be attached).
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        deployment: Deployment,
        zones: Sequence[str],
        settings: NetworkSettings,
    ) -> None:
        super().__init__(scope, id_)
        self._name_prefix = deployment.name_prefix
        self._zones = zones
        self._vpc = Vpc(
            self,
            "vpc",
            cidr_block=settings.cidr,
            enable_dns_support=True,
            enable_dns_hostnames=True,
            tags=self._named("vpc"),
        )
        self.vpc_id = self._vpc.id
        DefaultSecurityGroup(
            self,
            "default-security-group",
            vpc_id=self.vpc_id,
            # Without these, the provider removes only the initial rules, not rules that are added later.
            ingress=[],
            egress=[],
            tags=self._named("unused"),
        )

        blocks = IPv4Network(settings.cidr).subnets(new_prefix=SUBNET_PREFIX_LENGTH)
        public = self._tier("public", blocks)
        private = self._tier("private", blocks)
        database = self._tier("database", blocks)
        self.internet_route = self._route_public(public)
        nat_gateways = self._nat_gateways(public, zones[: settings.nat_gateways])
        private_tables = self._route_private(private, nat_gateways)
        self._isolate(database)

        self.public_subnet_ids = _ids(public.values())
        self.private_subnet_ids = _ids(private.values())
        self.private_cidr_blocks = [str(subnet.cidr_block_input) for subnet in private.values()]
        self.endpoint_subnet_ids = self.private_subnet_ids[: settings.nat_gateways]
        self.private_route_table_ids = [table.id for table in private_tables.values()]
        self.database_subnet_ids = _ids(database.values())

    def _tier(self, tier: str, blocks: Iterator[IPv4Network]) -> dict[str, Subnet]:
        return {
            zone: Subnet(
                self,
                f"{tier}-subnet-{zone}",
                vpc_id=self.vpc_id,
                availability_zone=zone,
                cidr_block=str(next(blocks)),
                map_public_ip_on_launch=False,
                tags=self._named(f"{tier}-{zone}"),
            )
            for zone in self._zones
        }

    def _route_public(self, subnets: dict[str, Subnet]) -> Route:
        gateway = InternetGateway(self, "internet-gateway", vpc_id=self.vpc_id, tags=self._named("internet"))
        table = self._route_table("public", subnets)
        self._internet_gateway = gateway
        return Route(
            self,
            "public-default-route",
            route_table_id=table.id,
            destination_cidr_block=ANYWHERE,
            gateway_id=gateway.id,
        )

    def _nat_gateways(self, subnets: dict[str, Subnet], zones: Iterable[str]) -> dict[str, NatGateway]:
        gateways = {}
        for zone in zones:
            address = Eip(
                self,
                f"nat-address-{zone}",
                domain="vpc",
                tags=self._named(f"nat-{zone}"),
                depends_on=[self._internet_gateway],
            )
            gateways[zone] = NatGateway(
                self,
                f"nat-gateway-{zone}",
                subnet_id=subnets[zone].id,
                allocation_id=address.id,
                tags=self._named(f"nat-{zone}"),
                depends_on=[self.internet_route],
            )
        return gateways

    def _route_private(
        self, subnets: dict[str, Subnet], nat_gateways: dict[str, NatGateway]
    ) -> dict[str, RouteTable]:
        """Create one route table for each zone, so that adding NAT gateways only changes routes."""
        first = next(iter(nat_gateways.values()))
        tables = {}
        for zone, subnet in subnets.items():
            tables[zone] = self._route_table(f"private-{zone}", {zone: subnet})
            Route(
                self,
                f"private-default-route-{zone}",
                route_table_id=tables[zone].id,
                destination_cidr_block=ANYWHERE,
                nat_gateway_id=nat_gateways.get(zone, first).id,
            )
        return tables

    def _isolate(self, subnets: dict[str, Subnet]) -> None:
        """Create a route table with only the VPC's local route; without it, the main route table would apply.

        The empty list of routes makes Terraform detect and remove routes that were added outside of it.
        """
        self._route_table("database", subnets, route=[])

    def _route_table(
        self, name: str, subnets: dict[str, Subnet], *, route: Sequence[RouteTableRoute] | None = None
    ) -> RouteTable:
        table = RouteTable(
            self, f"{name}-route-table", vpc_id=self.vpc_id, route=route, tags=self._named(name)
        )
        for zone, subnet in subnets.items():
            RouteTableAssociation(
                self,
                f"{name}-association-{zone}",
                route_table_id=table.id,
                subnet_id=subnet.id,
            )
        return table

    def _named(self, name: str) -> dict[str, str]:
        return {"Name": f"{self._name_prefix}-{name}"}


def _ids(subnets: Iterable[Subnet]) -> list[str]:
    return [subnet.id for subnet in subnets]
