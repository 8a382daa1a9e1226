"""What a role's IAM policies allow, as the services that act with the role ask."""

import json
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any

from moto.iam.models import iam_backends


def role_may(role_arn: str, action: str, resource: str) -> bool:
    """Whether a policy of the role allows the action on the resource, and none denies it, by their elements
    Action and Resource. A condition is taken to be met if it allows, and not to be met if it denies.

    A role that does not exist may do nothing.
    """
    effects = {
        statement["Effect"]
        for statement in _statements(role_arn)
        if any(fnmatchcase(action.lower(), each.lower()) for each in _strings(statement.get("Action")))
        and any(_matches(resource, each) for each in _strings(statement.get("Resource")))
        and not (statement["Effect"] == "Deny" and statement.get("Condition"))
    }
    return effects == {"Allow"}


def _statements(role_arn: str) -> Iterator[Mapping[str, Any]]:
    parts = role_arn.split(":")
    if len(parts) != 6 or parts[4] not in iam_backends:
        return
    role = next((each for each in iam_backends[parts[4]]["aws"].get_roles() if each.arn == role_arn), None)
    if role is None:
        return
    managed = (
        version.document
        for policy in role.managed_policies.values()
        for version in policy.versions
        if version.is_default
    )
    for document in (*managed, *role.policies.values()):
        found = json.loads(document)["Statement"]
        yield from found if isinstance(found, list) else [found]


def _strings(value: str | list[str] | None) -> list[str]:
    return value if isinstance(value, list) else [value] if value else []


def _matches(resource: str, pattern: str) -> bool:
    return fnmatchcase(resource, pattern.replace("[", "[[]"))  # IAM has no character classes
