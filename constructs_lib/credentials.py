"""The database's master credentials: in Secrets Manager, and nowhere else."""

import json

from cdktf_cdktf_provider_aws.secretsmanager_secret import SecretsmanagerSecret
from cdktf_cdktf_provider_aws.secretsmanager_secret_version import SecretsmanagerSecretVersion
from constructs import Construct

from constructs_lib.ephemeral import ephemeral
from constructs_lib.iam import Deployment, Statement
from constructs_lib.settings import DatabaseSettings
from constructs_lib.terraform import protected

PASSWORD_LENGTH = 32
DATABASE_PORT = 5432


class Credentials(Construct):
    """A secret whose password AWS generates and Terraform passes on without storing it.

    A generated password goes into the secret, and what the database is given is read back from that very
    version of the secret. Raising `password_version` by one moves secret, database and tasks together. An
    apply that fails before the database is created heals when it is run again; one that fails while it
    changes the database needs the version raised once more, since the provider records the failed one.

    Outputs: `secret_arn`, `secret_version_id`, `password` (an ephemeral expression, for write-only
    arguments alone), `read_statements` (what a role needs to read the secret).
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        deployment: Deployment,
        kms_key_arn: str,
        settings: DatabaseSettings,
    ) -> None:
        super().__init__(scope, id_)
        generated = ephemeral(
            self,
            "aws_secretsmanager_random_password",
            "database",
            {"password_length": PASSWORD_LENGTH, "exclude_punctuation": True},
        )
        secret = SecretsmanagerSecret(
            self,
            "secret",
            name=f"{deployment.name_prefix}-database",
            description="Master credentials of the payment database",
            kms_key_id=kms_key_arn,
            recovery_window_in_days=settings.secret_recovery_window_days,
            lifecycle=protected(settings.deletion_protection),
        )
        version = SecretsmanagerSecretVersion(
            self,
            "secret-version",
            secret_id=secret.id,
            # Not Fn.jsonencode: it escapes the reference, and the password would be the reference's own text.
            secret_string_wo=json.dumps(
                {
                    "username": settings.master_username,
                    "password": f"${{{generated}.random_password}}",
                    # The engine's name as rotation functions of Secrets Manager expect it.
                    "engine": "postgres",
                    "port": DATABASE_PORT,
                    "dbname": settings.database_name,
                }
            ),
            secret_string_wo_version=settings.password_version,
        )
        stored = ephemeral(
            self,
            "aws_secretsmanager_secret_version",
            "database",
            {"secret_id": secret.id, "version_id": version.version_id},
        )
        self.secret_arn = secret.arn
        self.secret_version_id = version.version_id
        self.password = f"${{jsondecode({stored}.secret_string).password}}"
        self.read_statements = [
            Statement(
                sid="ReadDatabaseSecret",
                actions=["secretsmanager:GetSecretValue"],
                resources=[secret.arn],
            ),
            Statement(
                sid="DecryptDatabaseSecret",
                actions=["kms:Decrypt"],
                resources=[kms_key_arn],
                conditions={
                    "StringEquals": {
                        "kms:ViaService": f"secretsmanager.{deployment.region}.amazonaws.com",
                        "kms:EncryptionContext:SecretARN": secret.arn,
                    }
                },
            ),
        ]
