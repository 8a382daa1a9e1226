"""`pipenv run drift`: reports the differences between the deployed resources and the code, for a nightly job.

It plans with the settings of the environment and changes nothing. The plan does not lock the state, because a
lock needs write access, blocks deployments, and remains if the job is killed. While a deployment is in
progress, the resources that it has not created yet are therefore reported as drift.

Exits with 0 when the deployment has not drifted, with 2 when it has, and with 1 when drift could not be
determined.
"""

import json
import os
import sys
from collections.abc import Iterator, Mapping
from itertools import takewhile
from typing import Any

from constructs_lib.commands.failures import explain_failures
from constructs_lib.commands.folders import check_temporary_folder
from constructs_lib.commands.planning import PlanningError, initialized
from constructs_lib.commands.terraform import TerraformError

_NO_DRIFT, _FAILED, _DRIFTED, _INTERRUPTED = 0, 1, 2, 130

_MAX_VALUE_LENGTH = 80
_COMMON_PREFIX_LENGTH = 20


def differences(plan: Mapping[str, Any]) -> Iterator[str]:
    """Yield one line for each change and each failed check of a plan in the format of `terraform show -json`.

    Values that Terraform marks as sensitive are never included.
    """
    for resource in plan.get("resource_changes", []):
        change = resource["change"]
        if change["actions"] not in (["no-op"], ["read"]):
            action = "replace" if len(change["actions"]) > 1 else change["actions"][0]
            yield f"{action} {resource['address']}{_attributes(change)}"
    for name, change in plan.get("output_changes", {}).items():
        if change["actions"] != ["no-op"]:
            yield f"{change['actions'][0]} output {name}"
    for check in plan.get("checks", []):
        name = check["address"]["to_display"]
        if (check["address"]["kind"], check["status"]) == ("check", "unknown"):
            yield f"{name}: cannot be evaluated until the changes above are applied"
        for instance in check.get("instances", []):
            for problem in instance.get("problems", []):
                yield f"{name}: {problem['message']}"


def _attributes(change: Mapping[str, Any]) -> str:
    """The attributes that change, with their values; empty for a resource that is created or deleted."""
    before, after = change["before"], change["after"]
    if before is None or after is None:
        return ""
    names = [
        name
        for name in sorted(before.keys() | after.keys() | change["after_unknown"].keys())
        if before.get(name) != after.get(name) or _is_marked(change["after_unknown"], name)
    ]
    return ": " + ", ".join(f"{name}{_values(change, name)}" for name in names)


def _values(change: Mapping[str, Any], name: str) -> str:
    if any(_is_marked(change[key], name) for key in ("before_sensitive", "after_sensitive")):
        return " (sensitive)"
    before, after = (change[key].get(name) for key in ("before", "after"))
    if _is_marked(change["after_unknown"], name):
        return " (known after apply)"
    if isinstance(before, list) and isinstance(after, list):
        # Most lists are sets, whose order means nothing: show only members that are in one of the two.
        return "".join(
            f" {sign}{_short(member.get('name', member) if isinstance(member, dict) else member)}"
            for sign, members, others in (("-", before, after), ("+", after, before))
            for member in members
            if member not in others
        )
    if isinstance(before, str) and isinstance(after, str):
        before, after = _without_common_prefix(before, after)
    return f" {_short(before)} -> {_short(after)}"


def _without_common_prefix(before: str, after: str) -> tuple[str, str]:
    """Cut off most of the common prefix of two long texts, such as policies; `_short` keeps the beginning."""
    common = takewhile(lambda pair: pair[0] == pair[1], zip(before, after, strict=False))
    start = sum(1 for _ in common) - _COMMON_PREFIX_LENGTH
    if start <= 0 or max(len(before), len(after)) <= _MAX_VALUE_LENGTH:
        return before, after
    return f"...{before[start:]}", f"...{after[start:]}"


def _short(value: object) -> str:
    text = json.dumps(value)
    return text if len(text) <= _MAX_VALUE_LENGTH else f"{text[:_MAX_VALUE_LENGTH]}..."


def _is_marked(marks: object, name: str) -> bool:
    """Whether an attribute, any part of it, or the object that contains it is marked with `true`."""
    return _any_marked(marks.get(name)) if isinstance(marks, dict) else bool(marks)


def _any_marked(marks: object) -> bool:
    if isinstance(marks, dict):
        return any(_any_marked(mark) for mark in marks.values())
    return any(_any_marked(mark) for mark in marks) if isinstance(marks, list) else bool(marks)


def main() -> int:
    """Print the differences and return the exit code; errors go to standard error."""
    check_temporary_folder(os.environ)
    try:
        with initialized(os.environ, "drift") as stack:
            found = list(differences(stack.plan(lock=False)))
    except (PlanningError, TerraformError) as error:
        print(error, file=sys.stderr)
        return _FAILED
    except KeyboardInterrupt:
        return _INTERRUPTED
    print(f"{stack.name} has {'' if found else 'not '}drifted", *found, sep="\n", flush=True)
    return _DRIFTED if found else _NO_DRIFT


if __name__ == "__main__":
    explain_failures()
    sys.exit(main())
