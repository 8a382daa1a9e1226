"""The names of the stacks, and the suffixes that are reserved."""

from collections.abc import Mapping

PROJECT = "payment-api"
"""The prefix of every stack's name, and the value of the tag `Project`."""


def stack_name(suffix: str) -> str:
    """Return the name of the stack with this suffix, which is the prefix of all of its AWS names."""
    return f"{PROJECT}-{suffix}"


STATE_SUFFIX = "state"
STATE_STACK = stack_name(STATE_SUFFIX)

RESERVED_SUFFIXES: Mapping[str, str] = {STATE_SUFFIX: "the remote state"}
"""Suffix → what the stack with that suffix contains."""

MAX_SUFFIX_LENGTH = 32 - len(stack_name(""))
"""The name of a load balancer has at most 32 characters (CreateLoadBalancer of ELBv2).

This is the lowest limit of all names that contain the suffix.
"""
