"""How long something is kept, from blocks of rules."""

from collections.abc import Iterator

from constructs_lib.review.findings import Finding, Kind, Rule
from constructs_lib.review.plan import Change

_DAYS = ("days", "noncurrent_days", "delete_after", "cold_storage_after")


def lifecycle_rules(subject: str = "objects") -> Rule:
    """Rules that delete after some days: weaker if a number is lower or the rules are others."""

    def find(change: Change, name: str) -> Iterator[Finding]:
        before, after = (list(_numbers(side.get(name))) for side in (change.before, change.after))
        if len(before) == len(after) and all(new >= old for old, new in zip(before, after, strict=True)):
            if before != after:
                yield Finding(Kind.ROUTINE, f"{subject} are kept longer", change.address)
            else:
                yield Finding(Kind.PROTECTION, f"other rules for how long {subject} are kept", change.address)
            return
        changed = [(old, new) for old, new in zip(before, after, strict=False) if old != new]
        days = f": {changed[0][0]:g} → {changed[0][1]:g} days" if changed else ""
        yield Finding(Kind.PROTECTION, f"{subject} are kept for less time{days}", change.address)

    return Rule(find)


def _numbers(value: object) -> Iterator[float]:
    if isinstance(value, dict):
        for key in sorted(value):
            if key in _DAYS and isinstance(value[key], int | float) and value[key]:
                yield value[key]
            else:
                yield from _numbers(value[key])
    elif isinstance(value, list):
        for each in value:
            yield from _numbers(each)
