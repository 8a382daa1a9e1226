"""The AWS regions that the stack runs in, and the three zones of each that it uses."""

from difflib import get_close_matches

_FIRST_THREE_ZONES = """
af-south-1 ap-east-1 ap-east-2 ap-northeast-2 ap-northeast-3 ap-south-1 ap-south-2 ap-southeast-1
ap-southeast-2 ap-southeast-3 ap-southeast-4 ap-southeast-5 ap-southeast-7 ca-west-1 eu-central-1
eu-central-2 eu-north-1 eu-south-1 eu-south-2 eu-west-1 eu-west-2 eu-west-3 il-central-1 me-central-1
me-south-1 mx-central-1 sa-east-1 us-east-1 us-east-2 us-west-2
"""

ZONE_LETTERS: dict[str, tuple[str, str, str]] = {
    **dict.fromkeys(_FIRST_THREE_ZONES.split(), ("a", "b", "c")),
    "ap-northeast-1": ("a", "c", "d"),  # Tokyo's b is closed to newer accounts
    "ca-central-1": ("a", "b", "d"),  # so is Canada's c
}
"""Region → the letters of three zones that are open to every account.

All are regions that AWS provider 5.100.0 knows.
"""

_TOO_YOUNG = ("ap-southeast-6", "me-west-1", "sa-west-1")
_OTHER_PARTITIONS = ("cn-", "us-gov-", "us-iso", "eu-iso", "eusc-")


def zones_of(region: str) -> tuple[str, str, str]:
    """Return the names of the three zones that the stack uses in an accepted region."""
    first, second, third = ZONE_LETTERS[region]
    return f"{region}{first}", f"{region}{second}", f"{region}{third}"


def known_region(value: str) -> str:
    """Return the region; ValueError says why the stack does not run in it."""
    if value in ZONE_LETTERS:
        return value
    if value == "us-west-1":
        raise ValueError("must be a region that offers every account three zones, and this one offers two")
    if value in _TOO_YOUNG:
        raise ValueError("must be a region that AWS provider 5.100.0 knows, and this one is younger")
    if value.startswith(_OTHER_PARTITIONS):
        raise ValueError(
            "must be a region of the commercial partition (aws), and this one belongs to another"
        )
    near = get_close_matches(value.lower(), ZONE_LETTERS, n=2) or ["us-east-1"]
    raise ValueError(f"must be an AWS region, such as {' or '.join(near)}")
