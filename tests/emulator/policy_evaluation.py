"""IAM's decision on one request, from the policies that apply to it.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html

Session policies and an organization's policies are not evaluated, because this project creates none. moto
evaluates neither conditions nor resource policies, and the libraries that evaluate
both call AWS.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any

Statement = Mapping[str, Any]


class UnknownPolicyElementError(Exception):
    """A policy contains an element that this module does not evaluate, so no decision would be reliable."""


class Effect(Enum):
    """The result of evaluating a policy for a request."""

    DENY = auto()
    ALLOW = auto()
    DELEGATE = auto()
    """A resource policy delegates the decision to the IAM policies of the principal's account."""
    NO_MATCH = auto()


@dataclass(frozen=True)
class Request:
    """A principal, an action and a resource; `principal` is the ARN of a role or the name of a service."""

    principal: str
    action: str
    resource: str
    context: Mapping[str, str] = field(default_factory=dict)

    @property
    def account(self) -> str | None:
        """The principal's account id, None for a service."""
        return self.principal.split(":")[4] if self.principal.startswith("arn:") else None

    def value(self, key: str) -> str | None:
        """The value of a context key, whose name is case-insensitive; None if the context does not contain
        it."""
        known = {"aws:principalarn": self.principal} if self.account else {}
        known |= {name.lower(): value for name, value in self.context.items()}
        return known.get(key.lower())


def policy(*statements: Statement) -> str:
    """A policy document with these statements."""
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def statements_of(document: str) -> list[Statement]:
    """The statements of a policy document."""
    return listed(json.loads(document)["Statement"])


def allowed(
    request: Request,
    *,
    owner: str,
    identity: Sequence[str] = (),
    resource: str | None = None,
    resource_decides: bool = False,
    boundary: str | None = None,
) -> bool:
    """Whether IAM allows the request.

    `identity` are the principal's policies; `resource` is the policy of the resource, which belongs to the
    account `owner`. With `resource_decides`, as for KMS keys and role trust, the principal's policies count
    only if the resource's policy delegates to them. The `boundary` limits what the principal's policies
    allow.
    """
    identity_effects = [effect(each, request, names_principals=False) for each in identity]
    resource_effect = effect(resource, request, names_principals=True) if resource else Effect.NO_MATCH
    if Effect.DENY in (*identity_effects, resource_effect):
        return False
    within = Effect.ALLOW if boundary is None else effect(boundary, request, names_principals=False)
    if within is Effect.DENY:
        return False
    identity_allows = Effect.ALLOW in identity_effects and within is Effect.ALLOW
    if request.account not in (None, owner):
        return identity_allows and resource_effect in (Effect.ALLOW, Effect.DELEGATE)
    if resource_effect is Effect.ALLOW:
        return True
    return identity_allows and (resource_effect is Effect.DELEGATE or not resource_decides)


def effect(document: str, request: Request, *, names_principals: bool) -> Effect:
    """The policy's effect: a deny overrides everything, and an allow by name overrides delegation by
    account. Policies of resources and roles' trust policies name principals, identity policies do not.
    """
    effects = {
        _statement_effect(statement, request, names_principals=names_principals)
        for statement in statements_of(document)
    }
    return next(
        (each for each in (Effect.DENY, Effect.ALLOW, Effect.DELEGATE) if each in effects), Effect.NO_MATCH
    )


def _statement_effect(statement: Statement, request: Request, *, names_principals: bool) -> Effect:
    unknown = statement.keys() - {"Sid", "Effect", "Principal", "Action", "Resource", "Condition"}
    if unknown or names_principals != ("Principal" in statement):
        raise UnknownPolicyElementError(statement)
    applies = (
        any(_like(pattern.lower(), request.action.lower()) for pattern in listed(statement["Action"]))
        # A trust policy has no Resource element; its resource is the role that it belongs to.
        and any(_like(pattern, request.resource) for pattern in listed(statement.get("Resource", "*")))
        and all(
            _condition_holds(operator, request.value(key), listed(expected))
            for operator, keys in statement.get("Condition", {}).items()
            for key, expected in keys.items()
        )
    )
    principal = _principal_effect(statement["Principal"], request) if names_principals else Effect.ALLOW
    if not applies or principal is Effect.NO_MATCH:
        return Effect.NO_MATCH
    return Effect.DENY if statement["Effect"] == "Deny" else principal


def _principal_effect(principal: str | Mapping[str, Any], request: Request) -> Effect:
    """ALLOW if the element names the principal itself, DELEGATE if it names only the principal's account."""
    if principal == "*":
        return Effect.ALLOW
    if not isinstance(principal, Mapping) or principal.keys() - {"AWS", "Service"}:
        raise UnknownPolicyElementError(principal)
    if request.account is None:
        return Effect.ALLOW if request.principal in listed(principal.get("Service", [])) else Effect.NO_MATCH
    arns = listed(principal.get("AWS", []))
    if "*" in arns or request.principal in arns:
        return Effect.ALLOW
    by_account = {request.account, f"arn:aws:iam::{request.account}:root"}
    return Effect.DELEGATE if by_account & {*arns} else Effect.NO_MATCH


def _condition_holds(operator: str, actual: str | None, expected: Iterable[str]) -> bool:  # noqa: PLR0911
    """Whether a condition holds; a negated operator also holds if the context does not contain the key."""
    match operator:
        case "StringEquals":
            return actual is not None and actual in expected
        case "StringLike":
            return actual is not None and any(_like(pattern, actual) for pattern in expected)
        case "ArnLike" | "ArnEquals":
            return actual is not None and any(_arn_like(pattern, actual) for pattern in expected)
        case "ArnNotLike" | "ArnNotEquals":
            return actual is None or not any(_arn_like(pattern, actual) for pattern in expected)
        case "StringNotEquals":
            return actual is None or actual not in expected
        case "Null":
            return [str(actual is None).lower()] == [*expected]
        case "BoolIfExists":
            return actual is None or actual.lower() in [each.lower() for each in expected]
        case "Bool":
            return actual is not None and actual.lower() in [each.lower() for each in expected]
    raise UnknownPolicyElementError(operator)


def _arn_like(pattern: str, actual: str) -> bool:
    """Match each of an ARN's six parts by itself: no wildcard spans the first five colons."""
    patterns, parts = pattern.split(":", 5), actual.split(":", 5)
    return len(patterns) == len(parts) and all(map(_like, patterns, parts))


def _like(pattern: str, actual: str) -> bool:
    expression = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return re.fullmatch(expression, actual, re.DOTALL) is not None


def listed(value: Any) -> list[Any]:  # noqa: ANN401 - an element is one value or a list
    """The values of a policy element, as a list, which is empty if the element is missing."""
    return value if isinstance(value, list) else [] if value is None else [value]
