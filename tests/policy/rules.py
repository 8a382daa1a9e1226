"""What may fail, where, and why: `exceptions.toml`, read and checked."""

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
MOST_EXCEPTIONS = 5

StackT = TypeVar("StackT", bound=Stack)
CheckId = Annotated[str, StringConstraints(pattern=r"^CKV2?_[A-Z]+_\d+$")]
# Long enough that "not applicable" does not pass for one.
Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=60)]


class RulesError(Exception):
    """The file of exceptions is not as it should be; the message says where."""


@dataclass(frozen=True)
class Claim:
    """One check, one resource, one stack."""

    check: str
    resource: Resource
    stack: Stack

    def __str__(self) -> str:
        return f"{self.check} on {self.resource} in {self.stack}"


@dataclass(frozen=True)
class Excuse:
    """Why a finding does not fail, and which list says so."""

    kind: Literal["exception", "allowance"]
    reason: str


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Target(_Strict, Generic[StackT]):
    """A resource, and the stacks in which it is excused."""

    type: str = Field(min_length=1)
    path: str = Field(min_length=1)
    stacks: tuple[StackT, ...] = Field(min_length=1)


class Rule(_Strict, Generic[StackT]):
    """A check that the named resources need not pass, for a reason."""

    check: CheckId
    resources: tuple[Target[StackT], ...] = Field(min_length=1)
    reason: Reason

    def claims(self) -> Iterator[Claim]:
        """Each resource in each of its stacks."""
        for target in self.resources:
            for stack in target.stacks:
                yield Claim(self.check, Resource(target.type, target.path), stack)


class Rules(_Strict):
    """At most five exceptions, for every stack, and what dev and staging are allowed beyond them."""

    exceptions: tuple[Rule[Stack], ...] = Field(max_length=MOST_EXCEPTIONS)
    allowances: tuple[Rule[Literal["dev", "staging"]], ...]

    def claims(self) -> Iterator[tuple[Claim, Excuse]]:
        """Every single thing that is excused."""
        for exception in self.exceptions:
            excuse = Excuse("exception", exception.reason)
            yield from ((claim, excuse) for claim in exception.claims())
        for allowance in self.allowances:
            excuse = Excuse("allowance", allowance.reason)
            yield from ((claim, excuse) for claim in allowance.claims())


def load_rules(text: str) -> Rules:
    """Read the file's text; raises `RulesError` for what is malformed, too many, or said twice."""
    try:
        rules = Rules.model_validate(tomllib.loads(text))
    except (tomllib.TOMLDecodeError, ValidationError) as error:
        raise RulesError(f"{EXCEPTIONS_FILE.name}: {error}") from error
    counts = Counter(claim for claim, _ in rules.claims())
    if twice := [str(claim) for claim, count in counts.items() if count > 1]:
        raise RulesError(f"{EXCEPTIONS_FILE.name} says twice: {'; '.join(twice)}")
    return rules
