"""Security groups without inline rules, and the rules that allow traffic between them."""

from collections.abc import Sequence
from dataclasses import dataclass

from cdktf import TerraformLocal, TerraformResource, TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.data_aws_vpc_security_group_rules import (
    DataAwsVpcSecurityGroupRules,
    DataAwsVpcSecurityGroupRulesFilter,
)
from cdktf_cdktf_provider_aws.security_group import SecurityGroup
from cdktf_cdktf_provider_aws.vpc_security_group_egress_rule import VpcSecurityGroupEgressRule
from cdktf_cdktf_provider_aws.vpc_security_group_ingress_rule import VpcSecurityGroupIngressRule
from constructs import Construct

from constructs_lib.foundation.terraform import (
    address,
    call,
    check,
    equal,
    interpolated,
    list_of,
    literal,
    output_after,
)


@dataclass(frozen=True, kw_only=True)
class Peer:
    """One end of a connection: a security group of the stack, an AWS prefix list, or a CIDR block.

    Exactly one of the three is set. `name` is part of the construct ids of the rules.
    """

    name: str
    security_group_id: str | None = None
    prefix_list_id: str | None = None
    cidr: str | None = None


RULES_OUTPUT = "security_group_rule_ids"

INTERNET = Peer(name="internet", cidr="0.0.0.0/0")


def security_group(scope: Construct, *, name: str, name_prefix: str, vpc_id: str, description: str) -> Peer:
    """Create a security group that allows no traffic until `Traffic.allow` adds rules to it.

    A change of the name or description replaces the group; the new one is created before the old one is
    deleted.
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
    """The security group rules of one stack.

    Each rule is a resource, so that two groups can reference each other without a dependency cycle. Terraform
    does not detect rules that were added outside of it; `warn_about_other_rules` makes it report them.

    A rule that is no longer in the matrix is deleted after everything that depends on the rules is updated:
    the tasks that a rolling deployment replaces need it until they are stopped.
    """

    def __init__(self, scope: Construct, *, last_rule_ids: str) -> None:
        """`last_rule_ids` is the expression for the output RULES_OUTPUT of the last apply."""
        self._scope = scope
        self._last_rule_ids = last_rule_ids
        self._rules: dict[TerraformResource, str] = {}
        self._addresses: list[str] = []

    @property
    def addresses(self) -> Sequence[str]:
        """The addresses of all rules so far."""
        return tuple(self._addresses)

    def allow(self, source: Peer, target: Peer, *, port: int, description: str) -> None:
        """Allow one TCP port with an egress rule at the source and an ingress rule at the target.

        An end that is not a security group of the stack gets no rule.
        """
        for rule_class, direction, group, peer in (
            (VpcSecurityGroupEgressRule, "egress", source, target),
            (VpcSecurityGroupIngressRule, "ingress", target, source),
        ):
            if group.security_group_id is None:
                continue
            rule = rule_class(
                self._scope,
                f"{source.name}-to-{target.name}-{port}-{direction}",
                security_group_id=group.security_group_id,
                referenced_security_group_id=peer.security_group_id,
                prefix_list_id=peer.prefix_list_id,
                cidr_ipv4=peer.cidr,
                ip_protocol="tcp",
                from_port=port,
                to_port=port,
                description=description,
                # Terraform deletes such a resource, replaced or removed, after its dependents are updated.
                lifecycle=TerraformResourceLifecycle(create_before_destroy=True),
            )
            self._rules[rule] = group.security_group_id
            self._addresses.append(address(rule))

    def warn_about_other_rules(self, *, after: TerraformResource) -> None:
        """Make every plan and apply warn of the rules in these groups that `allow` did not create.

        Rules of the last apply do not count either: the plan that removes one still finds it. An output
        records them; it changes after `after`, the last dependent of the rules, is updated.

        It is not an error, because a rule added by hand in an emergency must not block the next apply.
        """
        existing = DataAwsVpcSecurityGroupRules(
            self._scope,
            "standing-rules",
            filter=[
                DataAwsVpcSecurityGroupRulesFilter(
                    name="group-id", values=list(dict.fromkeys(self._rules.values()))
                )
            ],
            # Otherwise the rules could be read before the same apply creates or deletes some of them.
            depends_on=list(self._rules),
        )
        rule_ids = list_of(f"{each}.id" for each in self._addresses)
        output_after(
            self._scope,
            RULES_OUTPUT,
            value=interpolated(rule_ids),
            description="Rules in the stack's security groups that the last apply created or kept",
            after=after,
        )
        # try(): before the first apply the output does not exist.
        managed = call("concat", rule_ids, call("try", self._last_rule_ids, list_of(())))
        unmanaged = TerraformLocal(
            self._scope, "foreign-rules", interpolated(call("setsubtract", f"{existing.fqn}.ids", managed))
        ).fqn
        unmanaged_ids = interpolated(call("join", literal(", "), unmanaged))
        check(
            self._scope,
            "security-group-rules",
            condition=equal(call("length", unmanaged), literal(0)),
            error_message=(
                f"Security group rules that this stack did not create: {unmanaged_ids}."
                " Terraform cannot remove them: see Drift in docs/operations.md."
            ),
        )
