"""Compares policy documents statement by statement: which of them allow more than before.

A statement is compared by what it means: the order of statements, actions, resources, principals and
conditions does not count, nor does whether a list of one is written as text.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

ALLOW_ALL = json.dumps({"Statement": {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}})
"""What the absence of a policy means for a VPC endpoint."""

_KNOWN = {"Sid", "Effect", "Principal", "Action", "Resource", "Condition"}
# With fewer values, such a condition is met less often.
_POSITIVE = ("StringEquals", "StringLike", "ArnEquals", "ArnLike", "IpAddress")
_REFERENCE = "${"


class PolicyError(Exception):
    """The text is no policy document that can be compared."""


@dataclass(frozen=True)
class Statement:
    """One statement; lists are sets, and conditions are (operator, key) → values."""

    effect: str
    actions: frozenset[str]
    resources: frozenset[str]
    principals: frozenset[str]
    conditions: tuple[tuple[tuple[str, str], frozenset[str]], ...]
    sid: str = ""

    @property
    def meaning(self) -> tuple[object, ...]:
        """All but its name."""
        return self.effect, self.actions, self.resources, self.principals, self.conditions

    @property
    def is_known(self) -> bool:
        """Whether no part refers to a value that is known only after the apply."""
        conditions = [value for _, values in self.conditions for value in values]
        return not any(_REFERENCE in text for text in (*self.resources, *self.principals, *conditions))


@dataclass(frozen=True)
class More:
    """A statement that allows more, or no longer denies, and the statement before that is most like it."""

    statement: Statement
    before: Statement | None

    @property
    def actions(self) -> list[str]:
        """The actions that the statement before does not have; all of them if it differs in other parts."""
        if self.before is None:
            return sorted(self.statement.actions)
        return sorted(_uncovered(self.statement.actions, self.before.actions))

    @property
    def resources(self) -> int:
        """The number of further resources."""
        return len(
            _uncovered(self.statement.resources, self.before.resources if self.before else frozenset())
        )

    @property
    def principals(self) -> frozenset[str]:
        """The further principals."""
        before = self.before.principals if self.before else frozenset[str]()
        return _uncovered(self.statement.principals, before)

    @property
    def has_other_conditions(self) -> bool:
        """Whether the conditions are not at least those of before."""
        return self.before is not None and not _narrower(self.statement, self.before)


def statements(text: object) -> list[Statement]:
    """Return the statements of a policy's text; no text has none. Raises PolicyError."""
    if text in (None, ""):
        return []
    if not isinstance(text, str):
        raise PolicyError
    try:
        found = json.loads(text)["Statement"]
        return [_statement(each) for each in (found if isinstance(found, list) else [found])]
    except (AttributeError, KeyError, TypeError, ValueError):
        raise PolicyError from None


def more(before: list[Statement], after: list[Statement]) -> Iterator[More]:
    """Yield what is allowed after and was not before, and what was denied before and is not after."""
    unchanged = {each.meaning for each in before} & {each.meaning for each in after}
    for effect, old, new in (("Allow", before, after), ("Deny", after, before)):
        others = [each for each in old if each.effect == effect]
        for each in new:
            if each.effect != effect or (each.meaning in unchanged and each.is_known):
                continue
            if not any(_covers(other, each) for other in others):
                yield More(each, _most_like(each, others))


def _statement(document: Mapping[str, Any]) -> Statement:
    if not document.keys() <= _KNOWN or document["Effect"] not in ("Allow", "Deny"):
        raise PolicyError  # NotAction, NotResource and NotPrincipal
    return Statement(
        effect=document["Effect"],
        actions=_set(document["Action"]),
        resources=_set(document.get("Resource", [])),
        principals=frozenset(_principals(document.get("Principal"))),
        conditions=tuple(
            sorted(
                ((operator, key), _set(values))
                for operator, keys in document.get("Condition", {}).items()
                for key, values in keys.items()
            )
        ),
        sid=str(document.get("Sid", "")),
    )


def _set(value: object) -> frozenset[str]:
    values = value if isinstance(value, list) else [value]
    if not all(isinstance(each, str | bool | int) for each in values):
        raise PolicyError
    return frozenset(str(each).lower() if isinstance(each, bool) else str(each) for each in values)


def _principals(document: object) -> Iterator[str]:
    if document in ("*", {"AWS": "*"}, {"AWS": ["*"]}):
        yield "*"
    elif isinstance(document, Mapping):
        for kind, names in document.items():
            yield from (f"{kind}:{name}" for name in _set(names))
    elif document is not None:
        raise PolicyError


def _covers(wide: Statement, narrow: Statement) -> bool:
    """Whether everything that `narrow` is about is in `wide` too; not told of unknown values."""
    return (
        narrow.is_known
        and not _uncovered(narrow.actions, wide.actions)
        and not _uncovered(narrow.resources, wide.resources)
        and not _uncovered(narrow.principals, wide.principals)
        and _narrower(narrow, wide)
    )


def _uncovered(narrow: frozenset[str], wide: frozenset[str]) -> frozenset[str]:
    """The patterns of `narrow` that none of `wide` matches. IAM does not tell upper from lower case."""
    patterns = [each.lower().replace("[", "[[]") for each in wide]
    return frozenset(
        each for each in narrow if not any(fnmatchcase(each.lower(), pattern) for pattern in patterns)
    )


def _narrower(narrow: Statement, wide: Statement) -> bool:
    """Whether the conditions of `narrow` are met only if those of `wide` are."""
    conditions = dict(narrow.conditions)
    for (operator, key), values in wide.conditions:
        found = conditions.get((operator, key))
        if found != values and not (found and operator in _POSITIVE and found < values):
            return False
    return True


def _most_like(statement: Statement, others: list[Statement]) -> Statement | None:
    def likeness(other: Statement) -> tuple[bool, int, int]:
        return (
            bool(other.sid) and other.sid == statement.sid,
            len(other.actions & statement.actions),
            len(other.resources & statement.resources),
        )

    best = max(others, key=likeness, default=None)
    return best if best is not None and any(likeness(best)[:2]) else None
