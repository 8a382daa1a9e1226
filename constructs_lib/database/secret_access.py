"""The resource policy that limits who can read the secret of the database."""

from collections.abc import Sequence

from cdktf_cdktf_provider_aws.data_aws_caller_identity import DataAwsCallerIdentity
from cdktf_cdktf_provider_aws.data_aws_iam_session_context import DataAwsIamSessionContext
from cdktf_cdktf_provider_aws.secretsmanager_secret_policy import SecretsmanagerSecretPolicy
from constructs import Construct

from constructs_lib.foundation.iam import Statement, policy_document


class SecretAccess(Construct):
    """A resource policy that denies reading the secret to all principals except the named ones.

    The deny overrides any IAM policy. The principal that runs Terraform needs access, because Terraform reads
    the password from the secret to set it on the database. The exceptions are therefore `reader_arns` and
    `deployer_arns`, or, without `deployer_arns`, the principal that runs Terraform now.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        secret_arn: str,
        reader_arns: Sequence[str],
        deployer_arns: Sequence[str],
    ) -> None:
        super().__init__(scope, id_)
        SecretsmanagerSecretPolicy(
            self,
            "policy",
            secret_arn=secret_arn,
            block_public_policy=True,
            policy=policy_document(
                Statement(
                    sid="DenyEveryoneElse",
                    effect="Deny",
                    principals={"*": "*"},
                    actions=["secretsmanager:GetSecretValue", "secretsmanager:BatchGetSecretValue"],
                    resources=[secret_arn],
                    conditions={
                        "ArnNotEquals": {
                            "aws:PrincipalArn": [
                                *reader_arns,
                                *(deployer_arns or [self._current_principal()]),
                            ]
                        }
                    },
                )
            ),
        )

    def _current_principal(self) -> str:
        """The user that runs Terraform, or the role of its session: the value of `aws:PrincipalArn`."""
        caller = DataAwsCallerIdentity(self, "caller")
        return DataAwsIamSessionContext(self, "session", arn=caller.arn).issuer_arn
