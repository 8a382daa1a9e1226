"""Resource policies: their grammar, and what they allow."""

import json
from collections.abc import Mapping
from typing import Any

from tests.emulator.policy_evaluation import (
    Effect,
    Request,
    Statement,
    UnknownPolicyElementError,
    effect,
    listed,
)


class MalformedPolicyError(Exception):
    """The text is not the document of a resource policy."""


def statements(document: str | bytes | None) -> list[Statement]:
    """The statements of a resource policy. Raises MalformedPolicyError if the document is malformed.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
    """
    try:
        policy = json.loads(document or "{}")
    except ValueError as error:
        raise MalformedPolicyError(f"the document is not JSON: {error}") from error
    found: list[Any] = listed(policy.get("Statement")) if isinstance(policy, dict) else [None]
    for statement in found:
        if not isinstance(statement, dict) or statement.get("Effect") not in ("Allow", "Deny"):
            raise MalformedPolicyError("each statement must have the effect Allow or Deny")
        for element in ("Principal", "Action"):
            if not statement.keys() & {element, f"Not{element}"}:
                raise MalformedPolicyError(f"a statement lacks the element {element}")
    return found


def allows(
    document: str | bytes | None,
    *,
    principals: set[str],
    action: str,
    resource: str,
    context: Mapping[str, str],
) -> bool:
    """Whether the policy lets a principal, which can have several names, do this to the resource.

    A policy with an element that is not evaluated does not.
    """
    try:
        effects = {
            effect(
                json.dumps({"Statement": statements(document)}),
                Request(principal, action, resource, context),
                names_principals=True,
            )
            for principal in principals
        }
    except UnknownPolicyElementError:
        return False
    return Effect.DENY not in effects and bool(effects & {Effect.ALLOW, Effect.DELEGATE})
