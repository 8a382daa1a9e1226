"""Typed policy documents, and roles that hold exactly the policies named here."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from cdktf_cdktf_provider_aws.iam_policy import IamPolicy
from cdktf_cdktf_provider_aws.iam_role import IamRole
from cdktf_cdktf_provider_aws.iam_role_policies_exclusive import IamRolePoliciesExclusive
from cdktf_cdktf_provider_aws.iam_role_policy_attachment import IamRolePolicyAttachment
from cdktf_cdktf_provider_aws.iam_role_policy_attachments_exclusive import IamRolePolicyAttachmentsExclusive
from constructs import Construct

Conditions = Mapping[str, Mapping[str, str | list[str]]]


@dataclass(frozen=True, kw_only=True)
class Statement:
    """One statement of a policy; `principals` only in the policy of a resource or a role's trust policy.

    `not_resources` is for deny statements only: with an allow it would grant everything else.
    """

    sid: str
    actions: Sequence[str]
    resources: Sequence[str] = ()
    effect: str = "Allow"
    principals: Mapping[str, Sequence[str] | str] | None = None
    conditions: Conditions = field(default_factory=dict)

    def document(self) -> dict[str, object]:
        """The statement in IAM's JSON form, without the keys that do not apply."""
        statement: dict[str, object] = {"Sid": self.sid, "Effect": self.effect}
        if self.principals is not None:
            statement["Principal"] = self.principals if "*" not in self.principals else "*"
        statement["Action"] = list(self.actions)
        if self.resources:
            statement["Resource"] = list(self.resources)
        if self.conditions:
            statement["Condition"] = {operator: dict(keys) for operator, keys in self.conditions.items()}
        return statement


def policy_document(*statements: Statement) -> str:
    """An IAM policy document as a JSON string; references to other resources stay references."""
    return json.dumps({"Version": "2012-10-17", "Statement": [each.document() for each in statements]})


@dataclass(frozen=True, kw_only=True)
class Account:
    """Where the stack stands: ARNs of what it, or an AWS service for it, creates under a known name.

    The partition is always `aws`: the settings accept regions of the commercial partition only.
    """

    account_id: str
    region: str

    def arn(self, service: str, resource: str) -> str:
        """The ARN of a regional resource of this account."""
        return f"arn:aws:{service}:{self.region}:{self.account_id}:{resource}"

    @property
    def root(self) -> str:
        """The account as a principal: whoever its IAM policies let."""
        return f"arn:aws:iam::{self.account_id}:root"

    def called_by(self, source_arn: str) -> Conditions:
        """Conditions that let a service act only for this account and for this source.

        They close the confused-deputy gap: another account's resource cannot make the service use ours.
        """
        return {
            "StringEquals": {"aws:SourceAccount": self.account_id},
            "ArnLike": {"aws:SourceArn": source_arn},
        }


@dataclass(frozen=True, kw_only=True)
class Deployment(Account):
    """One system in the account: what all of its names begin with."""

    name_prefix: str


class ServiceRole(Construct):
    """A role that one AWS service can assume for one source, with one policy and nothing else.

    The policy is a managed one, so that it is versioned and shows in access reviews; whatever anyone else
    attaches to the role is taken off again by the next apply.

    Outputs: `arn`, `name`, and `policy_attachment` to wait for before the role is used.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name: str,
        description: str,
        service: str,
        trust: Conditions,
        statements: Sequence[Statement],
    ) -> None:
        super().__init__(scope, id_)
        role = IamRole(
            self,
            "role",
            name=name,
            description=description,
            assume_role_policy=policy_document(
                Statement(
                    sid="AssumedByService",
                    actions=["sts:AssumeRole"],
                    principals={"Service": service},
                    conditions=trust,
                )
            ),
        )
        policy = IamPolicy(
            self, "policy", name=name, description=description, policy=policy_document(*statements)
        )
        self.policy_attachment = IamRolePolicyAttachment(
            self, "policy-attachment", role=role.name, policy_arn=policy.arn
        )
        IamRolePolicyAttachmentsExclusive(
            self, "managed-policies", role_name=role.name, policy_arns=[self.policy_attachment.policy_arn]
        )
        IamRolePoliciesExclusive(self, "no-inline-policies", role_name=role.name, policy_names=[])
        self.arn = role.arn
        self.name = role.name
