"""The database's master credentials: in Secrets Manager, and nowhere else."""

import json

from cdktf import TerraformLocal, TerraformOutput, Token
from cdktf_cdktf_provider_aws.rds_cluster import RdsCluster
from cdktf_cdktf_provider_aws.secretsmanager_secret import SecretsmanagerSecret
from cdktf_cdktf_provider_aws.secretsmanager_secret_version import SecretsmanagerSecretVersion
from constructs import Construct

from constructs_lib.database import engine
from constructs_lib.foundation.ephemeral import ephemeral
from constructs_lib.foundation.iam import Deployment, Statement
from constructs_lib.foundation.terraform import call, conditional, equal, interpolated, literal, protection
from constructs_lib.settings.model import DatabaseSettings

PASSWORD_LENGTH = 32
PASSWORD_SET_OUTPUT = "database_password_given"  # noqa: S105 - the name of an output


class Credentials(Construct):
    """A secret whose password AWS generates and Terraform passes on without storing it.

    A generated password goes into the secret, and what the database is given is read back from that very
    version of the secret. Raising `password_version` by one moves secret, database and tasks together; an
    apply that fails anywhere on the way heals when it is run again.

    Outputs: `secret_arn`, `secret_version_id`, `password` (an ephemeral expression, for write-only
    arguments alone), `attempt` (a number that changes whenever the database is to be given the password),
    `read_statements` (what a role needs to read the secret).
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        deployment: Deployment,
        kms_key_arn: str,
        last_set: str,
        settings: DatabaseSettings,
    ) -> None:
        """`last_set` is the expression of the output PASSWORD_SET_OUTPUT as the last apply left it."""
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
            lifecycle=protection(settings.deletion_protection),
        )
        version = SecretsmanagerSecretVersion(
            self,
            "secret-version",
            secret_id=secret.id,
            # Not Fn.jsonencode: it escapes the reference, and the password would be the reference's own text.
            secret_string_wo=json.dumps(
                {
                    "username": settings.master_username,
                    "password": interpolated(f"{generated}.random_password"),
                    # The engine's name as rotation functions of Secrets Manager expect it.
                    "engine": "postgres",
                    "port": engine.PORT,
                    "dbname": settings.database_name,
                }
            ),
            secret_string_wo_version=_version(settings),
        )
        stored = ephemeral(
            self,
            "aws_secretsmanager_secret_version",
            "database",
            {"secret_id": secret.id, "version_id": version.version_id},
        )
        # The provider takes down an update that AWS refused as done. So what makes it give the database the
        # password is no version but the time of a plan: a new one until the output says that it got there.
        unchanged = equal(f"{last_set}.secret_version", f"{version.fqn}.version_id")
        last_attempt = call(
            "try", conditional(unchanged, f"{last_set}.attempt", literal(None)), literal(None)
        )
        attempt = TerraformLocal(
            self, "attempt", interpolated(call("coalesce", last_attempt, _plan_time("YYYYMMDDhhmmss")))
        )
        self.attempt = attempt.as_number
        self._password_set = {"secret_version": version.version_id, "attempt": attempt.expression}
        self.secret_arn = secret.arn
        self.secret_version_id = version.version_id
        self.password = interpolated(f"{call('jsondecode', f'{stored}.secret_string')}.password")
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

    def record_password_set(self, database: RdsCluster) -> None:
        """Record, once the database stands as it should, that it has the password."""
        TerraformOutput(
            self,
            PASSWORD_SET_OUTPUT,
            value=self._password_set,
            description="Secret version whose password the database has, and when it was planned to get it",
            static_id=True,
            # CDKTF 0.21 writes its own depends_on in a form that Terraform refuses.
        ).add_override("depends_on", [f"{database.terraform_resource_type}.{database.friendly_unique_id}"])


def _version(settings: DatabaseSettings) -> float:
    """The setting, and with a schedule the number of periods that have begun since the year 0.

    So the first apply in a new period rotates. The time is the plan's: a plan that was reviewed is applied
    as it was, and another one in the same period changes nothing.
    """
    if settings.rotation_months == 0:
        return settings.password_version
    months = f"({_plan_time('YYYY')} * 12 + {_plan_time('M')} - 1)"
    periods = call("floor", f"{months} / {settings.rotation_months}")
    return float(Token.as_number(interpolated(f"{settings.password_version} + {periods}")))


def _plan_time(format_: str) -> str:
    """The time of the plan in a format of digits, as a number."""
    return call("tonumber", call("formatdate", literal(format_), "plantimestamp()"))
