"""Validation of arrays and objects: JSON text in an environment variable, JSON values in cdktf.json.

Each function returns the value, or raises ValueError with a message that says what would be valid. Only names
from the value are in the message, because these settings are `Sensitive`.
"""

import json
import re
from collections.abc import Mapping
from ipaddress import IPv4Network

from constructs_lib.settings import grants, json_text, quotas
from constructs_lib.settings.grants import Permission
from constructs_lib.settings.messages import shown_name
from constructs_lib.settings.numbers import whole_number
from constructs_lib.settings.texts import KEBAB_CASE, plain_text

_PRINCIPAL_ARN = re.compile(r"arn:aws:iam::\d{12}:(?:role|user)/[\w+=,.@/-]+", re.ASCII)
_ACCOUNT_ID = re.compile(r"\d{12}", re.ASCII)
_ZONE = re.compile(r"(?:[a-z]{2}(?:-[a-z]+)+-\d)?[a-z]")
_ZONES = 3
_VARIABLE_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")

Destination = tuple[str, int]
"""A CIDR block and a TCP port."""

_port = whole_number(1, 65535)


def _decoded(value: object) -> object:
    """Return what a string contains as JSON, or None if it is not JSON; return any other value unchanged.

    Raises ValueError if an object in the JSON has a name twice.
    """
    if not isinstance(value, str):
        return value
    try:
        return json_text.parse(value)
    except json_text.DuplicateNamesError as error:
        raise ValueError(f"must not contain the name {shown_name(error.paths[0][-1])} twice") from None
    except (ValueError, RecursionError):
        return None


def _array_of(pattern: re.Pattern[str], value: object, message: str) -> tuple[str, ...]:
    """Return the entries of a JSON array, or raise ValueError with the message unless all match."""
    entries = _decoded(value)
    if not isinstance(entries, list | tuple) or not all(
        isinstance(each, str) and pattern.fullmatch(each) for each in entries
    ):
        raise ValueError(message)
    return tuple(entries)


def _check_each_once(what: str, entries: tuple[str, ...]) -> None:
    """Raise ValueError with the positions of two entries that are the same, but not with their value."""
    for number, entry in enumerate(entries, start=1):
        first = entries.index(entry) + 1
        if first < number:
            raise ValueError(f"must contain each {what} only once: entries {first} and {number} are the same")


def principal_arns(value: object) -> tuple[str, ...]:
    """Return the ARNs if each is the ARN of an IAM user or role."""
    arns = _array_of(
        _PRINCIPAL_ARN,
        value,
        'must be a JSON array of ARNs of IAM users and roles, such as ["arn:aws:iam::ACCOUNT:role/NAME"]',
    )
    _check_each_once("ARN", arns)
    if len(json.dumps(arns)) > quotas.MAX_READERS_LENGTH:
        raise ValueError(f"must be at most {quotas.MAX_READERS_LENGTH} characters of JSON")
    return arns


def account_ids(value: object) -> tuple[str, ...]:
    """Return the IDs if each is that of an AWS account; strings, because a number loses leading zeros."""
    ids = _array_of(
        _ACCOUNT_ID,
        value,
        'must be a JSON array of the IDs of AWS accounts, 12 digits in quotes each, such as ["ACCOUNT"]',
    )
    _check_each_once("account", ids)
    if len(ids) > quotas.MAX_IMAGE_READERS:
        raise ValueError(f"must be at most {quotas.MAX_IMAGE_READERS} accounts, not {len(ids)}")
    return ids


def zones(value: object) -> tuple[str, ...]:
    """Return the three zones if each is the name of an availability zone or its letter; () is not set."""
    if value == ():
        return ()
    names = _decoded(value)
    if (
        not isinstance(names, list | tuple)
        or len(names) != _ZONES
        or not all(isinstance(name, str) and _ZONE.fullmatch(name) for name in names)
    ):
        raise ValueError(
            "must be a JSON array of the letters or names of three availability zones, such as "
            '["a", "b", "d"]'
        )
    return tuple(names)


def container_command(value: object) -> tuple[str, ...] | None:
    """Return the program and its arguments if ECS passes them on unchanged; None is not set."""
    if value is None:
        return None
    words = _decoded(value)
    if (
        not isinstance(words, list | tuple)
        or not words
        or not all(isinstance(word, str) and word for word in words)
        or not words[0].strip()
    ):
        raise ValueError(
            "must be a JSON array of strings that are not empty, the program and its arguments, such as "
            '["python", "-m", "app.migrate"]'
        )
    if len(json.dumps(words)) > quotas.MAX_MIGRATION_COMMAND_LENGTH:
        raise ValueError(f"must be at most {quotas.MAX_MIGRATION_COMMAND_LENGTH} characters of JSON")
    return tuple(plain_text(word) for word in words)


def container_environment(value: object) -> Mapping[str, str]:
    """Return the variables if all have valid names and string values and the stack sets none of them."""
    variables = _decoded(value)
    if not isinstance(variables, Mapping) or not all(isinstance(text, str) for text in variables.values()):
        raise ValueError('must be a JSON object with string values, such as {"LOG_LEVEL": "info"}')
    _check_variable_names(variables)
    for name, text in variables.items():
        if not text:
            raise ValueError(
                f"must not contain an empty value: ECS removes {shown_name(name)} from the task definition, "
                "so that every plan would add it again"
            )
        plain_text(text)
    if len(json.dumps(dict(variables))) > quotas.MAX_ENVIRONMENT_LENGTH:
        raise ValueError(f"must be at most {quotas.MAX_ENVIRONMENT_LENGTH} characters of JSON")
    return variables


def _check_variable_names(variables: Mapping[str, str]) -> None:
    for name in variables:
        if not _VARIABLE_NAME.fullmatch(name):
            raise ValueError(
                "must name variables with letters, digits and underscores, beginning with no digit, not "
                f'"{shown_name(name)}"'
            )
    reserved = sorted(quotas.STACK_VARIABLES & variables.keys())
    if reserved:
        raise ValueError(f"must not contain {', '.join(reserved)}, because the stack sets these variables")


def container_secrets(value: object) -> Mapping[str, str]:
    """Return the references by variable if all have valid names and ECS accepts each reference."""
    references = _decoded(value)
    if not isinstance(references, Mapping) or not all(isinstance(each, str) for each in references.values()):
        raise ValueError(
            'must be a JSON object with the ARNs of secrets, such as {"PROVIDER_API_KEY": '
            '"arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME-a1B2c3"}'
        )
    _check_variable_names(references)
    for name, reference in references.items():
        grants.check_secret_reference(shown_name(name), reference)
    if len(json.dumps(grants.secret_arns(references))) > quotas.MAX_SECRET_ARNS_LENGTH:
        raise ValueError(
            f"must refer to secrets whose ARNs are at most {quotas.MAX_SECRET_ARNS_LENGTH} characters of "
            "JSON together: put several values into one secret, and name their JSON keys"
        )
    return references


def variable_names(value: object) -> tuple[str, ...]:
    """Return the names of variables if each is there once."""
    names = _array_of(
        _VARIABLE_NAME, value, 'must be a JSON array of names of variables, such as ["PUBLIC_KEY"]'
    )
    for number, name in enumerate(names):
        if name in names[:number]:
            raise ValueError(f"must contain each name only once, but has {shown_name(name)} twice")
    return names


def permissions(value: object) -> tuple[Permission, ...]:
    """Return the permissions if each has actions without wildcards and exact resources."""
    entries = _decoded(value)
    if not isinstance(entries, list | tuple):
        raise ValueError(
            'must be a JSON array of objects, such as [{"actions": ["sqs:SendMessage"], "resources": '
            '["arn:aws:sqs:REGION:ACCOUNT:QUEUE"]}]'
        )
    parsed = tuple(grants.permission(number, entry) for number, entry in enumerate(entries, start=1))
    length = sum(len(json.dumps(each.statement, separators=(",", ":"))) + 1 for each in parsed)
    if length > quotas.MAX_PERMISSIONS_LENGTH:
        raise ValueError(
            f"must be at most {quotas.MAX_PERMISSIONS_LENGTH} characters as statements of a policy, not "
            f"{length}: IAM limits the policy of the tasks' role to 6144"
        )
    return parsed


def destinations(value: object) -> Mapping[str, Destination]:
    """Return the destinations by name if security group rules can be created for them."""
    entries = _decoded(value)
    if not isinstance(entries, Mapping):
        raise ValueError('must be a JSON object, such as {"card-network": "192.0.2.0/24:443"}')
    parsed = {_destination_name(name): _destination(name, entry) for name, entry in entries.items()}
    names: dict[Destination, str] = {}
    for name, destination in parsed.items():
        first = names.setdefault(destination, name)
        if first != name:
            raise ValueError(
                f"must contain each CIDR block and port only once, but {shown_name(first)} and "
                f"{shown_name(name)} have the same: EC2 rejects duplicate rules of a security group"
            )
    if len(parsed) > quotas.MAX_DESTINATIONS:
        raise ValueError(f"must be at most {quotas.MAX_DESTINATIONS} destinations, not {len(parsed)}")
    return parsed


def _destination_name(name: str) -> str:
    if name in quotas.RESERVED_DESTINATION_NAMES:
        raise ValueError(f"must not contain the name {name}, which is reserved: choose another name")
    if not KEBAB_CASE.fullmatch(name) or len(name) > quotas.MAX_DESTINATION_NAME_LENGTH:
        raise ValueError(
            f"must name destinations with up to {quotas.MAX_DESTINATION_NAME_LENGTH} lower-case letters, "
            f'digits and single hyphens, such as card-network, not "{shown_name(name)}"'
        )
    return name


def _destination(name: str, entry: object) -> Destination:
    cidr, _, port = str(entry).rpartition(":")
    try:
        block, number = IPv4Network(cidr), _port(port)
    except ValueError:
        raise ValueError(
            f"must map {shown_name(name)} to an IPv4 CIDR block and a port, such as 192.0.2.0/24:443"
        ) from None
    if block.prefixlen < quotas.SMALLEST_DESTINATION_PREFIX:
        raise ValueError(
            f"must map {shown_name(name)} to a CIDR block of /{quotas.SMALLEST_DESTINATION_PREFIX} or smaller"
        )
    return str(block), number
