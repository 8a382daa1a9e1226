"""The supported AWS regions, and the three availability zones of each that the stack uses."""

from difflib import get_close_matches

_FIRST_THREE_ZONES = """
af-south-1 ap-east-1 ap-east-2 ap-northeast-2 ap-northeast-3 ap-south-1 ap-south-2 ap-southeast-1
ap-southeast-2 ap-southeast-3 ap-southeast-4 ap-southeast-5 ap-southeast-7 ca-west-1 eu-central-1
eu-central-2 eu-north-1 eu-south-1 eu-south-2 eu-west-1 eu-west-2 eu-west-3 il-central-1 me-central-1
me-south-1 mx-central-1 sa-east-1 us-east-1 us-east-2 us-west-2
"""

ZONE_LETTERS: dict[str, tuple[str, str, str]] = {
    **dict.fromkeys(_FIRST_THREE_ZONES.split(), ("a", "b", "c")),
    "ap-northeast-1": ("a", "c", "d"),  # newer accounts do not have zone b
    "ca-central-1": ("a", "b", "d"),  # newer accounts do not have zone c
}
"""Region → the letters of three availability zones that every account has.

Version 5.100.0 of the AWS provider supports all of these regions.
"""

_NEWER_THAN_THE_PROVIDER = ("ap-southeast-6", "me-west-1", "sa-west-1")
_OTHER_PARTITIONS = ("cn-", "us-gov-", "us-iso", "eu-iso", "eusc-")


def zones_of(region: str) -> tuple[str, str, str]:
    """Return the names of the three availability zones that the stack uses in a supported region."""
    first, second, third = ZONE_LETTERS[region]
    return f"{region}{first}", f"{region}{second}", f"{region}{third}"


def known_region(value: str) -> str:
    """Return the region, or raise ValueError with the reason why it is not supported."""
    if value in ZONE_LETTERS:
        return value
    if value == "us-west-1":
        raise ValueError(
            "must be a region with three availability zones for every account; us-west-1 has two"
        )
    if value in _NEWER_THAN_THE_PROVIDER:
        raise ValueError(
            "must be a region that version 5.100.0 of the AWS provider supports; this one is newer"
        )
    if value.startswith(_OTHER_PARTITIONS):
        raise ValueError(
            "must be a region of the commercial partition (aws); this one is in another partition"
        )
    near = get_close_matches(value.lower(), ZONE_LETTERS, n=2) or ["us-east-1"]
    raise ValueError(f"must be an AWS region, such as {' or '.join(near)}")
