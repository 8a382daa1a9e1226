"""Creates and keeps the roles of the database: a Lambda function that an apply invokes.

It logs in as the master user and does everything in one transaction, so that an error leaves nothing half
done. It compares before it changes: a second run changes nothing. Afterwards it logs in as the owner and as
the login that new tasks use, which proves that the passwords in the secrets are those in the database.

The event contains `host`, `port`, `database`, `group` (the role with the application's privileges), `login`
(the key of the login that new tasks use) and `secrets`: the ARN and the version of the secret of `master`,
`owner` and each login. Passwords are read from Secrets Manager. No error, log line or result contains one:
an error of Terraform quotes the whole answer of a function, and the state contains the result.
"""

import base64
import json
import logging
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from pg8000.exceptions import DatabaseError, InterfaceError
from pg8000.native import Connection, identifier, literal
from scramp import ScramMechanism

CA_BUNDLE = Path(__file__).with_name("rds-ca-bundle.pem")

# One run at a time: another one waits at this advisory lock.
LOCK = 7_245_861_213_005

_WRONG_PASSWORD = "28P01"  # noqa: S105 - an SQLSTATE
# What the server checks after the password: whether the role may log in, and connect to the database.
_AFTER_THE_PASSWORD = {"28000", "42501"}
# RDS sets a new master password some time after ModifyDBCluster has answered, and a writer that fails over or
# restarts refuses connections for a while.
_TEMPORARY = {_WRONG_PASSWORD, "57P01", "57P03", "53300"}
_POLL_SECONDS = 2.0
# What remains of the function's time when it gives up, so that the error is its own and no timeout's.
_MARGIN_SECONDS = 15.0
_PROOF_SECONDS = 30.0
_NETWORK_TIMEOUT_SECONDS = 30
# A statement that waits for a lock of a long transaction must not make all later transactions wait for it.
_LOCK_TIMEOUT = "20s"

_SCRAM_ITERATIONS = 4096
_VERSION_16 = 160_000

_TABLE_PRIVILEGES = ("SELECT", "INSERT", "UPDATE", "DELETE")
_SEQUENCE_PRIVILEGES = ("USAGE", "SELECT", "UPDATE")

_log = logging.getLogger(__name__)
_log.setLevel(logging.INFO)


class RolesError(Exception):
    """The roles could not be made; the message says why and contains nothing secret."""


@dataclass(frozen=True)
class Login:
    """A user name and its password."""

    name: str
    password: str = field(repr=False)


@dataclass(frozen=True)
class Roles:
    """The roles of the application's database, and which of its logins is the current one."""

    owner: Login
    group: str
    logins: Mapping[str, Login]
    current: str

    @property
    def with_password(self) -> list[Login]:
        """The roles that log in."""
        return [self.owner, *self.logins.values()]


def handler(event: Mapping[str, Any], context: Any) -> dict[str, Any]:  # noqa: ANN401 - Lambda's context object
    """Create and keep the roles, and return the current login's name and what has changed."""
    deadline = time.monotonic() + context.get_remaining_time_in_millis() / 1000 - _MARGIN_SECONDS
    secrets = {name: _login(secret) for name, secret in event["secrets"].items()}
    master, owner = secrets.pop("master"), secrets.pop("owner")
    roles = Roles(owner=owner, group=event["group"], logins=secrets, current=event["login"])
    server = Server(event["host"], int(event["port"]), event["database"])
    with server.connect(master, until=deadline) as connection:
        changes = keep(connection, roles, accepts=server.accepts)
    current = roles.logins[roles.current]
    for login in (owner, current):
        server.connect(login, until=min(deadline, time.monotonic() + _PROOF_SECONDS)).close()
    _log.info("current login: %s; changed: %s", current.name, ", ".join(changes) or "nothing")
    return {"login": current.name, "changed": changes}


def _login(secret: Mapping[str, str]) -> Login:
    """Read a user name and its password from exactly this version of a secret."""
    client = boto3.client(
        "secretsmanager",
        config=Config(connect_timeout=5, read_timeout=10, retries={"mode": "standard", "max_attempts": 6}),
    )
    try:
        value = client.get_secret_value(SecretId=secret["arn"], VersionId=secret["version"])
    except ClientError as error:
        reason = f"{error.response['Error'].get('Code')}: {error.response['Error'].get('Message')}"
    except BotoCoreError as error:
        reason = type(error).__name__
    else:
        try:
            content = json.loads(value["SecretString"])
            return Login(content["username"], content["password"])
        except (KeyError, TypeError, ValueError):
            reason = "it is not a JSON object with username and password"
    raise RolesError(f"The secret {secret['arn']} cannot be read: {reason}")


class Server:
    """The database's writer, reached over TLS with its certificate verified."""

    def __init__(self, host: str, port: int, database: str) -> None:
        self._host = host
        self._port = port
        self._database = database
        self._tls = ssl.create_default_context(cafile=str(CA_BUNDLE))
        # Python 3.13 also refuses certificates for missing extensions that libpq's verify-full, with which
        # the tasks connect, does not ask for. The chain and the host name are verified as before.
        self._tls.verify_flags &= ~ssl.VERIFY_X509_STRICT

    def connect(self, login: Login, *, until: float) -> Connection:
        """Log in, and try again until then while the server does not accept the password or connections."""
        while True:
            try:
                return self._connect(login)
            except DatabaseError as error:
                reason = _reason(error)
                if _code(error) not in _TEMPORARY:
                    raise RolesError(f"{login.name} cannot log in: {reason}") from None
            except ssl.SSLCertVerificationError as error:
                raise RolesError(
                    f"The certificate of {self._host} is refused ({error.verify_message}): rds-ca-bundle.pem "
                    "must contain the authorities of this region"
                ) from None
            except (InterfaceError, OSError) as error:
                reason = type(error.__cause__ or error).__name__
            if time.monotonic() + _POLL_SECONDS > until:
                raise RolesError(f"{login.name} cannot log in to {self._host}: {reason}")
            time.sleep(_POLL_SECONDS)

    def accepts(self, login: Login) -> bool:
        """Whether the role has this password; a role that does not exist has none."""
        try:
            self._connect(login).close()
        except DatabaseError as error:
            return _code(error) in _AFTER_THE_PASSWORD
        return True

    def _connect(self, login: Login) -> Connection:
        return Connection(
            login.name,
            host=self._host,
            port=self._port,
            database=self._database,
            password=login.password,
            ssl_context=self._tls,
            timeout=_NETWORK_TIMEOUT_SECONDS,
            application_name="database-roles",
        )


def keep(connection: Connection, roles: Roles, *, accepts: Callable[[Login], bool]) -> list[str]:
    """Make the roles what they must be in one transaction, and return what has changed."""
    manager = _Manager(connection, roles, accepts)
    connection.run("START TRANSACTION")
    try:
        connection.run(f"SET LOCAL lock_timeout = '{_LOCK_TIMEOUT}'")
        connection.run("SELECT pg_advisory_xact_lock(:lock)", lock=LOCK)
        manager.run()
    except DatabaseError as error:
        # The server's own message: it names objects. Statements with passwords have their own handling.
        raise RolesError(f"{manager.step}: {_reason(error)}") from None
    connection.run("COMMIT")
    return manager.changes


class _Manager:
    """The steps of a run, in a transaction."""

    def __init__(self, connection: Connection, roles: Roles, accepts: Callable[[Login], bool]) -> None:
        self._connection = connection
        self._roles = roles
        self._accepts = accepts
        self._owner, self._group = roles.owner.name, roles.group
        self._members = [each.name for each in roles.logins.values()]
        (version,) = self._column("SELECT current_setting('server_version_num')::int")
        self._version = int(version)
        self.changes: list[str] = []
        self.step = ""

    def run(self) -> None:
        """Run all steps."""
        for description, step in (
            ("creating the roles", self._create),
            ("setting the passwords", self._set_passwords),
            ("granting and revoking memberships", self._memberships),
            ("moving ownership to the owner", self._ownership),
            ("revoking what everybody may", self._public),
            ("granting access to the application's schemas, tables and sequences", self._privileges),
        ):
            self.step = description
            step()

    def _create(self) -> None:
        for name, login in (
            (self._owner, True),
            (self._group, False),
            *((name, True) for name in self._members),
        ):
            found = self._rows(
                "SELECT rolcanlogin, rolinherit, rolcreatedb, rolcreaterole FROM pg_roles "
                "WHERE rolname = :name",
                name=name,
            )
            if not found:
                # From 16 on, who creates a role has ADMIN on it. Before, everybody with CREATEROLE may change
                # and grant it, but after an upgrade to 16 only those who were given ADMIN.
                admin = "" if self._version >= _VERSION_16 else " ADMIN CURRENT_USER"
                self._change(
                    f"CREATE ROLE {identifier(name)} {'LOGIN' if login else 'NOLOGIN'}{admin}",
                    f"created {name}",
                )
                continue
            wrong = [
                option if wanted else f"NO{option}"
                for option, wanted, has in zip(
                    ("LOGIN", "INHERIT", "CREATEDB", "CREATEROLE"),
                    (login, True, False, False),
                    found[0],
                    strict=True,
                )
                if wanted != has
            ]
            if wrong:
                self._change(
                    f"ALTER ROLE {identifier(name)} {' '.join(wrong)}",
                    f"changed the attributes of {name}",
                )
        # Without it, the master can neither act as the owner nor give it anything.
        kinds = ("SET", "USAGE") if self._version >= _VERSION_16 else ("USAGE",)
        for kind in kinds:
            (member,) = self._column(
                "SELECT pg_has_role(CURRENT_USER, :owner, :kind)", owner=self._owner, kind=kind
            )
            if not member:
                self._run(f"GRANT {identifier(self._owner)} TO CURRENT_USER")

    def _set_passwords(self) -> None:
        created = {change.removeprefix("created ") for change in self.changes}
        for login in self._roles.with_password:
            if login.name in created or not self._accepts(login):
                self._set_password(login)
                self.changes.append(f"set the password of {login.name}")

    def _set_password(self, login: Login) -> None:
        """Set the password as a verifier, since the server logs changes of roles with their text.

        If the server accepts no verifier, the password itself is set, with the log switched off. The server's
        messages are not repeated, because they can quote the statement.
        """
        try:
            with self._savepoint():
                self._alter_password(login, _verifier(login))
        except DatabaseError:
            _log.info("the server refuses a verifier for %s", login.name)
        else:
            return
        try:
            self._run("SET LOCAL log_statement = 'none'")
            self._alter_password(login, login.password)
        except DatabaseError as error:
            code = _code(error)
            raise RolesError(f"The password of {login.name} cannot be set: SQLSTATE {code}") from None

    def _alter_password(self, login: Login, password: str) -> None:
        self._run(f"ALTER ROLE {identifier(login.name)} PASSWORD {literal(password)}")

    def _memberships(self) -> None:
        """The logins are members of the group, and neither they nor the group are members of another role."""
        others = self._rows(
            "SELECT role.rolname, member.rolname FROM pg_auth_members "
            "JOIN pg_roles role ON role.oid = roleid JOIN pg_roles member ON member.oid = member "
            "WHERE member.rolname = ANY(CAST(:names AS text[])) AND role.rolname <> :group",
            names=[self._group, *self._members],
            group=self._group,
        )
        for role, member in others:
            self._change(
                f"REVOKE {identifier(role)} FROM {identifier(member)}", f"revoked {role} from {member}"
            )
        for name in self._members:
            (member,) = self._column(
                "SELECT pg_has_role(:name, :group, 'USAGE')", name=name, group=self._group
            )
            if not member:
                self._change(
                    f"GRANT {identifier(self._group)} TO {identifier(name)}",
                    f"granted {self._group} to {name}",
                )

    def _ownership(self) -> None:
        """The owner owns the database and what the master has made in it, such as the tables of a deployment
        whose tasks logged in as the master."""
        (objects,) = self._column(
            "SELECT count(*) FROM pg_shdepend "
            "WHERE refclassid = 'pg_authid'::regclass AND refobjid = CURRENT_USER::regrole AND deptype = 'o' "
            "AND classid <> 'pg_extension'::regclass "
            "AND dbid = (SELECT oid FROM pg_database WHERE datname = current_database())"
        )
        if objects:
            # REASSIGN OWNED also moves the databases that the master owns.
            others = self._column(
                "SELECT datname FROM pg_database "
                "WHERE datdba = CURRENT_USER::regrole AND datname <> current_database() ORDER BY datname"
            )
            self._change(
                f"REASSIGN OWNED BY CURRENT_USER TO {identifier(self._owner)}",
                f"moved {objects} objects of the master to {self._owner}",
            )
            for name in others:
                self._run(f"ALTER DATABASE {identifier(name)} OWNER TO CURRENT_USER")
        database, owner = self._rows(
            "SELECT datname, datdba::regrole::text FROM pg_database WHERE datname = current_database()"
        )[0]
        if owner.strip('"') != self._owner:
            self._change(
                f"ALTER DATABASE {identifier(database)} OWNER TO {identifier(self._owner)}",
                f"moved the database to {self._owner}",
            )

    def _public(self) -> None:
        """Nobody connects to a database, and nobody creates objects in a schema, without a grant."""
        for name in self._column(
            "SELECT datname FROM pg_database WHERE datallowconn AND pg_has_role(datdba, 'USAGE') AND EXISTS "
            "(SELECT FROM aclexplode(coalesce(datacl, acldefault('d', datdba))) WHERE grantee = 0) "
            "ORDER BY datname"
        ):
            self._change(
                f"REVOKE ALL ON DATABASE {identifier(name)} FROM PUBLIC",
                f"revoked the database {name} from PUBLIC",
            )
        for name in self._column(
            "SELECT nspname FROM pg_namespace "
            "WHERE (nspname = 'public' OR pg_has_role(nspowner, 'USAGE')) AND EXISTS "
            "(SELECT FROM aclexplode(coalesce(nspacl, acldefault('n', nspowner))) "
            "WHERE grantee = 0 AND privilege_type = 'CREATE') ORDER BY nspname"
        ):
            self._change(
                f"REVOKE CREATE ON SCHEMA {identifier(name)} FROM PUBLIC",
                f"revoked creating in the schema {name} from PUBLIC",
            )

    def _privileges(self) -> None:
        """The group connects, and reads and writes the owner's tables and sequences, also future ones."""
        owner, group = identifier(self._owner), identifier(self._group)
        self._run(f"SET LOCAL ROLE {owner}")
        database, connects = self._rows(
            "SELECT current_database(), has_database_privilege(:group, current_database(), 'CONNECT')",
            group=self._group,
        )[0]
        if not connects:
            self._change(
                f"GRANT CONNECT ON DATABASE {identifier(database)} TO {group}",
                f"granted the database {database} to {self._group}",
            )
        self._grant(
            "SCHEMA",
            ("USAGE",),
            "SELECT nspname, NULL FROM pg_namespace "
            "WHERE (nspname = 'public' OR nspowner = CURRENT_USER::regrole)",
            "pg_namespace",
        )
        relations = (
            "SELECT nspname, relname FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace "
            "WHERE relowner = CURRENT_USER::regrole AND relpersistence <> 't' AND relkind IN "
        )
        self._grant("TABLE", _TABLE_PRIVILEGES, f"{relations} ('r', 'p', 'v', 'm', 'f')", "pg_class")
        self._grant("SEQUENCE", _SEQUENCE_PRIVILEGES, f"{relations} ('S')", "pg_class")
        before = self._default_privileges()
        for kind, privileges in (
            ("TABLES", _TABLE_PRIVILEGES),
            ("SEQUENCES", _SEQUENCE_PRIVILEGES),
            ("SCHEMAS", ("USAGE",)),
        ):
            self._run(f"ALTER DEFAULT PRIVILEGES GRANT {', '.join(privileges)} ON {kind} TO {group}")
        if self._default_privileges() != before:
            self.changes.append(f"granted what {self._owner} will create to {self._group}")
        self._run("RESET ROLE")

    def _grant(self, kind: str, privileges: tuple[str, ...], objects: str, catalog: str) -> None:
        """Grant the privileges to the group on those of the objects on which it lacks one of them."""
        function = f"has_{kind.lower()}_privilege"
        key = "nspname" if catalog == "pg_namespace" else "format('%I.%I', nspname, relname)"
        has_all = " AND ".join(f"{function}(:group, {key}, '{each}')" for each in privileges)
        for schema, name in self._rows(f"{objects} AND NOT ({has_all}) ORDER BY 1, 2", group=self._group):
            full = ".".join(identifier(part) for part in (schema, name) if part is not None)
            self._change(
                f"GRANT {', '.join(privileges)} ON {kind} {full} TO {identifier(self._group)}",
                f"granted the {kind.lower()} {full} to {self._group}",
            )

    def _default_privileges(self) -> list[list[Any]]:
        return self._rows(
            "SELECT defaclobjtype, defaclacl::text FROM pg_default_acl "
            "WHERE defaclrole = CURRENT_USER::regrole AND defaclnamespace = 0 ORDER BY 1"
        )

    @contextmanager
    def _savepoint(self) -> Iterator[None]:
        self._run("SAVEPOINT attempt")
        try:
            yield
        except DatabaseError:
            self._run("ROLLBACK TO SAVEPOINT attempt")
            raise

    def _change(self, statement: str, description: str) -> None:
        self._run(statement)
        self.changes.append(description)

    def _run(self, statement: str) -> None:
        self._connection.run(statement)

    def _rows(self, query: str, **parameters: object) -> list[list[Any]]:
        return list(self._connection.run(query, **parameters))

    def _column(self, query: str, **parameters: object) -> list[Any]:
        return [value for (value,) in self._rows(query, **parameters)]


def _verifier(login: Login) -> str:
    """What PostgreSQL stores of a password with SCRAM-SHA-256: nobody can log in with it.

    https://www.postgresql.org/docs/current/catalog-pg-authid.html
    """
    salt, stored_key, server_key, iterations = ScramMechanism("SCRAM-SHA-256").make_auth_info(
        login.password, iteration_count=_SCRAM_ITERATIONS
    )
    texts = [base64.b64encode(each).decode() for each in (salt, stored_key, server_key)]
    return f"SCRAM-SHA-256${iterations}:{texts[0]}${texts[1]}:{texts[2]}"


def _code(error: DatabaseError) -> str:
    """The SQLSTATE of an error of the server."""
    details = error.args[0] if error.args else None
    return str(details.get("C", "unknown")) if isinstance(details, dict) else "unknown"


def _reason(error: DatabaseError) -> str:
    details = error.args[0] if error.args else None
    message = details.get("M", "") if isinstance(details, dict) else ""
    return f"{message} (SQLSTATE {_code(error)})"
