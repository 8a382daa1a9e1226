"""The VPC: subnets, gateways, routes, endpoints, security groups and network ACLs."""

from collections.abc import Mapping

from constructs_lib.review import network
from constructs_lib.review.access import policy
from constructs_lib.review.findings import Kind, TypeRules, kept, members, quiet, seen
from constructs_lib.review.policies import ALLOW_ALL

CAPABILITY = "network"

_RULE = TypeRules(
    CAPABILITY,
    quiet(
        "cidr_ipv4 cidr_ipv6 from_port to_port ip_protocol prefix_list_id "
        "referenced_security_group_id security_group_id security_group_rule_id"
    ),
    whole=(network.group_rule,),
)
_GROUP = TypeRules(
    CAPABILITY,
    quiet("name name_prefix vpc_id owner_id revoke_rules_on_delete")
    | {"ingress": network.inline_rules("from"), "egress": network.inline_rules("to")},
)

TYPES: Mapping[str, TypeRules] = {
    "aws_vpc": TypeRules(
        CAPABILITY,
        {
            "cidr_block": seen(Kind.NETWORK, "the VPC has another address range"),
            "enable_dns_support": seen(Kind.INTERRUPTION, "DNS in the VPC", shown=True),
            "enable_dns_hostnames": seen(Kind.INTERRUPTION, "DNS host names in the VPC", shown=True),
        },
        interrupts="the VPC ends with everything in it",
    ),
    "aws_subnet": TypeRules(
        CAPABILITY,
        {
            "map_public_ip_on_launch": network.public(
                "map_public_ip_on_launch", "what starts in the subnet has a public address"
            ),
            **quiet("cidr_block availability_zone availability_zone_id vpc_id owner_id"),
        },
        interrupts="a subnet ends with everything in it",
    ),
    "aws_internet_gateway": TypeRules(
        CAPABILITY,
        quiet("vpc_id owner_id"),
        interrupts="the VPC has no way to or from the internet",
        whole=(network.gateway,),
    ),
    "aws_nat_gateway": TypeRules(
        CAPABILITY,
        quiet("allocation_id subnet_id association_id network_interface_id private_ip public_ip"),
        interrupts="a NAT gateway and the connections through it end",
        costs="adds a NAT gateway",
    ),
    "aws_eip": TypeRules(
        CAPABILITY,
        quiet(
            "domain address allocation_id association_id network_interface private_ip "
            "public_ip private_dns public_dns instance"
        ),
        interrupts="a public address is given up, which others may have allowed",
        costs="adds a public IPv4 address",
    ),
    "aws_route_table": TypeRules(
        CAPABILITY,
        quiet("vpc_id owner_id") | {"route": seen(Kind.NETWORK, "routes in the route table change")},
        interrupts="a route table ends with its routes",
    ),
    "aws_route": TypeRules(
        CAPABILITY,
        quiet(
            "destination_cidr_block destination_ipv6_cidr_block gateway_id nat_gateway_id "
            "route_table_id vpc_peering_connection_id transit_gateway_id origin state"
        ),
        whole=(network.route,),
    ),
    "aws_route_table_association": TypeRules(
        CAPABILITY,
        {
            "route_table_id": seen(Kind.NETWORK, "the subnet has the routes of another table"),
            "subnet_id": seen(Kind.NETWORK, "the routes are those of another subnet"),
        },
        interrupts="a subnet has no longer these routes",
    ),
    "aws_network_acl": TypeRules(
        CAPABILITY,
        {
            "ingress": network.inline_rules("from"),
            "egress": network.inline_rules("to"),
            "subnet_ids": members("subnets of the network ACL"),
            **quiet("vpc_id owner_id"),
        },
        protects="the network ACL",
    ),
    "aws_security_group": _GROUP,
    "aws_default_security_group": _GROUP,
    "aws_vpc_security_group_ingress_rule": _RULE,
    "aws_vpc_security_group_egress_rule": _RULE,
    "aws_vpc_endpoint": TypeRules(
        CAPABILITY,
        {
            "policy": policy(absent=ALLOW_ALL),
            "security_group_ids": seen(Kind.NETWORK, "the endpoint has other security groups"),
            "subnet_ids": seen(Kind.ROUTINE, "the endpoint is in other subnets"),
            "route_table_ids": seen(Kind.ROUTINE, "the endpoint is in other route tables"),
            "private_dns_enabled": seen(Kind.INTERRUPTION, "private DNS of the endpoint", shown=True),
            "service_name": seen(Kind.NETWORK, "the endpoint is that of another service"),
            **quiet(
                "cidr_blocks dns_entry dns_options ip_address_type network_interface_ids "
                "owner_id prefix_list_id requester_managed service_region state "
                "subnet_configuration vpc_endpoint_type vpc_id"
            ),
        },
        interrupts="calls to the service have no way out of the VPC through this endpoint",
        whole=(network.endpoint,),
    ),
    "aws_flow_log": TypeRules(
        CAPABILITY,
        {
            "traffic_type": seen(Kind.PROTECTION, "the flow log has other traffic"),
            "log_destination": seen(Kind.PROTECTION, "the flow log is written elsewhere"),
            "iam_role_arn": kept("the role of the flow log"),
            "max_aggregation_interval": seen(Kind.ROUTINE, "aggregation of the flow log (s)", shown=True),
            **quiet("vpc_id log_group_name log_destination_type"),
        },
        protects="the flow log of the VPC",
    ),
}
