"""Who may do more than before, in words."""

from collections import Counter
from collections.abc import Iterator, Sequence

from constructs_lib.review import safe
from constructs_lib.review.findings import Finding, Kind, Rule
from constructs_lib.review.plan import Change
from constructs_lib.review.policies import More, PolicyError, Statement, more, statements

_SHOWN_ACTIONS = 6


def policy(*, absent: str | None = None, trust: bool = False) -> Rule:
    """A policy document; `absent` is the document that is in effect where there is none.

    With `trust`, it says who can assume a role.
    """

    def find(change: Change, name: str) -> Iterator[Finding]:
        if change.is_sensitive(name):
            yield _not_understood(change)
            return
        after = change.configured_text(name)
        if after is None and change.is_unknown(name) and name in change.configured:
            yield _not_understood(change)
            return
        try:
            old = [] if change.creates else statements(change.before.get(name) or absent)
            new = statements(after or absent)
        except PolicyError:
            yield _not_understood(change)
            return
        found = list(more(old, new))
        if change.creates and found:
            # Everything in it is new: what it allows, in one line.
            summary = _summary([each.statement for each in found], trust=trust)
            yield Finding(Kind.ACCESS, summary, change.address)
            return
        for each in found:
            yield Finding(Kind.ACCESS, _described(each), change.address)

    return Rule(find, compares=False, created=True)


def removed_policy(change: Change) -> Iterator[Finding]:
    """What a policy denied until it is removed, or grants no longer."""
    if not change.removes:
        return
    try:
        denied = [each for each in statements(change.before.get("policy")) if each.effect == "Deny"]
    except PolicyError:
        yield _not_understood(change)
        return
    if denied:
        text = f"a policy is removed that denies actions of {_services(denied)}"
        yield Finding(Kind.ACCESS, text, change.address)


def _not_understood(change: Change) -> Finding:
    return Finding(Kind.NOT_UNDERSTOOD, "a policy that cannot be compared", change.address)


def _described(each: More) -> str:
    statement = each.statement
    allows = statement.effect == "Allow"
    parts = []
    if each.before is None:
        parts.append(
            f"{'a new statement allows' if allows else 'no longer denied:'} {_actions(each.actions)}"
        )
    elif each.actions:
        parts.append(f"{'adds' if allows else 'no longer denied:'} {_actions(each.actions)}")
    else:
        verb = "is wider" if allows else "denies less"
        parts.append(f"a statement with {_actions(sorted(statement.actions))} {verb}")
    if "*" in statement.resources and (each.before is None or each.resources):
        parts.append("on every resource")
    elif each.before is not None and each.resources:
        parts.append(f"on {each.resources} more resources")
    if each.principals:
        parts.append(f"for {_principals(each.principals)}")
    if each.has_other_conditions:
        parts.append("under fewer or other conditions")
    if not statement.is_known:
        parts.append("(partly known only after the apply)")
    return " ".join(parts)


def _actions(actions: Sequence[str]) -> str:
    shown = ", ".join(safe.action(each) for each in actions[:_SHOWN_ACTIONS])
    left = len(actions) - _SHOWN_ACTIONS
    return f"{shown} and {left} more" if left > 0 else shown


def _principals(principals: frozenset[str]) -> str:
    if "*" in principals:
        return "everyone"
    services = {safe.service(each.removeprefix("Service:")) for each in principals}
    names = sorted(each for each in services if each is not None)
    others = sum(1 for each in principals if safe.service(each.removeprefix("Service:")) is None)
    if others:
        names.append(f"{others} other principal{'s' if others > 1 else ''}")
    return ", ".join(names)


def _summary(allowed: Sequence[Statement], *, trust: bool) -> str:
    """What a new policy allows: the number of actions by service, and for whom."""
    principals = frozenset(each for statement in allowed for each in statement.principals)
    if trust:
        return f"a new role that can be assumed by {_principals(principals)}"
    whom = f" for {_principals(principals)}" if principals else ""
    if "*" in principals and all(each.conditions for each in allowed if "*" in each.principals):
        whom = " for everyone who meets its conditions"
    return f"a new policy allows actions of {_services(allowed)}{whom}"


def _services(found: Sequence[Statement]) -> str:
    """The services whose actions are in the statements, each with their number."""
    services = Counter(
        "every service" if action == "*" else safe.action(action).partition(":")[0]
        for action in sorted({action for each in found for action in each.actions})
    )
    return ", ".join(f"{name} ({count})" if count > 1 else name for name, count in sorted(services.items()))
