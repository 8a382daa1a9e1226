"""The policy documents of the pipeline's roles, for one account and state bucket."""

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Literal

from constructs_lib.access.required import DENIALS, REQUIREMENTS
from constructs_lib.foundation.iam import Statement, policy_document

# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
MAX_CHARACTERS = 6144
MAX_POLICIES = 10

# What an account's ID is as long as: a document has its final size only when Terraform knows the ID.
_ANY_ACCOUNT = "0" * 12

Kind = Literal["plan", "deploy"]


@cache
def _derived() -> Mapping[Kind, Sequence[Mapping[str, Any]]]:
    text = Path(__file__).with_name("derived.json").read_text(encoding="utf-8")
    return dict(json.loads(text))


def statements(kind: Kind) -> Iterator[Statement]:
    """Yield what a role is allowed: a deployer plans, too."""
    kinds: tuple[Kind, ...] = ("plan",) if kind == "plan" else ("plan", "deploy")
    for each_kind in kinds:
        for number, each in enumerate(_derived()[each_kind], start=1):
            yield Statement(
                sid=f"{each_kind.capitalize()}{number}",
                actions=each["actions"],
                resources=each["resources"],
                conditions=each["conditions"],
            )
    for requirement in REQUIREMENTS:
        if kind == "deploy" or requirement.planned:
            yield Statement(
                sid=requirement.sid,
                actions=requirement.actions,
                resources=requirement.resources,
                conditions=requirement.conditions,
            )


def documents(kind: Kind, *, account_id: str, state_bucket: str) -> list[str]:
    """Return the policies of a role, each of at most MAX_CHARACTERS without white space."""
    parts: list[list[Statement]] = [[]]
    for each in statements(kind):
        if _size([*parts[-1], each], state_bucket) > MAX_CHARACTERS:
            parts.append([])
        parts[-1].append(each)
    return [_placed(policy_document(*part), account_id, state_bucket) for part in parts]


def denials(*, account_id: str) -> str:
    """Return the boundary of the pipeline's roles: for the services that they use and, of IAM, for the
    actions that they use, their policies decide, except for what it denies."""
    denied = (
        Statement(
            sid=each.sid,
            effect="Deny",
            actions=each.actions,
            resources=each.resources,
            conditions=each.conditions,
        )
        for each in DENIALS
    )
    actions = {action for each in statements("deploy") for action in each.actions}
    allowed = {each if each.startswith("iam:") else f"{each.partition(':')[0]}:*" for each in actions}
    used = Statement(sid="PoliciesDecide", actions=sorted(allowed), resources=["*"])
    return _placed(policy_document(used, *denied), account_id, "")


def _placed(document: str, account_id: str, state_bucket: str) -> str:
    return document.replace("ACCOUNT", account_id).replace("STATE_BUCKET", state_bucket)


def _size(part: Sequence[Statement], state_bucket: str) -> int:
    document = _placed(policy_document(*part), _ANY_ACCOUNT, state_bucket)
    return len("".join(document.split()))
