"""A customer key, and the statements that let the account's own principals or a service use it."""

from collections.abc import Sequence

from cdktf_cdktf_provider_aws.kms_alias import KmsAlias
from cdktf_cdktf_provider_aws.kms_key import KmsKey
from constructs import Construct

from constructs_lib.foundation.iam import Account, Conditions, Statement, policy_document
from constructs_lib.foundation.terraform import protection

# The longest that KMS allows: the time to notice that a key is still needed.
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

# What publishing to an encrypted topic takes.
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
    """A key that AWS rotates every year and that only the given statements let anyone use.

    The account administers it through IAM, without thereby being able to encrypt or decrypt. Outputs: `arn`.
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
        # KMS refuses a policy that locks everyone out of the key's administration.
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
    """Principals whose IAM policy says so use the key, but only through one service in this region.

    With `grants`, the service may also pass the use on to what it runs for them, such as a database.
    """
    name = service.capitalize()
    through_service: Conditions = {
        "StringEquals": {
            "kms:ViaService": f"{service}.{account.region}.amazonaws.com",
            "kms:CallerAccount": account.account_id,
        }
    }
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


def used_by(
    name: str, service: str | list[str], conditions: Conditions, actions: Sequence[str] = KEY_USE
) -> Statement:
    """An AWS service uses the key on its own account, as far as the conditions let it."""
    return Statement(
        sid=f"UsedBy{name}",
        principals={"Service": service},
        actions=actions,
        resources=["*"],
        conditions=conditions,
    )
