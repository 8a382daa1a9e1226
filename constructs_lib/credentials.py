"""The database's master credentials: in Secrets Manager, and nowhere else."""

import json

from cdktf import Token
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
    arguments alone), `password_version` (changes when the password does), `read_statements` (what a role
    needs to read the secret).
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
        self.password_version = _version(settings)
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
            secret_string_wo_version=self.password_version,
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


def _version(settings: DatabaseSettings) -> float:
    """The setting, and with a schedule the number of periods that have begun since the year 0.

    So the first apply in a new period rotates. The time is the plan's: a plan that was reviewed is applied
    as it was, and another one in the same period changes nothing.
    """
    if settings.rotation_months == 0:
        return settings.password_version
    year, month = (f'tonumber(formatdate("{unit}", plantimestamp()))' for unit in ("YYYY", "M"))
    periods = f"floor(({year} * 12 + {month} - 1) / {settings.rotation_months})"
    return float(Token.as_number(f"${{{settings.password_version} + {periods}}}"))
