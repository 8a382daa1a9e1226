"""Findings, and the rules that yield them for the attributes of a resource type."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import IntEnum

from constructs_lib.review import safe
from constructs_lib.review.plan import Change


class Kind(IntEnum):
    """What a reviewer must see, the gravest first. All but ROUTINE need a second pair of eyes."""

    DATA = 1
    NOT_UNDERSTOOD = 2
    INTERRUPTION = 3
    NETWORK = 4
    ACCESS = 5
    PROTECTION = 6
    COST = 7
    ROUTINE = 8


TITLES: Mapping[Kind, str] = {
    Kind.DATA: "Deletes or replaces what holds data",
    Kind.NOT_UNDERSTOOD: "Not understood, look at the plan itself",
    Kind.INTERRUPTION: "Interrupts the service",
    Kind.NETWORK: "Opens a path in the network",
    Kind.ACCESS: "Allows somebody more than before",
    Kind.PROTECTION: "Weakens a protection",
    Kind.COST: "Costs more",
    Kind.ROUTINE: "Also worth knowing",
}


@dataclass(frozen=True)
class Finding:
    """One thing to see. `text` has no value that could be a secret; `address` is that of the plan."""

    kind: Kind
    text: str
    address: str
    complete: bool = False
    """Whether the text says which resource it is about."""


Find = Callable[[Change, str], Iterable[Finding]]


@dataclass(frozen=True)
class Rule:
    """What a change of one attribute means.

    If the rule `compares` values, it is not asked about an attribute whose value is sensitive or known only
    after the apply, which is not understood then. `created` asks it about new resources too.
    """

    find: Find
    compares: bool = True
    created: bool = False


@dataclass(frozen=True)
class TypeRules:
    """What changes of a resource type mean.

    Each attribute that can change has a rule; a change of any other attribute is not understood. The texts
    say what it means that a resource of the type ends (`interrupts`, `protects`: is removed) or is created.
    """

    capability: str
    attributes: Mapping[str, Rule] = field(default_factory=dict)
    holds_data: str | None = None
    interrupts: str | None = None
    protects: str | None = None
    costs: str | None = None
    whole: tuple[Callable[[Change], Iterable[Finding]], ...] = ()


def _none(_change: Change, _name: str) -> Iterator[Finding]:
    yield from ()


QUIET = Rule(_none, compares=False)
"""A change of the attribute has no effect that a reviewer must see."""


def quiet(names: str) -> dict[str, Rule]:
    """Return the rules for attributes, separated by spaces, whose changes a reviewer need not see."""
    return dict.fromkeys(names.split(), QUIET)


def seen(kind: Kind, text: str, *, shown: bool = False) -> Rule:
    """Any change is a finding; `shown` adds the values before and after, where they can be printed."""

    def find(change: Change, name: str) -> Iterator[Finding]:
        values = ""
        if shown and not change.is_unknown(name) and not change.is_sensitive(name):
            values = f": {safe.transition(change.before.get(name), change.after.get(name))}"
        yield Finding(kind, f"{text}{values}", change.address)

    return Rule(find, compares=False)


def switch(label: str, *, safe_value: bool, created: bool = False) -> Rule:
    """A protection that is weaker with the other value; `created` also looks at new resources."""

    def find(change: Change, name: str) -> Iterator[Finding]:
        if bool(change.after.get(name)) != safe_value and (created or not change.creates):
            state = "off" if safe_value else "on"
            yield Finding(Kind.PROTECTION, f"{label} is {state}", change.address)

    return Rule(find, created=created)


def at_least(label: str, *, unlimited: float | None = None) -> Rule:
    """A number that is weaker when it is lower; `unlimited` is the one that is more than all others."""

    def find(change: Change, name: str) -> Iterator[Finding]:
        before, after = (number(side.get(name), unlimited) for side in (change.before, change.after))
        if before is None or after is None or after < before:
            shown = safe.transition(change.before.get(name), change.after.get(name))
            yield Finding(Kind.PROTECTION, f"{label}: {shown}", change.address)

    return Rule(find)


def at_most(label: str, kind: Kind = Kind.PROTECTION) -> Rule:
    """A number that is weaker, or costs more, when it is higher."""

    def find(change: Change, name: str) -> Iterator[Finding]:
        before, after = (number(side.get(name)) for side in (change.before, change.after))
        if before is None or after is None or after > before:
            shown = safe.transition(change.before.get(name), change.after.get(name))
            yield Finding(kind, f"{label}: {shown}", change.address)

    return Rule(find)


def kept(label: str) -> Rule:
    """A reference, such as that to a key: weaker without it, and to be looked at if it is another one."""

    def find(change: Change, name: str) -> Iterator[Finding]:
        gone = not change.is_unknown(name) and not change.after.get(name)
        yield Finding(
            Kind.PROTECTION, f"{label} {'is removed' if gone else 'is another one'}", change.address
        )

    return Rule(find, compares=False)


def members(label: str) -> Rule:
    """A list, such as that of an alarm's actions, that is weaker with fewer or other members."""

    def find(change: Change, name: str) -> Iterator[Finding]:
        before, after = ([*(side.get(name) or [])] for side in (change.before, change.after))
        lost = [member for member in before if member not in after]
        if lost:
            yield Finding(Kind.PROTECTION, f"{label}: {len(lost)} fewer", change.address)

    return Rule(find)


def all_of(*rules: Rule) -> Rule:
    """Several rules for one attribute."""

    def find(change: Change, name: str) -> Iterator[Finding]:
        for rule in rules:
            yield from rule.find(change, name)

    return Rule(find, compares=any(rule.compares for rule in rules))


def number(given: object, unlimited: float | None = None) -> float | None:
    """Return a number, which Terraform may write as text, or None if it is none."""
    if given is None or given == "":
        given = 0
    if isinstance(given, bool) or not isinstance(given, int | float | str):
        return None
    try:
        found = float(given)
    except ValueError:
        return None
    return float("inf") if found == unlimited else found
