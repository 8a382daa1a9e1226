"""The names of the stacks, and the suffixes that no deployment may have because of them."""

from collections.abc import Mapping

PROJECT = "payment-api"
"""Begins the name of every stack, and is the value of the tag `Project`."""


def stack_name(suffix: str) -> str:
    """Return the name of the stack with this suffix, with which all AWS names of the stack begin."""
    return f"{PROJECT}-{suffix}"


STATE_SUFFIX = "state"
STATE_STACK = stack_name(STATE_SUFFIX)

RESERVED_SUFFIXES: Mapping[str, str] = {STATE_SUFFIX: "the remote state"}
"""Suffix → what the stack of that name holds."""

MAX_SUFFIX_LENGTH = 32 - len(stack_name(""))
"""The name of a load balancer has at most 32 characters (ELBv2 CreateLoadBalancer), the least of all names
that contain the suffix."""
