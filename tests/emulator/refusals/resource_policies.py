"""Resource policies: their grammar, and what they allow."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from tests.emulator.refusals.policies import as_list

Statement = Mapping[str, Any]


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
    found: list[Any] = as_list(policy.get("Statement")) if isinstance(policy, dict) else [None]
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

    `context` has the condition keys of the request; a condition on any other key does not match.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
    """
    effects = {
        statement["Effect"]
        for statement in statements(document)
        if any(name in principals | {"*"} for name in _principals(statement))
        and any(_like(action.lower(), pattern.lower()) for pattern in as_list(statement.get("Action")))
        and any(_like(resource, pattern) for pattern in as_list(statement.get("Resource", "*")))
        and _conditions_match(statement, context)
    }
    return effects == {"Allow"}


def _principals(statement: Statement) -> Iterator[str]:
    principal = statement.get("Principal")
    for names in principal.values() if isinstance(principal, dict) else [principal]:
        yield from as_list(names)


def _like(value: str, pattern: str) -> bool:
    """Whether the value matches the pattern, in which * is any text and ? any character."""
    expression = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return re.fullmatch(expression, value, re.DOTALL) is not None


_OPERATORS: Mapping[str, Callable[[str, str], bool]] = {
    "StringEquals": lambda value, expected: value == expected,
    "StringLike": _like,
    "ArnEquals": _like,
    "ArnLike": _like,
    "Bool": lambda value, expected: value.lower() == expected.lower(),
}


def _conditions_match(statement: Statement, context: Mapping[str, str]) -> bool:
    """Whether all conditions match. One with an operator that is not known here does not."""
    return all(
        operator in _OPERATORS
        and key in context
        and any(_OPERATORS[operator](context[key], str(expected)) for expected in as_list(values))
        for operator, keys in statement.get("Condition", {}).items()
        for key, values in keys.items()
    )
