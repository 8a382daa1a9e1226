"""Loads and validates `exceptions.toml`: the findings that are exempt, in which stacks, and why."""

import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from tests.policy.report import Resource
from tests.policy.stacks import Stack

EXCEPTIONS_FILE = Path(__file__).with_name("exceptions.toml")
MAX_EXCEPTIONS = 9

StackT = TypeVar("StackT", bound=Stack)
CheckId = Annotated[str, StringConstraints(pattern=r"^CKV2?_[A-Z]+_\d+$")]
# The minimum length rejects reasons such as "not applicable".
Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=60)]


class RulesError(Exception):
    """exceptions.toml is invalid; the message says where."""


@dataclass(frozen=True)
class FindingKey:
    """A check, a resource and a stack."""

    check: str
    resource: Resource
    stack: Stack

    def __str__(self) -> str:
        return f"{self.check} on {self.resource} in {self.stack}"


@dataclass(frozen=True)
class Exemption:
    """The reason why a finding does not fail, and the list in exceptions.toml that exempts it."""

    kind: Literal["exception", "allowance"]
    reason: str


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Target(_Strict, Generic[StackT]):
    """A resource, and the stacks in which it is exempt."""

    type: str = Field(min_length=1)
    path: str = Field(min_length=1)
    stacks: tuple[StackT, ...] = Field(min_length=1)


class Rule(_Strict, Generic[StackT]):
    """A check from which resources are exempt, with the reason."""

    check: CheckId
    resources: tuple[Target[StackT], ...] = Field(min_length=1)
    reason: Reason

    def finding_keys(self) -> Iterator[FindingKey]:
        """The key of each resource in each of its stacks."""
        for target in self.resources:
            for stack in target.stacks:
                yield FindingKey(self.check, Resource(target.type, target.path), stack)


class Rules(_Strict):
    """At most nine exceptions, for any stack, and further allowances for dev and staging only."""

    exceptions: tuple[Rule[Stack], ...] = Field(max_length=MAX_EXCEPTIONS)
    allowances: tuple[Rule[Literal["dev", "staging"]], ...]

    def exemptions(self) -> Iterator[tuple[FindingKey, Exemption]]:
        """Every exempt finding."""
        for exception in self.exceptions:
            exemption = Exemption("exception", exception.reason)
            yield from ((key, exemption) for key in exception.finding_keys())
        for allowance in self.allowances:
            exemption = Exemption("allowance", allowance.reason)
            yield from ((key, exemption) for key in allowance.finding_keys())


def load_rules(text: str) -> Rules:
    """Parse exceptions.toml; raises `RulesError` for invalid values, too many exceptions, or duplicates."""
    try:
        rules = Rules.model_validate(tomllib.loads(text))
    except (tomllib.TOMLDecodeError, ValidationError) as error:
        raise RulesError(f"{EXCEPTIONS_FILE.name}: {error}") from error
    counts = Counter(key for key, _ in rules.exemptions())
    if duplicates := [str(key) for key, count in counts.items() if count > 1]:
        raise RulesError(f"{EXCEPTIONS_FILE.name} has duplicates: {'; '.join(duplicates)}")
    return rules
