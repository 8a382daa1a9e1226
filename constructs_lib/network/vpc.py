"""The VPC: three tiers of subnets in three zones, their route tables and NAT gateways."""

from collections.abc import Iterable, Mapping, Sequence
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
        self.vpc_id = Vpc(
            self,
            "vpc",
            cidr_block=settings.cidr,
            enable_dns_support=True,
            enable_dns_hostnames=True,
            tags=self._named("vpc"),
        ).id
        DefaultSecurityGroup(
            self,
            "default-security-group",
            vpc_id=self.vpc_id,
            # Without these, the provider removes only the initial rules, not rules that are added later.
            ingress=[],
            egress=[],
            tags=self._named("unused"),
        )

        blocks = map(str, IPv4Network(settings.cidr).subnets(new_prefix=SUBNET_PREFIX_LENGTH))
        public, private, database = ({zone: next(blocks) for zone in zones} for _ in range(3))
        self.private_cidr_blocks = list(private.values())
        public_ids = self._tier("public", public)
        private_ids = self._tier("private", private)
        database_ids = self._tier("database", database)
        self.internet_route = self._route_public(public_ids)
        nat_gateway_ids = self._nat_gateways(public_ids, zones[: settings.nat_gateways])
        self.private_route_table_ids = self._route_private(private_ids, nat_gateway_ids)
        self._isolate(database_ids)

        self.public_subnet_ids = list(public_ids.values())
        self.private_subnet_ids = list(private_ids.values())
        self.endpoint_subnet_ids = self.private_subnet_ids[: settings.nat_gateways]
        self.database_subnet_ids = list(database_ids.values())

    # Each id is read once: every read of an attribute is a request to the kernel.

    def _tier(self, tier: str, blocks: Mapping[str, str]) -> Mapping[str, str]:
        """Create a subnet for the block of each zone; return the subnets' ids by zone."""
        return {
            zone: Subnet(
                self,
                f"{tier}-subnet-{zone}",
                vpc_id=self.vpc_id,
                availability_zone=zone,
                cidr_block=block,
                map_public_ip_on_launch=False,
                tags=self._named(f"{tier}-{zone}"),
            ).id
            for zone, block in blocks.items()
        }

    def _route_public(self, subnet_ids: Mapping[str, str]) -> Route:
        gateway = InternetGateway(self, "internet-gateway", vpc_id=self.vpc_id, tags=self._named("internet"))
        table_id = self._route_table("public", subnet_ids)
        self._internet_gateway = gateway
        return Route(
            self,
            "public-default-route",
            route_table_id=table_id,
            destination_cidr_block=ANYWHERE,
            gateway_id=gateway.id,
        )

    def _nat_gateways(self, subnet_ids: Mapping[str, str], zones: Iterable[str]) -> Mapping[str, str]:
        """Create a NAT gateway in each of these zones; return the gateways' ids by zone."""
        ids = {}
        for zone in zones:
            address = Eip(
                self,
                f"nat-address-{zone}",
                domain="vpc",
                tags=self._named(f"nat-{zone}"),
                depends_on=[self._internet_gateway],
            )
            ids[zone] = NatGateway(
                self,
                f"nat-gateway-{zone}",
                subnet_id=subnet_ids[zone],
                allocation_id=address.id,
                tags=self._named(f"nat-{zone}"),
                depends_on=[self.internet_route],
            ).id
        return ids

    def _route_private(
        self, subnet_ids: Mapping[str, str], nat_gateway_ids: Mapping[str, str]
    ) -> Sequence[str]:
        """Create one route table for each zone, so that adding NAT gateways only changes routes."""
        first = next(iter(nat_gateway_ids.values()))
        table_ids = []
        for zone, subnet_id in subnet_ids.items():
            table_id = self._route_table(f"private-{zone}", {zone: subnet_id})
            table_ids.append(table_id)
            Route(
                self,
                f"private-default-route-{zone}",
                route_table_id=table_id,
                destination_cidr_block=ANYWHERE,
                nat_gateway_id=nat_gateway_ids.get(zone, first),
            )
        return table_ids

    def _isolate(self, subnet_ids: Mapping[str, str]) -> None:
        """Create a route table with only the VPC's local route; without it, the main route table would apply.

        The empty list of routes makes Terraform detect and remove routes that were added outside of it.
        """
        self._route_table("database", subnet_ids, route=[])

    def _route_table(
        self, name: str, subnet_ids: Mapping[str, str], *, route: Sequence[RouteTableRoute] | None = None
    ) -> str:
        table_id = RouteTable(
            self, f"{name}-route-table", vpc_id=self.vpc_id, route=route, tags=self._named(name)
        ).id
        for zone, subnet_id in subnet_ids.items():
            RouteTableAssociation(
                self,
                f"{name}-association-{zone}",
                route_table_id=table_id,
                subnet_id=subnet_id,
            )
        return table_id

    def _named(self, name: str) -> dict[str, str]:
        return {"Name": f"{self._name_prefix}-{name}"}
