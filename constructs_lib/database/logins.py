"""The credentials of the owner and of the application's two logins, and which login new tasks use.

A rotation gives a new password to the login that is not in use, and lets new tasks use that one. The tasks
that still run, and those that ECS starts again if it rolls the deployment back, keep the other login, whose
password stays valid until the next rotation. AWS calls this the alternating users strategy:
https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotation-strategy.html

Which login is next does not follow from `password_version`: with a version raised by two, or a period of
`rotation_months` without an apply, the login in use would be the next one. Two outputs record it instead:

- `database_login_given`, after the role manager has given the passwords to the database, and so before the
  service is updated: the rotation number, the current login, and the number of each login's password.
- `database_login`, the same value, after the service is updated.

A plan reads both from the last apply:

- They differ: that apply did not complete. Tasks with either login can be running, so nothing may change: the
  plan keeps the login and all passwords, whatever the version is now, and completes the deployment.
- They agree, and the rotation number is the recorded one: nothing changes.
- They agree, and the rotation number differs: the other login gets the next number, and so a new password.
- There is none: the first apply; it uses login a.
"""

from collections.abc import Mapping

from cdktf import TerraformLocal, TerraformResource
from constructs import Construct

from constructs_lib.database.credentials import rotation_number, secret_with_password
from constructs_lib.foundation.iam import Deployment
from constructs_lib.foundation.terraform import (
    all_of,
    any_of,
    call,
    conditional,
    different,
    equal,
    grouped,
    interpolated,
    literal,
    output_after,
)
from constructs_lib.settings.model import DatabaseSettings
from constructs_lib.settings.names import DATABASE_LOGINS, DATABASE_OWNER

GIVEN_OUTPUT = "database_login_given"
USED_OUTPUT = "database_login"

_FIRST, _SECOND = DATABASE_LOGINS


class LoginSecret(Construct):
    """A secret with the credentials of one role. Outputs: `arn`, `version_id`, and expressions of both."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        deployment: Deployment,
        username: str,
        description: str,
        version: float,
        kms_key_arn: str,
        settings: DatabaseSettings,
    ) -> None:
        super().__init__(scope, id_)
        secret, stored = secret_with_password(
            self,
            name=f"{deployment.name_prefix}-database-{id_}",
            description=description,
            username=username,
            ephemeral_name=id_,
            version=version,
            kms_key_arn=kms_key_arn,
            settings=settings,
        )
        self.arn_expression = f"{secret.fqn}.arn"
        self.version_expression = f"{stored.fqn}.version_id"
        self.arn = interpolated(self.arn_expression)
        self.version_id = interpolated(self.version_expression)


class Logins(Construct):
    """The owner, and two logins of the application of which a rotation never changes the one in use.

    Outputs: `owner` and `of_application` (the secrets; the latter by the key of the login), `current` (the
    key of the login that new tasks use), `current_secret_arn` and `current_version_id`.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        deployment: Deployment,
        kms_key_arn: str,
        last_outputs: str,
        settings: DatabaseSettings,
    ) -> None:
        """`last_outputs` is the expression of the outputs of the last apply."""
        super().__init__(scope, id_)
        self._given, self._used = f"{last_outputs}.{GIVEN_OUTPUT}", f"{last_outputs}.{USED_OUTPUT}"
        rotation = rotation_number(settings)
        self._kept = self._local("kept", self._kept_expression(rotation)).fqn
        self._login = self._local("login", self._next_login()).fqn
        locals_ = {key: self._local(f"number-{key}", self._next_number(key)) for key in DATABASE_LOGINS}
        numbers = {key: each.fqn for key, each in locals_.items()}
        newest = self._local("number-owner", call("max", *numbers.values()))
        self.owner = LoginSecret(
            self,
            "owner",
            deployment=deployment,
            username=DATABASE_OWNER,
            description="Credentials with which migrations change the schema of the payment database",
            # With each rotation: no migration runs while an apply changes it.
            version=newest.as_number,
            kms_key_arn=kms_key_arn,
            settings=settings,
        )
        self.of_application: Mapping[str, LoginSecret] = {
            key: LoginSecret(
                self,
                f"app-{key}",
                deployment=deployment,
                username=username,
                description=f"Credentials of the payment application: login {key}",
                version=locals_[key].as_number,
                kms_key_arn=kms_key_arn,
                settings=settings,
            )
            for key, username in DATABASE_LOGINS.items()
        }
        self.current = interpolated(self._login)
        # In locals, because an expression with quotes is not valid inside the JSON of a container definition.
        first, second = self.of_application.values()
        self.current_secret_arn = interpolated(
            self._local("secret", self._of_login(first.arn_expression, second.arn_expression)).fqn
        )
        self.current_version_id = interpolated(
            self._local(
                "secret-version", self._of_login(first.version_expression, second.version_expression)
            ).fqn
        )
        self._record = {
            "rotation": interpolated(self._local("rotation", self._recorded_rotation(rotation)).fqn),
            "login": self.current,
            **{key: interpolated(number) for key, number in numbers.items()},
        }

    def confirm_given(self, after: TerraformResource) -> None:
        """Write the output that says which login is being rolled out, after the database has its password."""
        self._confirm(GIVEN_OUTPUT, "Login that the last apply began to roll out", after)

    def confirm_used(self, after: TerraformResource) -> None:
        """Write the output that says which login all tasks use, after the service is updated."""
        self._confirm(USED_OUTPUT, "Login of all tasks", after)

    def _confirm(self, output: str, description: str, after: TerraformResource) -> None:
        output_after(
            self,
            output,
            value=self._record,
            description=f"{description}, the rotation it belongs to, and the number of each login's password",
            after=after,
        )

    # In each of these expressions, try() is for the first apply, when the outputs do not exist.

    def _kept_expression(self, rotation: str) -> str:
        """Whether the plan keeps the recorded login: its rotation is the current one, or is not complete."""
        given, used = self._given, self._used
        incomplete = call(
            "try",
            any_of(
                different(f"{used}.rotation", f"{given}.rotation"),
                different(f"{used}.login", f"{given}.login"),
            ),
            literal(True),
        )
        return call("try", any_of(incomplete, equal(f"{given}.rotation", grouped(rotation))), literal(False))

    def _next_login(self) -> str:
        last = f"{self._given}.login"
        other = grouped(conditional(equal(last, literal(_FIRST)), literal(_SECOND), literal(_FIRST)))
        return call("try", conditional(self._kept, last, other), literal(_FIRST))

    def _next_number(self, key: str) -> str:
        """The number of a login's password: one that no password had before, if the login is the next one."""
        given = self._given
        is_next = all_of(f"!{self._kept}", equal(self._login, literal(key)))
        new = f"{call('max', *(f'{given}.{each}' for each in DATABASE_LOGINS))} + 1"
        return call("try", conditional(is_next, new, f"{given}.{key}"), literal(1))

    def _recorded_rotation(self, rotation: str) -> str:
        return call("try", conditional(self._kept, f"{self._given}.rotation", rotation), rotation)

    def _of_login(self, first: str, second: str) -> str:
        return conditional(equal(self._login, literal(_FIRST)), first, second)

    def _local(self, id_: str, expression: str) -> TerraformLocal:
        return TerraformLocal(self, id_, interpolated(expression))
