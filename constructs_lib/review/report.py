"""Reviews a plan: applies the rules of the resource types to its changes."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from constructs_lib.review import safe
from constructs_lib.review.findings import QUIET, TITLES, Finding, Kind, TypeRules
from constructs_lib.review.fingerprint import fingerprint
from constructs_lib.review.plan import FORGET, NO_OP, Change, Plan
from constructs_lib.review.rules import database, edge, foundation, monitoring, network, service

TYPES: Mapping[str, TypeRules] = {
    **network.TYPES,
    **edge.TYPES,
    **database.TYPES,
    **service.TYPES,
    **monitoring.TYPES,
    **foundation.TYPES,
}
"""Resource type → what its changes mean. A change of any other type is not understood."""

_OF_EVERY_TYPE = dict.fromkeys(
    ("id", "arn", "tags", "tags_all", "description", "timeouts", "depends_on"), QUIET
)
_ATTRIBUTE = re.compile(r"[a-z][a-z0-9_]{0,80}")
_EVERYONE = re.compile(r"\beveryone\b(?! who)|\binternet\b")
_UNKNOWN_CAPABILITY = "not understood"

Counts = Mapping[str, Counter[str]]


@dataclass(frozen=True)
class Group:
    """Findings with the same text."""

    text: str
    addresses: Sequence[str]
    complete: bool
    """Whether the text says which resources it is about."""


@dataclass(frozen=True)
class Review:
    """What a reviewer must see of a plan."""

    sections: Mapping[Kind, Sequence[Group]]
    """The groups of findings, the gravest kind first; kinds without findings are not in it."""
    counts: Counts
    """Capability → number of resources by what happens to them."""
    fingerprint: str

    @property
    def needs_second_pair_of_eyes(self) -> bool:
        """Whether somebody else must look at it before it is applied."""
        return any(kind is not Kind.ROUTINE for kind in self.sections)

    @property
    def changes(self) -> int:
        """The number of resources that change."""
        return sum(each.total() for each in self.counts.values())


def review(plan: Plan) -> Review:
    """Return what a reviewer must see of the plan."""
    changing = [change for change in plan.changes if _is_change(change)]
    found = [finding for change in changing for finding in _of_resource(change)]
    found += _of_plan(plan)
    counts: dict[str, Counter[str]] = {}
    for change in changing:
        rules = TYPES.get(change.type)
        counter = counts.setdefault(rules.capability if rules else _UNKNOWN_CAPABILITY, Counter())
        counter[_verb(change)] += 1
    return Review(
        sections={kind: groups for kind in TITLES if (groups := list(_grouped(found, kind)))},
        counts=dict(sorted(counts.items())),
        fingerprint=fingerprint(plan),
    )


def _is_change(change: Change) -> bool:
    return change.actions != (NO_OP,) or change.imported or change.previous_address is not None


def _grouped(findings: Sequence[Finding], kind: Kind) -> Iterator[Group]:
    """One group for each text: what concerns everyone first, then in the order of the plan.

    The two rules of one path are one group.
    """
    by_text: dict[str, list[Finding]] = {}
    for finding in findings:
        if finding.kind is kind:
            by_text.setdefault(finding.text, []).append(finding)
    for text, same_text in sorted(by_text.items(), key=lambda item: not _EVERYONE.search(item[0])):
        addresses = dict.fromkeys(each.address for each in same_text if each.address)
        yield Group(text, list(addresses), complete=all(each.complete for each in same_text))


def _of_plan(plan: Plan) -> Iterator[Finding]:
    for part in plan.not_planned:
        text = (
            "changes that this plan defers" if part == "deferred_changes" else "actions that the plan invokes"
        )
        yield Finding(Kind.NOT_UNDERSTOOD, text, "")
    if not plan.complete:
        yield Finding(Kind.NOT_UNDERSTOOD, "the plan is not complete: another one must follow it", "")
    for name, status in plan.checks:
        # A check of what the apply changes is evaluated by the apply.
        if status == "unknown":
            yield Finding(Kind.ROUTINE, f"{safe.check_name(name)} is evaluated by the apply", "")
        else:
            yield Finding(
                Kind.NOT_UNDERSTOOD, f"{safe.check_name(name)} fails: terraform plan prints its message", ""
            )
    outputs = sum(1 for _ in plan.output_changes)
    if outputs and not plan.changes:
        yield Finding(Kind.ROUTINE, f"{outputs} outputs change", "")


def _of_resource(change: Change) -> Iterator[Finding]:
    rules = TYPES.get(change.type)
    if rules is None:
        text = f"{_verb(change)}: type {safe.type_name(change.type)} is unknown to the review"
        yield Finding(Kind.NOT_UNDERSTOOD, text, change.address)
        return
    if FORGET in change.actions:
        text = f"Terraform no longer manages {rules.holds_data or 'it'}, and no longer protects it"
        yield Finding(Kind.PROTECTION, text, change.address)
        return
    if change.imported:
        yield Finding(Kind.NOT_UNDERSTOOD, "an existing resource is imported", change.address)
    if change.previous_address is not None:
        yield Finding(Kind.ROUTINE, "the resource has another address", change.address)
    yield from _of_existence(change, rules)
    for find in rules.whole:
        yield from _found(partial(find, change), change, "the resource")
    if not change.removes:
        yield from _of_attributes(change, rules)


def _of_existence(change: Change, rules: TypeRules) -> Iterator[Finding]:
    if change.ends:
        verb = "replaces" if change.replaces else "deletes"
        if rules.holds_data:
            yield Finding(Kind.DATA, f"{verb} {rules.holds_data}", change.address)
        if rules.interrupts:
            yield Finding(Kind.INTERRUPTION, rules.interrupts, change.address)
    if change.removes and rules.protects:
        yield Finding(Kind.PROTECTION, f"deletes {rules.protects}", change.address)
    if change.creates and rules.costs:
        yield Finding(Kind.COST, rules.costs, change.address)


def _of_attributes(change: Change, rules: TypeRules) -> Iterator[Finding]:
    known = _OF_EVERY_TYPE | dict(rules.attributes)
    names = sorted({*change.after, *change.unknown}) if change.creates else [*change.changed()]
    for name in names:
        rule = known.get(name)
        if change.creates:
            if rule is not None and rule.created and not (rule.compares and change.is_unknown(name)):
                yield from _found(partial(rule.find, change, name), change, name)
        elif rule is None:
            shown = name if _ATTRIBUTE.fullmatch(name) else "an attribute"
            yield Finding(Kind.NOT_UNDERSTOOD, f"{shown} changes", change.address)
        elif rule.compares and (change.is_unknown(name) or change.is_sensitive(name)):
            shown = "is sensitive" if change.is_sensitive(name) else "is known only after the apply"
            yield Finding(Kind.NOT_UNDERSTOOD, f"{name} {shown}", change.address)
        else:
            yield from _found(partial(rule.find, change, name), change, name)


def _found(find: Callable[[], Iterable[Finding]], change: Change, what: str) -> list[Finding]:
    """The findings; a part of another form than expected is not understood, and no reason for a traceback."""
    try:
        return list(find())
    except (AttributeError, IndexError, KeyError, TypeError, ValueError):
        return [Finding(Kind.NOT_UNDERSTOOD, f"{what} has an unexpected form", change.address)]


def _verb(change: Change) -> str:
    if change.replaces:
        return "replaced"
    return {"create": "created", "update": "changed", "delete": "deleted", "forget": "forgotten"}.get(
        change.actions[0], "imported" if change.imported else "moved"
    )
