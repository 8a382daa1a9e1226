"""A customer managed KMS key, and the policy statements that allow principals or services to use it."""

from collections.abc import Sequence

from cdktf_cdktf_provider_aws.kms_alias import KmsAlias
from cdktf_cdktf_provider_aws.kms_key import KmsKey
from constructs import Construct

from constructs_lib.foundation.iam import Account, Conditions, Statement, policy_document
from constructs_lib.foundation.terraform import protection

# The maximum of KMS, so that there is time to notice that a key is still needed.
DELETION_WINDOW_DAYS = 30

KEY_USE = (
    "kms:Encrypt",
    "kms:Decrypt",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
    "kms:GenerateDataKey",
    "kms:GenerateDataKeyWithoutPlaintext",
    "kms:DescribeKey",
)

# The permissions that a publisher to an encrypted SNS topic needs.
KEY_PUBLISHING = ("kms:Decrypt", "kms:GenerateDataKey")

KEY_GRANTS = ("kms:CreateGrant", "kms:ListGrants", "kms:RevokeGrant")

KEY_ADMINISTRATION = (
    "kms:CancelKeyDeletion",
    "kms:CreateAlias",
    "kms:DeleteAlias",
    "kms:DescribeKey",
    "kms:DisableKey",
    "kms:EnableKey",
    "kms:EnableKeyRotation",
    "kms:GetKeyPolicy",
    "kms:GetKeyRotationStatus",
    "kms:ListGrants",
    "kms:ListKeyPolicies",
    "kms:ListResourceTags",
    "kms:PutKeyPolicy",
    "kms:RevokeGrant",
    "kms:RotateKeyOnDemand",
    "kms:ScheduleKeyDeletion",
    "kms:TagResource",
    "kms:UntagResource",
    "kms:UpdateAlias",
    "kms:UpdateKeyDescription",
)


class CustomerKey(Construct):
    """A key that KMS rotates every year and that only the given statements allow to use.

    The account administers it through IAM policies, but cannot encrypt or decrypt with it. Outputs: `arn`.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        alias: str,
        description: str,
        account: Account,
        statements: Sequence[Statement],
        protected: bool = False,
    ) -> None:
        super().__init__(scope, id_)
        # KMS rejects a key policy that allows nobody to change it.
        administration = Statement(
            sid="AdministeredThroughIam",
            principals={"AWS": account.root},
            actions=KEY_ADMINISTRATION,
            resources=["*"],
        )
        key = KmsKey(
            self,
            "key",
            description=description,
            enable_key_rotation=True,
            deletion_window_in_days=DELETION_WINDOW_DAYS,
            policy=policy_document(administration, *statements),
            lifecycle=protection(protected),
        )
        KmsAlias(self, "alias", name=f"alias/{alias}", target_key_id=key.key_id)
        self.arn = key.arn


def used_through(account: Account, service: str, *, grants: bool = False) -> list[Statement]:
    """Allow principals with a matching IAM policy to use the key through one service in this region only.

    With `grants`, the service can also create grants for the resources that use the key, such as a database.
    """
    name = service.capitalize()
    through_service = _through(account, service)
    use = Statement(
        sid=f"UsedThrough{name}",
        principals={"AWS": account.root},
        actions=KEY_USE,
        resources=["*"],
        conditions=through_service,
    )
    grant = Statement(
        sid=f"GrantedThrough{name}",
        principals={"AWS": account.root},
        actions=KEY_GRANTS,
        resources=["*"],
        conditions={**through_service, "Bool": {"kms:GrantIsForAWSResource": "true"}},
    )
    return [use, grant] if grants else [use]


def retired_through(account: Account, service: str) -> Statement:
    """Allow a service to retire its grants on behalf of who deletes the resource that they are for."""
    return Statement(
        sid=f"RetiredThrough{service.capitalize()}",
        principals={"AWS": account.root},
        actions=["kms:RetireGrant"],
        resources=["*"],
        conditions=_through(account, service),
    )


def _through(account: Account, service: str) -> Conditions:
    return {
        "StringEquals": {
            "kms:ViaService": f"{service}.{account.region}.amazonaws.com",
            "kms:CallerAccount": account.account_id,
        }
    }


def used_by(
    name: str, service: str | list[str], conditions: Conditions, actions: Sequence[str] = KEY_USE
) -> Statement:
    """Allow an AWS service to use the key as itself, under the conditions."""
    return Statement(
        sid=f"UsedBy{name}",
        principals={"Service": service},
        actions=actions,
        resources=["*"],
        conditions=conditions,
    )
