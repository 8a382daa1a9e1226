"""IAM's decision on one request, from the policies that bear on it.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html

Permissions boundaries, session policies and an organization's policies, none of which this project makes,
are left out. moto's own reading knows neither conditions nor the policies of resources, and libraries that
have both ask AWS.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any

Statement = Mapping[str, Any]


class UnknownPolicyElementError(Exception):
    """A policy says something that is not understood here, so no decision can be trusted."""


class Effect(Enum):
    """What a policy says about a request."""

    DENY = auto()
    ALLOW = auto()
    DELEGATE = auto()
    """A resource's policy leaves the decision to the IAM policies of the principal's account."""
    SILENT = auto()


@dataclass(frozen=True)
class Request:
    """Who asks for what; `principal` is the ARN of a role or the name of a service."""

    principal: str
    action: str
    resource: str
    context: Mapping[str, str] = field(default_factory=dict)

    @property
    def account(self) -> str | None:
        """The account of the principal, None for a service."""
        return self.principal.split(":")[4] if self.principal.startswith("arn:") else None

    def value(self, key: str) -> str | None:
        """A value of the request's context, by a key whose case does not matter."""
        known = {"aws:principalarn": self.principal} if self.account else {}
        known |= {name.lower(): value for name, value in self.context.items()}
        return known.get(key.lower())


def policy(*statements: Statement) -> str:
    """A policy document of these statements."""
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
) -> bool:
    """Whether IAM lets the request pass.

    `identity` are the principal's policies, `resource` is that of the resource, which is in the account
    `owner`. Where `resource_decides`, as for keys and the trust in roles, the principal's own policies are
    heard only if the resource's policy delegates to them.
    """
    own = [_effect(each, request, names_principals=False) for each in identity]
    foreign = _effect(resource, request, names_principals=True) if resource else Effect.SILENT
    if Effect.DENY in (*own, foreign):
        return False
    may = Effect.ALLOW in own
    if request.account not in (None, owner):
        return may and foreign in (Effect.ALLOW, Effect.DELEGATE)
    if foreign is Effect.ALLOW:
        return True
    return may and (foreign is Effect.DELEGATE or not resource_decides)


def _effect(document: str, request: Request, *, names_principals: bool) -> Effect:
    """What the policy says: a deny wins over everything, then an allow by name over one by account."""
    said = {
        _of_statement(statement, request, names_principals=names_principals)
        for statement in statements_of(document)
    }
    return next(
        (each for each in (Effect.DENY, Effect.ALLOW, Effect.DELEGATE) if each in said), Effect.SILENT
    )


def _of_statement(statement: Statement, request: Request, *, names_principals: bool) -> Effect:
    unknown = statement.keys() - {"Sid", "Effect", "Principal", "Action", "Resource", "Condition"}
    if unknown or names_principals != ("Principal" in statement):
        raise UnknownPolicyElementError(statement)
    concerned = (
        any(_like(pattern.lower(), request.action.lower()) for pattern in listed(statement["Action"]))
        # Trust policies name no resource: it is the role that they stand on.
        and any(_like(pattern, request.resource) for pattern in listed(statement.get("Resource", "*")))
        and all(
            _holds(operator, request.value(key), listed(expected))
            for operator, keys in statement.get("Condition", {}).items()
            for key, expected in keys.items()
        )
    )
    named = _named(statement["Principal"], request) if names_principals else Effect.ALLOW
    if not concerned or named is Effect.SILENT:
        return Effect.SILENT
    return Effect.DENY if statement["Effect"] == "Deny" else named


def _named(principal: str | Mapping[str, Any], request: Request) -> Effect:
    """ALLOW if the principal is named itself, DELEGATE if only its account is."""
    if principal == "*":
        return Effect.ALLOW
    if not isinstance(principal, Mapping) or principal.keys() - {"AWS", "Service"}:
        raise UnknownPolicyElementError(principal)
    if request.account is None:
        return Effect.ALLOW if request.principal in listed(principal.get("Service", [])) else Effect.SILENT
    arns = listed(principal.get("AWS", []))
    if "*" in arns or request.principal in arns:
        return Effect.ALLOW
    by_account = {request.account, f"arn:aws:iam::{request.account}:root"}
    return Effect.DELEGATE if by_account & {*arns} else Effect.SILENT


def _holds(operator: str, actual: str | None, expected: Iterable[str]) -> bool:
    """Whether a condition holds; one that asks for a difference holds, too, where the key is not there."""
    match operator:
        case "StringEquals":
            return actual is not None and actual in expected
        case "StringLike":
            return actual is not None and any(_like(pattern, actual) for pattern in expected)
        case "ArnLike" | "ArnEquals":
            return actual is not None and any(_arn_like(pattern, actual) for pattern in expected)
        case "ArnNotLike" | "ArnNotEquals":
            return actual is None or not any(_arn_like(pattern, actual) for pattern in expected)
        case "Bool":
            return actual is not None and actual.lower() in [each.lower() for each in expected]
    raise UnknownPolicyElementError(operator)


def _arn_like(pattern: str, actual: str) -> bool:
    """Each of an ARN's six parts matches by itself: no wildcard reaches over the first five colons."""
    patterns, parts = pattern.split(":", 5), actual.split(":", 5)
    return len(patterns) == len(parts) and all(map(_like, patterns, parts))


def _like(pattern: str, actual: str) -> bool:
    wild = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return re.fullmatch(wild, actual, re.DOTALL) is not None


def listed(value: Any) -> list[Any]:  # noqa: ANN401 - a policy holds one or a list wherever it may hold many
    """The values of an element of a policy."""
    return value if isinstance(value, list) else [value]
