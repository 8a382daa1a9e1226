"""The roles of the pipeline, as IAM decides for them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Self

from constructs_lib.access.policies import Kind, denials, documents
from constructs_lib.settings.names import DEPLOY_ROLE, PLAN_ROLE, PROJECT
from tests.access.recording import Recorded
from tests.emulator.policy_evaluation import Request, allowed

ACCOUNT = "123456789012"
STATE_BUCKET = "example-net-terraform-state"


@dataclass(frozen=True)
class Role:
    """A role with its policies and its boundary, `without` one action."""

    kind: Kind
    without: str | None = None
    account: str = ACCOUNT
    state_bucket: str = STATE_BUCKET

    @property
    def arn(self) -> str:
        """The ARN of the role."""
        return f"arn:aws:iam::{self.account}:role/{DEPLOY_ROLE if self.kind == 'deploy' else PLAN_ROLE}"

    @cached_property
    def policies(self) -> Sequence[str]:
        """The policy documents."""
        return [
            _without(self.without, each)
            for each in documents(self.kind, account_id=self.account, state_bucket=self.state_bucket)
        ]

    @cached_property
    def boundary(self) -> str:
        """The permissions boundary."""
        return denials(account_id=self.account)

    @cached_property
    def actions(self) -> frozenset[str]:
        """Every action of the policies."""
        return frozenset(
            action
            for each in self.policies
            for statement in json.loads(each)["Statement"]
            for action in statement["Action"]
        )

    def may(self, action: str, resource: str = "*", context: Mapping[str, str] | None = None) -> bool:
        """Whether IAM allows the action."""
        request = Request(self.arn, action, resource, context or {})
        return allowed(request, owner=self.account, identity=self.policies, boundary=self.boundary)

    def may_again(self, recorded: Recorded) -> bool:
        """Whether IAM allows what was recorded, for a deployment of this account."""
        resource = recorded.resource
        for name, value in (
            ("STATE_BUCKET", self.state_bucket),
            ("ACCOUNT", self.account),
            (f"{PROJECT}-*", f"{PROJECT}-dev-database-x"),
            (":*:", ":us-east-1:"),
        ):
            resource = resource.replace(name, value)
        return self.may(recorded.action, resource, context_of(recorded))

    def lacking(self, action: str) -> Self:
        """The role whose policies do not contain the action."""
        return replace(self, without=action)


def context_of(recorded: Recorded) -> dict[str, str]:
    """The condition keys of a recorded call."""
    context = {"aws:RequestTag/Project": PROJECT} if recorded.tagged else {}
    if not recorded.created:
        context["aws:ResourceTag/Project"] = PROJECT
    if recorded.action == "iam:CreateRole":
        context["iam:PermissionsBoundary"] = f"arn:aws:iam::{ACCOUNT}:policy/payment-api-access/boundary"
    return context


def _without(action: str | None, document: str) -> str:
    if action is None:
        return document
    parsed = json.loads(document)
    for statement in parsed["Statement"]:
        statement["Action"] = [each for each in statement["Action"] if each != action]
    return json.dumps(parsed)
