"""Security groups without rules, and the one way to open a path between two of them."""

from dataclasses import dataclass

from cdktf import ITerraformDependable, TerraformLocal, TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.data_aws_vpc_security_group_rules import (
    DataAwsVpcSecurityGroupRules,
    DataAwsVpcSecurityGroupRulesFilter,
)
from cdktf_cdktf_provider_aws.security_group import SecurityGroup
from cdktf_cdktf_provider_aws.vpc_security_group_egress_rule import VpcSecurityGroupEgressRule
from cdktf_cdktf_provider_aws.vpc_security_group_ingress_rule import VpcSecurityGroupIngressRule
from constructs import Construct

from constructs_lib.foundation.terraform import call, check, equal, interpolated, list_of, literal


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
    """A security group that lets nothing in and nothing out until `Traffic.allow` says so.

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


class Traffic:
    """The paths between the security groups of one stack, each of which `allow` opens.

    Rules are resources of their own, so two groups can name each other without a cycle. But Terraform knows
    only its own: `warn_about_other_rules` makes it look for others.
    """

    def __init__(self, scope: Construct) -> None:
        self._scope = scope
        self._rules: dict[ITerraformDependable, str] = {}

    def allow(self, source: Peer, target: Peer, *, port: int, description: str) -> None:
        """Open one TCP port from source to target: out at the source, in at the target.

        An end that is not a security group of ours gets no rule.
        """
        for rule, direction, own, other in (
            (VpcSecurityGroupEgressRule, "egress", source, target),
            (VpcSecurityGroupIngressRule, "ingress", target, source),
        ):
            if own.security_group_id is None:
                continue
            made = rule(
                self._scope,
                f"{source.name}-to-{target.name}-{port}-{direction}",
                security_group_id=own.security_group_id,
                referenced_security_group_id=other.security_group_id,
                prefix_list_id=other.prefix_list_id,
                cidr_ipv4=other.cidr,
                ip_protocol="tcp",
                from_port=port,
                to_port=port,
                description=description,
            )
            self._rules[made] = own.security_group_id

    def warn_about_other_rules(self) -> None:
        """Make every plan and apply warn of rules in these groups that `allow` did not make, and name them.

        A warning, not an error: a path that somebody opened in an emergency must not block the next apply.
        """
        standing = DataAwsVpcSecurityGroupRules(
            self._scope,
            "standing-rules",
            filter=[
                DataAwsVpcSecurityGroupRulesFilter(
                    name="group-id", values=list(dict.fromkeys(self._rules.values()))
                )
            ],
            # Read after its own changes, or a rule that is being made would be missing or a stranger.
            depends_on=list(self._rules),
        )
        own = list_of(f"{rule.fqn}.id" for rule in self._rules)
        foreign = TerraformLocal(
            self._scope, "foreign-rules", interpolated(call("setsubtract", f"{standing.fqn}.ids", own))
        ).fqn
        listed = interpolated(call("join", literal(", "), foreign))
        check(
            self._scope,
            "security-group-rules",
            condition=equal(call("length", foreign), literal(0)),
            error_message=(
                f"Security group rules that this stack did not create: {listed}."
                " Terraform cannot remove them: see Drift in docs/operations.md."
            ),
        )
