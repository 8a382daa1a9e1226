"""The function that makes the roles of the database, and its invocation in an apply."""

from collections.abc import Sequence
from pathlib import Path

from constructs import Construct

from constructs_lib.database import engine
from constructs_lib.database.cluster import Database
from constructs_lib.database.credentials import Credentials, read_statements
from constructs_lib.database.logins import Logins
from constructs_lib.foundation.function import Function, FunctionNetwork
from constructs_lib.foundation.iam import Deployment
from constructs_lib.foundation.logs import LogGroupDefaults
from constructs_lib.foundation.terraform import address
from constructs_lib.network.security_groups import security_group
from constructs_lib.network.vpc import Network
from constructs_lib.settings.names import DATABASE_GROUP

_FOLDER = Path(__file__).with_name("functions") / "roles"
# pg8000 and what it imports, all of it pure Python.
PACKAGES = ("pg8000", "scramp", "asn1crypto", "python-dateutil", "six")
# RDS sets the master's password minutes after it accepts it, at worst; the function waits for it.
TIMEOUT_SECONDS = 600


class DatabaseRoles(Construct):
    """Makes the roles of the database in the apply that needs them, before a task logs in with them.

    The function reaches nothing but the database and the endpoints of AWS services, and nobody but Terraform
    invokes it. An apply invokes it if the database's address, a password, the current login or its code has
    changed.

    Outputs: `peer`, `role_arn`, and `made`, the invocation, after which the roles exist and the passwords of
    the secrets are theirs.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        deployment: Deployment,
        network: Network,
        database: Database,
        credentials: Credentials,
        logins: Logins,
        kms_key_arn: str,
        logs: LogGroupDefaults,
        database_name: str,
    ) -> None:
        super().__init__(scope, id_)
        self.peer = security_group(
            self,
            name="database-roles",
            name_prefix=deployment.name_prefix,
            vpc_id=network.vpc_id,
            description="Role manager: on to the database and AWS",
        )
        secrets = {
            "master": (credentials.secret_arn, credentials.secret_version_id),
            **{
                key: (each.arn, each.version_id)
                for key, each in {"owner": logins.owner, **logins.of_application}.items()
            },
        }
        function = Function(
            self,
            "function",
            deployment=deployment,
            purpose="database-roles",
            short_purpose="db-roles",
            description="Makes the roles of the payment database",
            folder=_FOLDER,
            packages=PACKAGES,
            statements=read_statements(
                [arn for arn, _ in secrets.values()], kms_key_arn=kms_key_arn, region=deployment.region
            ),
            logs=logs,
            timeout_seconds=TIMEOUT_SECONDS,
            network=FunctionNetwork(
                subnet_ids=network.private_subnet_ids, security_group_id=str(self.peer.security_group_id)
            ),
        )
        self.role_arn = function.role_arn
        self.made = function.invoke(
            self,
            "invocation",
            event={
                "host": database.writer_endpoint,
                "port": engine.PORT,
                "database": database_name,
                "group": DATABASE_GROUP,
                "login": logins.current,
                "secrets": {key: {"arn": arn, "version": version} for key, (arn, version) in secrets.items()},
            },
            triggers={"code": function.code_hash},
            after=[database.writer],
        )
        logins.confirm_given(self.made)

    @property
    def addresses(self) -> Sequence[str]:
        """The address of the invocation."""
        return [address(self.made)]

    def wait_for(self, addresses: Sequence[str]) -> None:
        """Invoke the function after the resources with these addresses."""
        self.made.depends_on = [*(self.made.depends_on or []), *addresses]
