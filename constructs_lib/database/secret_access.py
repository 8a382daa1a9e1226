"""The resource policies that limit who can read and who can change the secrets of the database."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cdktf_cdktf_provider_aws.data_aws_caller_identity import DataAwsCallerIdentity
from cdktf_cdktf_provider_aws.data_aws_iam_session_context import DataAwsIamSessionContext
from cdktf_cdktf_provider_aws.secretsmanager_secret_policy import SecretsmanagerSecretPolicy
from constructs import Construct

from constructs_lib.foundation.iam import Account, Statement, policy_document
from constructs_lib.foundation.terraform import address

READING = ("secretsmanager:GetSecretValue", "secretsmanager:BatchGetSecretValue")

# Everything that changes the secret, its versions, its policy or its replicas.
# https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssecretsmanager.html
CHANGING = (
    "secretsmanager:CancelRotateSecret",
    "secretsmanager:DeleteResourcePolicy",
    "secretsmanager:DeleteSecret",
    "secretsmanager:PutResourcePolicy",
    "secretsmanager:PutSecretValue",
    "secretsmanager:RemoveRegionsFromReplication",
    "secretsmanager:ReplicateSecretToRegions",
    "secretsmanager:RestoreSecret",
    "secretsmanager:RotateSecret",
    "secretsmanager:StopReplicationToReplica",
    "secretsmanager:TagResource",
    "secretsmanager:UntagResource",
    "secretsmanager:UpdateSecret",
    "secretsmanager:UpdateSecretVersionStage",
)


@dataclass(frozen=True, kw_only=True)
class Readers:
    """The principals that can read a secret, besides those that deploy."""

    secret_arn: str
    reader_arns: Sequence[str]


class SecretAccess(Construct):
    """Resource policies that deny reading and changing each secret to all principals except the named ones.

    The denies override any IAM policy. The principal that runs Terraform needs access to every secret,
    because Terraform writes them, and the provider reads the value of each version in every plan. The
    principals that deploy are `deployer_arns` or, without them, the principal that runs Terraform now. The
    readers of a secret can only read.

    The account's root user can change the secrets and their policies, for the case that the principals that
    deploy no longer exist. Secrets Manager rejects a policy that would lock out the caller who sets it.

    Outputs: `addresses`, those of the policies.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        account: Account,
        secrets: Mapping[str, Readers],
        deployer_arns: Sequence[str],
    ) -> None:
        """The keys of `secrets` are the ids of the policies."""
        super().__init__(scope, id_)
        deployers = [*(deployer_arns or [self._current_principal()])]
        policies = [
            SecretsmanagerSecretPolicy(
                self,
                policy_id,
                secret_arn=each.secret_arn,
                block_public_policy=True,
                policy=policy_document(
                    _only("DenyEveryoneElse", READING, each.secret_arn, [*each.reader_arns, *deployers]),
                    _only("DenyChangesByEveryoneElse", CHANGING, each.secret_arn, [*deployers, account.root]),
                ),
            )
            for policy_id, each in secrets.items()
        ]
        self.addresses = [address(each) for each in policies]

    def _current_principal(self) -> str:
        """The user that runs Terraform, or the role of its session: the value of `aws:PrincipalArn`."""
        caller = DataAwsCallerIdentity(self, "caller")
        return DataAwsIamSessionContext(self, "session", arn=caller.arn).issuer_arn


def _only(sid: str, actions: Sequence[str], secret_arn: str, principal_arns: list[str]) -> Statement:
    """A statement that denies the actions to all principals but these."""
    return Statement(
        sid=sid,
        effect="Deny",
        principals={"*": "*"},
        actions=actions,
        resources=[secret_arn],
        conditions={"ArnNotEquals": {"aws:PrincipalArn": principal_arns}},
    )
