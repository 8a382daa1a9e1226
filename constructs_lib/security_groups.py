"""Security groups without rules, and the one way to open a path between two of them."""

from dataclasses import dataclass

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.security_group import SecurityGroup
from cdktf_cdktf_provider_aws.vpc_security_group_egress_rule import VpcSecurityGroupEgressRule
from cdktf_cdktf_provider_aws.vpc_security_group_ingress_rule import VpcSecurityGroupIngressRule
from constructs import Construct


@dataclass(frozen=True, kw_only=True)
class Peer:
    """One end of a connection: a security group of ours, an AWS prefix list, or an address range.

    Exactly one of the three addresses is set. `name` is part of the ids of the rules.
    """

    name: str
    security_group_id: str | None = None
    prefix_list_id: str | None = None
    cidr: str | None = None


INTERNET = Peer(name="internet", cidr="0.0.0.0/0")


def security_group(scope: Construct, *, name: str, name_prefix: str, vpc_id: str, description: str) -> Peer:
    """A security group that lets nothing in and nothing out until `allow` says so.

    A change of its name or description replaces it: the new one stands before the old one goes.
    """
    group = SecurityGroup(
        scope,
        "security-group",
        name_prefix=f"{name_prefix}-{name}-",
        description=description,
        vpc_id=vpc_id,
        tags={"Name": f"{name_prefix}-{name}"},
        lifecycle=TerraformResourceLifecycle(create_before_destroy=True),
    )
    return Peer(name=name, security_group_id=group.id)


def allow(scope: Construct, source: Peer, target: Peer, *, port: int, description: str) -> None:
    """Open one TCP port from source to target: out at the source, in at the target.

    Rules are resources of their own, so two groups can name each other without a cycle. An end that is not
    a security group of ours gets no rule.
    """
    id_ = f"{source.name}-to-{target.name}-{port}"
    if source.security_group_id is not None:
        VpcSecurityGroupEgressRule(
            scope,
            f"{id_}-egress",
            security_group_id=source.security_group_id,
            referenced_security_group_id=target.security_group_id,
            prefix_list_id=target.prefix_list_id,
            cidr_ipv4=target.cidr,
            ip_protocol="tcp",
            from_port=port,
            to_port=port,
            description=description,
        )
    if target.security_group_id is not None:
        VpcSecurityGroupIngressRule(
            scope,
            f"{id_}-ingress",
            security_group_id=target.security_group_id,
            referenced_security_group_id=source.security_group_id,
            prefix_list_id=source.prefix_list_id,
            cidr_ipv4=source.cidr,
            ip_protocol="tcp",
            from_port=port,
            to_port=port,
            description=description,
        )
