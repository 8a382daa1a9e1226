"""Typed policy documents, and service roles with exactly one policy."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.iam_policy import IamPolicy
from cdktf_cdktf_provider_aws.iam_role import IamRole
from cdktf_cdktf_provider_aws.iam_role_policies_exclusive import IamRolePoliciesExclusive
from cdktf_cdktf_provider_aws.iam_role_policy_attachment import IamRolePolicyAttachment
from cdktf_cdktf_provider_aws.iam_role_policy_attachments_exclusive import IamRolePolicyAttachmentsExclusive
from constructs import Construct

from constructs_lib.settings.names import HOME_REGION, global_name

Conditions = Mapping[str, Mapping[str, str | list[str]]]

# What pulling an image from an ECR repository takes, besides an authorization token for the registry.
# https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-policy-examples.html
PULL_IMAGE = ("ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")


@dataclass(frozen=True, kw_only=True)
class Statement:
    """One statement of a policy; only resource policies and trust policies have `principals`."""

    sid: str
    actions: Sequence[str]
    resources: Sequence[str] = ()
    effect: str = "Allow"
    principals: Mapping[str, Sequence[str] | str] | None = None
    conditions: Conditions = field(default_factory=dict)

    def document(self) -> dict[str, object]:
        """Return the statement in IAM's JSON form, without elements that are not set."""
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
    """Return the policy document as JSON text, in which references to other resources are kept."""
    return json.dumps({"Version": "2012-10-17", "Statement": [each.document() for each in statements]})


@dataclass(frozen=True, kw_only=True)
class Account:
    """The account and region of the stack, for ARNs of resources whose names are known.

    The partition is always `aws`, because the settings accept only regions of the commercial partition.
    """

    account_id: str
    region: str

    def arn(self, service: str, resource: str) -> str:
        """Return the ARN of a regional resource of this account."""
        return f"arn:aws:{service}:{self.region}:{self.account_id}:{resource}"

    def policy_arn(self, name: str) -> str:
        """Return the ARN of a managed policy of this account; the name includes its path."""
        return f"arn:aws:iam::{self.account_id}:policy/{name}"

    @property
    def root(self) -> str:
        """The account as a principal, which is every principal whose IAM policies allow the action."""
        return f"arn:aws:iam::{self.account_id}:root"

    def called_by(self, source_arn: str) -> Conditions:
        """Return the conditions under which a service acts for this account and this source only.

        They prevent the confused deputy problem: a resource of another account cannot use ours through the
        service.
        """
        return {
            "StringEquals": {"aws:SourceAccount": self.account_id},
            "ArnLike": {"aws:SourceArn": source_arn},
        }


@dataclass(frozen=True, kw_only=True)
class Deployment(Account):
    """One deployment in the account, with the prefix of all of its names."""

    name_prefix: str
    permissions_boundary_arn: str | None = None
    """The boundary of all roles of the deployment."""

    def global_name(self, name: str) -> str:
        """Return the name as `names.global_name` has it, for resources that are not regional."""
        return global_name(name, self.region)

    def role_name(self, purpose: str, *, with_region: str | None = None) -> str:
        """Return a role's name; `with_region` is a shorter purpose for names that contain the region."""
        if self.region != HOME_REGION:
            purpose = with_region or purpose
        return self.global_name(f"{self.name_prefix}-{purpose}")

    def role_arn(self, purpose: str) -> str:
        """Return the ARN of a role by its name, for policies on which the role itself depends."""
        return f"arn:aws:iam::{self.account_id}:role/{self.role_name(purpose)}"


class ServiceRole(Construct):
    """A role that one AWS service can assume for one source, with exactly one policy.

    The policy is a managed policy, so that it has versions and appears in access reviews. An apply detaches
    all other policies from the role. A role with a new name exists, with its policy, until everything that
    uses the old one uses the new one.

    Outputs: `arn`, `name`, and `policy_attachment`, on which resources that use the role must depend.
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
        permissions_boundary_arn: str | None,
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
            permissions_boundary=permissions_boundary_arn,
            lifecycle=TerraformResourceLifecycle(create_before_destroy=True),
        )
        # Each read of an attribute is a request to the kernel.
        self.name = role.name
        policy = IamPolicy(
            self,
            "policy",
            name=name,
            description=description,
            policy=policy_document(*statements),
            # IAM cannot change a policy's description, and a second policy cannot have the same name.
            lifecycle=TerraformResourceLifecycle(create_before_destroy=True, ignore_changes=["description"]),
        )
        self.policy_attachment = IamRolePolicyAttachment(
            self,
            "policy-attachment",
            role=self.name,
            policy_arn=policy.arn,
            lifecycle=TerraformResourceLifecycle(create_before_destroy=True),
        )
        IamRolePolicyAttachmentsExclusive(
            self, "managed-policies", role_name=self.name, policy_arns=[self.policy_attachment.policy_arn]
        )
        IamRolePoliciesExclusive(self, "no-inline-policies", role_name=self.name, policy_names=[])
        self.arn = role.arn
