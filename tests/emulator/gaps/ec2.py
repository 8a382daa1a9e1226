"""EC2: descriptions of security group rules."""

from typing import Any

from moto.ec2.models.security_groups import SecurityGroupRule

from tests.emulator.gaps.patching import Method, memory, replaces


@replaces(SecurityGroupRule)
def __init__(original: Method, self: SecurityGroupRule, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401, N807 - moto's own
    """Of a prefix list moto keeps nothing but the id."""
    original(self, *args, **kwargs)
    for peer in (*args, *kwargs.values()):
        if isinstance(peer, dict) and "PrefixListId" in peer:
            memory(self, "prefix_list").update(peer)


@replaces(SecurityGroupRule)
def description(original: Method, self: SecurityGroupRule) -> str | None:
    """A rule has its description whatever it speaks of; moto keeps it only for ranges of addresses."""
    found: str | None = original(self)
    for peer in (self.source_group, memory(self, "prefix_list")):
        found = found or peer.get("Description")
    return found
