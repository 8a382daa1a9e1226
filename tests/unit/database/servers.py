"""PostgreSQL servers as Aurora makes them, on which the role manager runs."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import conninfo

from constructs_lib.database.functions.roles import handler
from constructs_lib.database.functions.roles.handler import Login
from constructs_lib.database.parameters import PARAMETERS
from constructs_lib.settings.names import DATABASE_GROUP, DATABASE_LOGINS, DATABASE_OWNER
from tests.emulator import hosts, postgres
from tests.emulator.postgres import SUPERUSER, Cluster, Servers
from tests.emulator.postgres_installation import Installation

MASTER = "payments_admin"
DATABASE = "payments"
GROUP, OWNER = DATABASE_GROUP, DATABASE_OWNER
A, B = DATABASE_LOGINS.values()

# Everything of the catalogs that the role manager can change.
_STATE = {
    "roles": "SELECT rolname, rolcanlogin, rolpassword FROM pg_authid WHERE rolname !~ '^(pg|rds)_'",
    "members": "SELECT roleid::regrole, member::regrole, admin_option FROM pg_auth_members",
    "databases": "SELECT datname, datdba, datacl::text FROM pg_database",
    "schemas": "SELECT nspname, nspowner, nspacl::text FROM pg_namespace",
    "objects": "SELECT relnamespace, relname, relowner, relacl::text FROM pg_class",
    "defaults": "SELECT defaclrole, defaclobjtype::text, defaclacl::text FROM pg_default_acl",
}


class Aurora:
    """A running cluster, and the passwords that the secrets contain."""

    def __init__(self, server: postgres.Server, installation: Installation) -> None:
        self.server = server
        self.tls = installation.tls
        self.host = server.cluster.endpoints[0]
        self.passwords = {MASTER: server.cluster.password} | {
            name: f"password-of-{name}" for name in (OWNER, A, B)
        }

    def manager(self) -> handler.Server:
        """The server as the role manager reaches it."""
        server = handler.Server(self.host, self.server.cluster.port, DATABASE)
        if not self.tls:
            vars(server)["_tls"] = False  # pg8000's value for a connection without TLS
        return server

    def roles(self, current: str = "a") -> handler.Roles:
        """The roles of an event, with the passwords of the secrets."""
        logins = {key: Login(name, self.passwords[name]) for key, name in DATABASE_LOGINS.items()}
        return handler.Roles(
            owner=Login(OWNER, self.passwords[OWNER]), group=GROUP, logins=logins, current=current
        )

    def keep(self) -> list[str]:
        """Run the role manager's transaction, and return what it has changed."""
        manager = self.manager()
        master = Login(MASTER, self.passwords[MASTER])
        with manager.connect(master, until=time.monotonic() + 10) as connection:
            return handler.keep(connection, self.roles(), accepts=manager.accepts)

    def connect(self, role: str, database: str = DATABASE, password: str | None = None) -> psycopg.Connection:
        """A connection as a task makes it; with the password of the secret unless another one is given."""
        security = {"sslmode": "verify-full", "sslrootcert": str(hosts.ca_file())}
        return psycopg.connect(
            conninfo.make_conninfo(
                host=self.host,
                hostaddr=hosts.address_of(self.host),
                port=self.server.cluster.port,
                user=role,
                password=password or self.passwords[role],
                dbname=database,
                **(security if self.tls else {"sslmode": "disable"}),
            ),
            autocommit=True,
        )

    @contextmanager
    def superuser(self, database: str = DATABASE) -> Iterator[psycopg.Connection]:
        """A connection as the superuser that only AWS uses."""
        folder = self.server.log_file.with_name("s")
        with psycopg.connect(
            host=str(folder),
            port=self.server.cluster.port,
            user=SUPERUSER,
            dbname=database,
            options="-c log_statement=none",
            autocommit=True,
        ) as connection:
            yield connection

    def state(self) -> Mapping[str, list[tuple[object, ...]]]:
        """What the catalogs contain."""
        with self.superuser() as connection:
            return {
                name: sorted(connection.execute(query).fetchall(), key=str) for name, query in _STATE.items()
            }

    def verifiers(self) -> dict[str, str]:
        """Role → what the server stores of its password."""
        with self.superuser() as connection:
            rows = connection.execute(
                "SELECT rolname, rolpassword FROM pg_authid WHERE rolpassword IS NOT NULL"
            )
            return {str(name): str(verifier) for name, verifier in rows}


class Clusters:
    """Starts clusters on one installation of PostgreSQL, and ends them all."""

    def __init__(self, installation: Installation) -> None:
        self._installation = installation
        self._servers = Servers(installation)
        self._count = 0

    def __enter__(self) -> "Clusters":
        self._servers.__enter__()
        self._servers.prepare()
        return self

    def __exit__(self, *_: object) -> None:
        self._servers.__exit__()

    @property
    def authority(self) -> Path:
        """The file with the certificate of the clusters' authority."""
        return self._servers.authority.file

    def start(self) -> Aurora:
        """Start a new cluster with the parameters of the stack."""
        self._count += 1
        name = f"roles-{self._installation.major}-{self._count}"
        cluster = Cluster(
            identifier=name,
            endpoints=[f"{name}.cluster-abc.us-east-1.rds.amazonaws.com"],
            port=5432,
            database=DATABASE,
            engine_version=self._installation.version,
            master=MASTER,
            password="password-of-the-master",  # noqa: S106 - a value for a test
            parameters=PARAMETERS,
        )
        self._servers.start(cluster, lambda _: None)
        self._servers.wait()
        server = self._servers.of(name)
        assert server is not None, self._servers.failures
        return Aurora(server, self._installation)
