"""The master credentials of the database, which are stored only in Secrets Manager.

How a password gets into the secret and into the database:

1. The ephemeral resource `aws_secretsmanager_random_password` generates a password in every run of Terraform.
   Terraform never writes ephemeral values to a plan or a state.
2. The write-only argument `secret_string_wo` stores the password in the secret, but only if
   `secret_string_wo_version` has changed. This creates a new version of the secret.
3. The ephemeral resource `aws_secretsmanager_secret_version` reads that version back. So every later run has
   the stored password, and not the unused one that step 1 generated in the same run.
4. The write-only argument `master_password_wo` sets the password on the database, but only if
   `master_password_wo_version` has changed.

Step 4 needs a retry. If AWS rejects the change, the provider still saves the new `master_password_wo_version`
in the state. The next plan would show no difference, and the database would keep the old password. Therefore:

- A plan that must set the password uses its own time as `master_password_wo_version`. The number differs from
  the one in the state, so Terraform sets the password.
- The output `database_password_given` records the version of the secret (`secret_version`) and that time
  (`attempt`). Terraform updates the output only after it has applied the database without an error, so the
  output confirms that the database has this password.
- The next plan reads the output from the remote state. If it confirms the current version of the secret, the
  plan uses the confirmed time and changes nothing. If it does not, the plan must set the password (again).
"""

import json
from collections.abc import Sequence

from cdktf import TerraformLocal, Token
from cdktf_cdktf_provider_aws.rds_cluster import RdsCluster
from cdktf_cdktf_provider_aws.secretsmanager_secret import SecretsmanagerSecret
from cdktf_cdktf_provider_aws.secretsmanager_secret_version import SecretsmanagerSecretVersion
from constructs import Construct

from constructs_lib.database import engine
from constructs_lib.foundation.ephemeral import ephemeral
from constructs_lib.foundation.iam import Deployment, Statement
from constructs_lib.foundation.terraform import (
    call,
    conditional,
    equal,
    interpolated,
    literal,
    output_after,
    protection,
)
from constructs_lib.settings.model import DatabaseSettings

PASSWORD_LENGTH = 32
PASSWORD_SET_OUTPUT = "database_password_given"  # noqa: S105 - the name of an output, not a password


class Credentials(Construct):
    """A secret whose password AWS generates and Terraform sets on the database without storing it.

    Raising `password_version` by one rotates the password of the secret and the database in one apply. If an
    apply fails after any step, the next apply completes the rotation.

    Outputs: `secret_arn`, `secret_version_id`, `password` (an ephemeral expression, only for write-only
    arguments), `password_wo_version` (a number that changes whenever the password must be set on the
    database).
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        deployment: Deployment,
        kms_key_arn: str,
        last_confirmation: str,
        settings: DatabaseSettings,
    ) -> None:
        """`last_confirmation` is the expression for the output PASSWORD_SET_OUTPUT of the last apply."""
        super().__init__(scope, id_)
        secret, version = secret_with_password(
            self,
            name=f"{deployment.name_prefix}-database",
            description="Master credentials of the payment database",
            username=settings.master_username,
            ephemeral_name="database",
            version=_secret_string_version(settings),
            kms_key_arn=kms_key_arn,
            settings=settings,
        )
        stored = ephemeral(
            self,
            "aws_secretsmanager_secret_version",
            "database",
            {"secret_id": secret.id, "version_id": version.version_id},
        )
        password_set_at = self._password_set_at(version, last_confirmation)
        self._confirmation = {"secret_version": version.version_id, "attempt": password_set_at.expression}
        self.secret_arn = secret.arn
        self.secret_version_id = version.version_id
        self.password = interpolated(f"{call('jsondecode', f'{stored}.secret_string')}.password")
        self.password_wo_version = password_set_at.as_number

    def confirm_password_set(self, database: RdsCluster) -> None:
        """Write the output that confirms, after the database is applied, which password it has."""
        output_after(
            self,
            PASSWORD_SET_OUTPUT,
            value=self._confirmation,
            description=(
                "Secret version whose password the database uses, and the time of the plan that set it"
                " (YYYYMMDDhhmmss, UTC)"
            ),
            after=database,
        )

    def _password_set_at(
        self, version: SecretsmanagerSecretVersion, last_confirmation: str
    ) -> TerraformLocal:
        """The confirmed time if the database has the password of this version, otherwise the plan's time."""
        confirmed = equal(f"{last_confirmation}.secret_version", f"{version.fqn}.version_id")
        # try(): before the first apply the output does not exist.
        confirmed_time = call(
            "try", conditional(confirmed, f"{last_confirmation}.attempt", literal(None)), literal(None)
        )
        return TerraformLocal(
            self, "attempt", interpolated(call("coalesce", confirmed_time, _plan_time("YYYYMMDDhhmmss")))
        )


def secret_with_password(
    scope: Construct,
    *,
    name: str,
    description: str,
    username: str,
    ephemeral_name: str,
    version: float,
    kms_key_arn: str,
    settings: DatabaseSettings,
) -> tuple[SecretsmanagerSecret, SecretsmanagerSecretVersion]:
    """Create a secret with the credentials of a database user; another `version` gives it a new password.

    `ephemeral_name` is the name of the ephemeral resource that generates the password.
    """
    generated = ephemeral(
        scope,
        "aws_secretsmanager_random_password",
        ephemeral_name,
        {"password_length": PASSWORD_LENGTH, "exclude_punctuation": True},
    )
    secret = SecretsmanagerSecret(
        scope,
        "secret",
        name=name,
        description=description,
        kms_key_id=kms_key_arn,
        recovery_window_in_days=settings.secret_recovery_window_days,
        lifecycle=protection(settings.deletion_protection),
    )
    return secret, SecretsmanagerSecretVersion(
        scope,
        "secret-version",
        secret_id=secret.id,
        # Not Fn.jsonencode: it escapes the reference, so that the password would be the reference's text.
        secret_string_wo=json.dumps(
            {
                "username": username,
                "password": interpolated(f"{generated}.random_password"),
                # The name of the engine that the rotation functions of Secrets Manager expect.
                "engine": "postgres",
                "port": engine.PORT,
                "dbname": settings.database_name,
            }
        ),
        secret_string_wo_version=version,
    )


def read_statements(secret_arns: Sequence[str], *, kms_key_arn: str, region: str) -> list[Statement]:
    """Return the permissions to read the secrets, and to use their key for nothing else."""
    return [
        Statement(
            sid="ReadDatabaseSecrets",
            actions=["secretsmanager:GetSecretValue"],
            resources=secret_arns,
        ),
        Statement(
            sid="DecryptDatabaseSecrets",
            actions=["kms:Decrypt"],
            resources=[kms_key_arn],
            conditions={
                "StringEquals": {
                    "kms:ViaService": f"secretsmanager.{region}.amazonaws.com",
                    "kms:EncryptionContext:SecretARN": [*secret_arns],
                }
            },
        ),
    ]


def rotation_number(settings: DatabaseSettings) -> str:
    """The expression of `password_version`, plus the rotation periods since the year 0 if a schedule is set.

    So the first apply in a new period rotates the passwords, and a second apply in the same period does not.
    The time is that of the plan: applying a saved plan later does what the plan shows.
    """
    if settings.rotation_months == 0:
        return literal(settings.password_version)
    months = f"({_plan_time('YYYY')} * 12 + {_plan_time('M')} - 1)"
    periods = call("floor", f"{months} / {settings.rotation_months}")
    return f"{settings.password_version} + {periods}"


def _secret_string_version(settings: DatabaseSettings) -> float:
    if settings.rotation_months == 0:
        return settings.password_version
    return float(Token.as_number(interpolated(rotation_number(settings))))


def _plan_time(format_: str) -> str:
    """Return the time of the plan (UTC) as a number, in a format that yields only digits, such as YYYYMM."""
    return call("tonumber", call("formatdate", literal(format_), "plantimestamp()"))
