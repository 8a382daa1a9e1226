"""EC2: descriptions of security group rules."""

from moto.ec2.models.security_groups import SecurityGroupRule

from tests.emulator.gaps.patching import Method, replaces


@replaces(SecurityGroupRule)
def description(original: Method, self: SecurityGroupRule) -> str | None:
    """A rule has its description whatever it speaks of; moto keeps it only for ranges of addresses."""
    found: str | None = original(self)
    for peer in (self.source_group, self.prefix_list_id):
        if isinstance(peer, dict):
            found = found or peer.get("Description")
    return found
