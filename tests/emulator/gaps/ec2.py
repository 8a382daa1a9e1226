"""EC2: descriptions of security group rules."""

from typing import Any

from moto.ec2.models.security_groups import SecurityGroupRule

from tests.emulator.gaps.patching import Method, extra_state, replaces


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
