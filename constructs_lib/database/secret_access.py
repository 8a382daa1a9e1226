"""Who may read the database's secret, whatever their IAM policies say."""

from collections.abc import Sequence

from cdktf_cdktf_provider_aws.data_aws_caller_identity import DataAwsCallerIdentity
from cdktf_cdktf_provider_aws.data_aws_iam_session_context import DataAwsIamSessionContext
from cdktf_cdktf_provider_aws.secretsmanager_secret_policy import SecretsmanagerSecretPolicy
from constructs import Construct

from constructs_lib.foundation.iam import Statement, policy_document


class SecretAccess(Construct):
    """A resource policy on the secret that refuses its value to all but the named readers.

    Whoever deploys is among them, since the database is given what the secret holds: the principals of
    `deployer_arns`, or where there are none the one that applies this stack.
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
                                *(deployer_arns or [self._applying_principal()]),
                            ]
                        }
                    },
                )
            ),
        )

    def _applying_principal(self) -> str:
        """The user or, for a session, the role behind it: what `aws:PrincipalArn` holds."""
        caller = DataAwsCallerIdentity(self, "caller")
        return DataAwsIamSessionContext(self, "session", arn=caller.arn).issuer_arn
