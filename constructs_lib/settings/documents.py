"""Checks of lists and objects, which the environment gives as JSON and cdktf.json as such.

Each returns the value, or its ValueError says what would be right.
"""

import json
import re
from collections.abc import Mapping
from ipaddress import IPv4Network

from constructs_lib.settings import quotas
from constructs_lib.settings.numbers import whole_number
from constructs_lib.settings.texts import KEBAB_CASE, plain_text

_PRINCIPAL_ARN = re.compile(r"arn:aws:iam::\d{12}:(?:role|user)/[\w+=,.@/-]+", re.ASCII)

Destination = tuple[str, int]
"""A CIDR block and a TCP port."""

_port = whole_number(1, 65535)


def _decoded(value: object) -> object:
    """The value of a text in JSON, None if it is something else; any other value as it is."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return None


def principal_arns(value: object) -> tuple[str, ...]:
    """Return the ARNs if each is one of an IAM user or role."""
    arns = _decoded(value)
    if not isinstance(arns, list | tuple) or not all(
        isinstance(arn, str) and _PRINCIPAL_ARN.fullmatch(arn) for arn in arns
    ):
        raise ValueError('must be a JSON list of ARNs, such as ["arn:aws:iam::ACCOUNT:role/NAME"]')
    if len(json.dumps(arns)) > quotas.MAX_READERS_LENGTH:
        raise ValueError(
            f"must be at most {quotas.MAX_READERS_LENGTH} characters of JSON: name fewer, or roles"
        )
    return tuple(arns)


def container_environment(value: object) -> Mapping[str, str]:
    """Return the variables if all are texts, legal in name, and none is the stack's own."""
    variables = _decoded(value)
    if not isinstance(variables, Mapping) or not all(isinstance(text, str) for text in variables.values()):
        raise ValueError('must be a JSON object of texts, such as {"LOG_LEVEL": "info"}')
    illegal = [repr(name) for name in variables if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name)]
    if illegal:
        raise ValueError(f"must name variables by letters, digits and underscores, not {', '.join(illegal)}")
    taken = sorted(quotas.STACK_VARIABLES & variables.keys())
    if taken:
        raise ValueError(f"must leave {', '.join(taken)} to the stack, which sets them itself")
    for text in variables.values():
        plain_text(text)
    if len(json.dumps(dict(variables))) > quotas.MAX_ENVIRONMENT_LENGTH:
        raise ValueError(f"must be at most {quotas.MAX_ENVIRONMENT_LENGTH} characters of JSON")
    return variables


def destinations(value: object) -> Mapping[str, Destination]:
    """Return names and what they stand for if security group rules can be made of them, each another one."""
    named = _decoded(value)
    if not isinstance(named, Mapping):
        raise ValueError('must be a JSON object, such as {"card-network": "192.0.2.0/24:443"}')
    places = {_destination_name(name): _destination(name, place) for name, place in named.items()}
    if len(set(places.values())) < len(places):
        raise ValueError("must give each block and port once: AWS makes no two rules of the same")
    if len(places) > quotas.MAX_DESTINATIONS:
        raise ValueError(f"must be at most {quotas.MAX_DESTINATIONS} destinations, not {len(places)}")
    return places


def _destination_name(name: str) -> str:
    if name in quotas.OWN_PEERS:
        raise ValueError(f"must call {name} by another name: the stack's own rules go by this one")
    if not KEBAB_CASE.fullmatch(name) or len(name) > quotas.MAX_DESTINATION_NAME_LENGTH:
        raise ValueError(
            f"must call {name!r} by up to {quotas.MAX_DESTINATION_NAME_LENGTH} lower-case letters and digits "
            "in words joined by single hyphens, such as card-network"
        )
    return name


def _destination(name: str, place: object) -> Destination:
    cidr, _, port = str(place).rpartition(":")
    try:
        block, number = IPv4Network(cidr), _port(port)
    except ValueError:
        raise ValueError(f"must give {name} as an IPv4 range and a port, such as 192.0.2.0/24:443") from None
    if block.prefixlen < quotas.SMALLEST_DESTINATION_PREFIX:
        raise ValueError(f"must give {name} a range of /{quotas.SMALLEST_DESTINATION_PREFIX} or smaller")
    return str(block), number
