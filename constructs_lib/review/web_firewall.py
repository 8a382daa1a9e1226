"""The rules of a web ACL, without their names: which are gone, only count, or match other requests."""

from collections.abc import Iterator, Mapping
from typing import Any

from constructs_lib.review import safe
from constructs_lib.review.findings import Finding, Kind, Rule, seen
from constructs_lib.review.plan import Change


def rules() -> Rule:
    """The rules, compared by their names."""

    def find(change: Change, name: str) -> Iterator[Finding]:
        before, after = (
            {each["name"]: each for each in side.get(name) or []} for side in (change.before, change.after)
        )
        for rule_name, old in before.items():
            new = after.get(rule_name)
            numbered = f"the firewall rule with priority {safe.value(old.get('priority'))}"
            if new is None:
                yield Finding(Kind.PROTECTION, f"{numbered} is removed", change.address)
            elif old != new:
                for text in _differences(old, new):
                    yield Finding(Kind.PROTECTION, f"{numbered} {text}", change.address)
        for rule_name in after.keys() - before.keys():
            allows = _action(after[rule_name]) == "allow"
            numbered = f"with priority {safe.value(after[rule_name].get('priority'))}"
            kind = Kind.PROTECTION if allows else Kind.ROUTINE
            text = f"a new firewall rule {numbered}{' allows requests before later rules' if allows else ''}"
            yield Finding(kind, text, change.address)

    return Rule(find)


def default_action() -> Rule:
    """What happens to requests that match no rule."""
    return seen(Kind.PROTECTION, "what the firewall does with requests that match no rule")


def custom_responses() -> Rule:
    """The answers to blocked requests."""
    return seen(Kind.ROUTINE, "answers to blocked requests change")


def _differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    before, after = _action(old), _action(new)
    if after != before:
        yield "only counts" if after == "count" else "has another action"
    limits = [_limit(each) for each in (old, new)]
    if limits[0] != limits[1]:
        yield f"has another limit: {safe.transition(*limits)}"
    elif old.get("statement") != new.get("statement"):
        yield "matches other requests"
    if old.get("priority") != new.get("priority"):
        yield f"has another place: {safe.transition(old.get('priority'), new.get('priority'))}"
    compared = ("action", "override_action", "statement", "priority", "name", "visibility_config")
    if any(old.get(key) != new.get(key) for key in (old.keys() | new.keys()) - {*compared}):
        yield "changes in another part"


def _action(rule: Mapping[str, Any]) -> str:
    """The action of a rule; that of a managed group is its own unless it is overridden."""
    for key in ("action", "override_action"):
        for block in rule.get(key) or []:
            for action, value in block.items():
                if value:
                    return str(action)
    return "none"


def _limit(rule: Mapping[str, Any]) -> object:
    for statement in rule.get("statement") or []:
        for rate in statement.get("rate_based_statement") or []:
            return rate.get("limit")
    return None
