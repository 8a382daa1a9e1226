"""Policy documents and roles, as the rules of several services read them."""

import json
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from typing import Any

from moto.iam.models import iam_backends

# Conditions on these keys limit a statement to fixed callers or networks, so that it is not public:
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
_RESTRICTING_KEYS = {
    *("aws:principalorgid", "aws:principalorgpaths", "aws:principalarn", "aws:principalaccount"),
    *("aws:sourcearn", "aws:sourceaccount", "aws:sourceorgid", "aws:sourcevpc", "aws:sourcevpce"),
    *("aws:sourceip", "aws:sourceowner", "aws:userid", "aws:vpcsourceip"),
    *("s3:dataaccesspointaccount", "s3:dataaccesspointarn"),
}


def as_list(value: Any) -> list[Any]:  # noqa: ANN401 - JSON
    """The elements of a policy that are one value or an array of values."""
    return value if isinstance(value, list) else [] if value is None else [value]


def statements(document: str) -> list[dict[str, Any]]:
    """The statements of a policy document. Raises ValueError if it is not a policy in JSON."""
    parsed = json.loads(document)
    found = as_list(parsed.get("Statement")) if isinstance(parsed, dict) else []
    if not found or not all(isinstance(each, dict) for each in found):
        raise ValueError("The document has no statements")
    return found


def principals(statement: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """The principals of a statement as (type, value), `("AWS", "*")` for everyone."""
    for element in ("Principal", "NotPrincipal"):
        value = statement.get(element, {})
        if isinstance(value, str):
            yield "AWS", value
        else:
            for type_, values in value.items():
                yield from ((type_, each) for each in as_list(values))


def missing_principals(document: str) -> Iterator[str]:
    """The IAM users and roles that a policy names as principals and that do not exist."""
    for statement in statements(document):
        for type_, value in principals(statement):
            if type_ == "AWS" and not _principal_exists(value):
                yield value


def _principal_exists(principal: str) -> bool:
    if principal == "*" or (principal.isdigit() and len(principal) == 12):
        return True
    parts = principal.split(":", 5)
    if len(parts) != 6 or parts[0] != "arn":
        return False
    if parts[2] == "sts" or parts[5] == "root":
        return True
    return find_role(principal) is not None or _find(principal, "users") is not None


def find_role(arn: str) -> Any:  # noqa: ANN401 - moto's role
    """The role with this ARN, in whichever account it is; None if it does not exist."""
    return _find(arn, "roles")


def _find(arn: str, kind: str) -> Any:  # noqa: ANN401 - moto's user or role
    parts = arn.split(":", 5)
    if len(parts) != 6 or parts[4] not in iam_backends:
        return None
    resources = getattr(iam_backends[parts[4]][parts[1]], kind).values()
    return next((each for each in resources if each.arn == arn), None)


def trusts(role: Any, service: str) -> bool:  # noqa: ANN401 - moto's role
    """Whether the role's trust policy lets the service principal assume the role."""
    return any(
        statement.get("Effect") == "Allow"
        and ("Service", service) in principals(statement)
        and any(fnmatchcase("sts:assumerole", each.lower()) for each in as_list(statement.get("Action")))
        for statement in statements(role.assume_role_policy_document)
    )


def allows(role: Any, action: str) -> bool:  # noqa: ANN401 - moto's role
    """Whether a policy of the role allows the action on all resources, and none denies it."""
    matching = [
        statement
        for statement in _identity_statements(role)
        if "*" in as_list(statement.get("Resource")) and _has_action(statement, action)
    ]
    effects = {statement["Effect"] for statement in matching}
    return effects == {"Allow"}


def role_allows(role: Any, action: str, resource: str) -> bool:  # noqa: ANN401 - moto's role
    """Whether a policy of the role allows the action on the resource, and none denies it, by their elements
    Action and Resource. A condition is taken to be met if it allows, and not to be met if it denies."""
    effects = {
        statement["Effect"]
        for statement in _identity_statements(role)
        if _has_action(statement, action)
        and any(
            fnmatchcase(resource, each.replace("[", "[[]")) for each in as_list(statement.get("Resource"))
        )
        and not (statement["Effect"] == "Deny" and statement.get("Condition"))
    }
    return effects == {"Allow"}


def _identity_statements(role: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - moto's role
    managed = (
        version.document
        for policy in role.managed_policies.values()
        for version in policy.versions
        if version.is_default
    )
    documents = [*managed, *role.policies.values()]
    return [statement for document in documents for statement in statements(document)]


def _has_action(statement: dict[str, Any], action: str) -> bool:
    return any(fnmatchcase(action.lower(), each.lower()) for each in as_list(statement.get("Action")))


def is_public(document: str) -> bool:
    """Whether a statement allows everyone, without a condition that limits it to fixed callers."""
    return any(
        statement.get("Effect") == "Allow"
        and ("AWS", "*") in principals(statement)
        and not _RESTRICTING_KEYS & {key.lower() for key in _condition_keys(statement)}
        for statement in statements(document)
    )


def _condition_keys(statement: dict[str, Any]) -> Iterable[str]:
    return (
        key
        for operator, keys in statement.get("Condition", {}).items()
        if "Not" not in operator
        for key in keys
    )
