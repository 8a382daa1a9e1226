"""EC2: descriptions of security group rules, and private DNS names of network interfaces."""

from typing import Any

from moto.ec2.models.elastic_network_interfaces import NetworkInterface
from moto.ec2.models.security_groups import SecurityGroupRule
from moto.ec2.utils import generate_dns_from_ip

from tests.emulator.gaps.patching import Method, adds_property, extra_state, replaces


@replaces(SecurityGroupRule)
def __init__(original: Method, self: SecurityGroupRule, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401, N807 - as in moto
    """A rule stores the prefix list with its description; moto stores only the prefix list's id.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_PrefixListId.html
    """
    original(self, *args, **kwargs)
    for peer in (*args, *kwargs.values()):
        if isinstance(peer, dict) and "PrefixListId" in peer:
            extra_state(self, "prefix_list").update(peer)


@replaces(SecurityGroupRule)
def description(original: Method, self: SecurityGroupRule) -> str | None:
    """DescribeSecurityGroupRules returns the description of every rule; moto returns it only for rules about
    CIDR blocks, not for those about a security group or a prefix list.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_SecurityGroupRule.html
    """
    found: str | None = original(self)
    for peer in (self.source_group, extra_state(self, "prefix_list")):
        found = found or peer.get("Description")
    return found


@adds_property(NetworkInterface)
def private_dns_name(self: NetworkInterface) -> str | None:
    """An interface has a private DNS name only in a VPC with DNS host names; moto fails to read it in others.

    https://docs.aws.amazon.com/vpc/latest/userguide/vpc-dns.html
    """
    vpc = self.ec2_backend.get_vpc(self.subnet.vpc_id) if self.subnet else None
    if vpc is None or not vpc.enable_dns_hostnames or not self.private_ip_address:
        return None
    return str(generate_dns_from_ip(self.private_ip_address))
