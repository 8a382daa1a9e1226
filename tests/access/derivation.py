"""Derives the statements of the pipeline's policies from the recording and the authorization data."""

import json
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from constructs_lib.settings.names import PROJECT
from tests.access.authorization import access_level, privilege, resource_keys
from tests.access.recording import Recorded

FILE = Path(__file__).parents[2] / "constructs_lib/access/derived.json"

_READING = ("List", "Read")
# No policy can deny it, and everybody is allowed it.
# https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
_ALWAYS_ALLOWED = "sts:GetCallerIdentity"
# These are in the hand-written part, with the conditions that AWS documents for them.
_WRITTEN_BY_HAND = ("iam:CreateRole", "iam:PutRolePermissionsBoundary", "iam:DeleteRolePermissionsBoundary")
# A secret's value is readable only where the hand-written part says so.
_VALUES = "secretsmanager:GetSecretValue"

# A destruction associates the subnets with the default ACL of the VPC again, which has no tags.
_UNTAGGED = ("ec2:ReplaceNetworkAclAssociation",)

Statement = dict[str, Any]


def statements(recorded: Iterable[Recorded]) -> dict[str, list[Statement]]:
    """The statements for each kind of role: `plan` reads, and `deploy` does everything else."""
    entries = [each for each in recorded if each.action not in (_ALWAYS_ALLOWED, _VALUES, *_WRITTEN_BY_HAND)]
    reading = [each for each in entries if access_level(each.action) in _READING]
    writing = [each for each in entries if access_level(each.action) not in _READING]
    planned = {each.action for each in reading if each.reads}
    return {
        "plan": _grouped(each for each in reading if each.action in planned),
        "deploy": _grouped([*writing, *(each for each in reading if each.action not in planned)]),
    }


def _grouped(entries: Iterable[Recorded]) -> list[Statement]:
    """One statement for all actions on the same resources under the same condition."""
    by_action: dict[tuple[str, str], set[str]] = defaultdict(set)
    for each in entries:
        by_action[each.action, json.dumps(condition(each))].add(each.resource)
    groups: dict[tuple[tuple[str, ...], str], list[str]] = defaultdict(list)
    for (action, text), resources in sorted(by_action.items()):
        groups[tuple(_widest(resources)), text].append(action)
    return [
        {"actions": actions, "resources": list(resources), "conditions": json.loads(text)}
        for (resources, text), actions in sorted(groups.items(), key=lambda group: group[1])
    ]


def _widest(resources: set[str]) -> list[str]:
    """The resources without those that another pattern of them contains."""
    return sorted(
        each
        for each in resources
        if not any(
            other != each and other.endswith("*") and each.startswith(other.removesuffix("*"))
            for other in resources
        )
    )


def condition(each: Recorded) -> dict[str, dict[str, str]]:
    """The condition that narrows an action to the stacks where the ARN of its resource has no name."""
    if access_level(each.action) in _READING or not each.resource.endswith("*") or PROJECT in each.resource:
        return {}
    if each.action in _UNTAGGED:
        return {}
    name = each.type.partition(":")[2]
    types = privilege(each.action)["resource_types"]
    keys = {*types.get(name, {}).get("condition_keys", ()), *types.get("", {}).get("condition_keys", ())}
    if (
        each.tagged
        and "aws:RequestTag/${TagKey}" in keys
        and (each.created or access_level(each.action) == "Tagging")
    ):
        return {"StringEquals": {"aws:RequestTag/Project": PROJECT}}
    keys |= resource_keys(each.type)
    if not each.created and "aws:ResourceTag/${TagKey}" in keys:
        return {"StringEquals": {"aws:ResourceTag/Project": PROJECT}}
    return {}


def text(recorded: Iterable[Recorded]) -> str:
    """The content of the derived file."""
    return json.dumps(statements(recorded), indent=1) + "\n"
