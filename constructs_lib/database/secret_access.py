"""The resource policy that limits who can read and who can change the secret of the database."""

from collections.abc import Sequence

from cdktf_cdktf_provider_aws.data_aws_caller_identity import DataAwsCallerIdentity
from cdktf_cdktf_provider_aws.data_aws_iam_session_context import DataAwsIamSessionContext
from cdktf_cdktf_provider_aws.secretsmanager_secret_policy import SecretsmanagerSecretPolicy
from constructs import Construct

from constructs_lib.foundation.iam import Account, Statement, policy_document

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


class SecretAccess(Construct):
    """A resource policy that denies reading and changing the secret to all principals except the named ones.

    The denies override any IAM policy. The principal that runs Terraform needs access, because Terraform
    writes the secret, and reads the password from it to set it on the database. The principals that deploy
    are `deployer_arns` or, without them, the principal that runs Terraform now. `reader_arns` can only read.

    The account's root user can change the secret and its policy, for the case that the principals that deploy
    no longer exist. Secrets Manager rejects a policy that would lock out the caller who sets it.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        account: Account,
        secret_arn: str,
        reader_arns: Sequence[str],
        deployer_arns: Sequence[str],
    ) -> None:
        super().__init__(scope, id_)
        deployers = [*(deployer_arns or [self._current_principal()])]
        SecretsmanagerSecretPolicy(
            self,
            "policy",
            secret_arn=secret_arn,
            block_public_policy=True,
            policy=policy_document(
                _only("DenyEveryoneElse", READING, secret_arn, [*reader_arns, *deployers]),
                _only("DenyChangesByEveryoneElse", CHANGING, secret_arn, [*deployers, account.root]),
            ),
        )

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
