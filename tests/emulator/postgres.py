"""PostgreSQL behind the Aurora clusters of the emulator: a server per cluster, on its own loopback address.

A server starts with the first instance of a cluster and stops with the last one, since an Aurora cluster
accepts connections only while it has an instance; its data stays until the cluster is deleted. The writer's
and the reader's endpoint are the same server: unlike Aurora's, the reader's endpoint accepts writes.

A server ends together with this process, however this process ends.
"""

import contextlib
import os
import random
import shutil
import socket
import stat
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent import futures
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock, RLock
from time import monotonic, sleep
from typing import Any, Self

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from tests.emulator import hosts
from tests.emulator.account import Account
from tests.emulator.certificates import Authority
from tests.emulator.postgres_installation import (
    PREFERRED_MAJOR,
    Installation,
    PostgresUnavailableError,
    installation,
)

SUPERUSER = "rdsadmin"
_START_SECONDS = 300.0
_POLL_SECONDS = 0.02
_ADDRESSES_TRIED = 20
# Starting is mostly the CPU's work, and deployments run beside it.
_CONCURRENT_STARTS = 2
# A server has a thousand small files, some 50 MB, which are created in a third of the time in memory.
_MEMORY = Path("/dev/shm")  # noqa: S108
_ENOUGH_MEMORY = 2 * 1024**3
# Unix sockets have paths of at most 104 bytes on macOS; this leaves 40 for what follows.
_LONGEST_FOLDER = 64

# Settings of every server. What a crash of the machine would lose does not matter, but a commit survives the
# end of the server (synchronous_commit stays on). What is idle should cost little.
_CONFIGURATION = """
fsync = off
full_page_writes = off
wal_level = minimal
max_wal_senders = 0
min_wal_size = 2MB
max_wal_size = 64MB
shared_buffers = 8MB
dynamic_shared_memory_type = mmap
huge_pages = off
jit = off
max_connections = 200
max_worker_processes = 2
max_logical_replication_workers = 0
password_encryption = scram-sha-256
timezone = 'UTC'
log_timezone = 'UTC'
log_destination = stderr
logging_collector = off
# As RDS has it: time, client, user and database, process.
log_line_prefix = '%t:%r:%u@%d:[%p]:'
"""

# https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Appendix.PostgreSQL.CommonDBATasks.Roles.rds_superuser.html
_ROLES = f"""
CREATE ROLE rds_password;
CREATE ROLE rds_replication;
CREATE ROLE rds_iam;
CREATE ROLE rds_superuser;
GRANT pg_monitor, pg_signal_backend, rds_password, rds_replication TO rds_superuser WITH ADMIN OPTION;
CREATE DATABASE {SUPERUSER};
"""

# Deletes the folder when standard input ends, which means that the emulator's process has ended.
_CLEANER = 'read -r order || rm -rf -- "$1"'

# Runs as the parent of the server. A line on standard input stops the server. The end of standard input means
# that the emulator's process has ended, and also deletes the folder.
_SUPERVISOR = """
exec 3<&0 </dev/null
folder=$1
shift
"$@" 3<&- &
server=$!
{
  if read -r order <&3; then
    kill -QUIT "$server"
  else
    trap '' TERM
    kill -QUIT "$server"
    while kill -0 "$server"; do sleep 0.05; done
    rm -rf -- "$folder"
  fi
} 2>/dev/null &
reader=$!
wait "$server"
status=$?
kill "$reader" 2>/dev/null
exit "$status"
"""

# Parameters of a cluster parameter group that would take the server out of the emulator's hands.
_KEPT_PARAMETERS = (
    *("archive_command", "fsync", "full_page_writes", "log_destination", "log_directory", "log_filename"),
    *("restore_command", "ssl", "ssl_ca_file", "ssl_cert_file", "ssl_crl_file", "ssl_key_file"),
    *("synchronous_commit", "synchronous_standby_names", "wal_level"),
)


@dataclass
class Cluster:
    """What a server takes from its cluster. The password and the parameters change in the cluster's life."""

    identifier: str
    endpoints: Sequence[str]
    port: int
    database: str | None
    engine_version: str
    master: str
    password: str = field(repr=False)
    parameters: Mapping[str, str]

    @property
    def requires_tls(self) -> bool:
        """Whether connections without TLS are refused.

        https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/AuroraPostgreSQL.Security.html
        """
        default = "1" if int(self.engine_version.partition(".")[0]) >= 17 else "0"
        return self.parameters.get("rds.force_ssl", default) == "1"


class Server:
    """The server of one cluster, whose files are in a folder of its own."""

    def __init__(self, cluster: Cluster, folder_name: str, servers: "Servers") -> None:
        self.cluster = cluster
        self._servers = servers
        self._folder_name = folder_name
        self._lock = RLock()
        self._process: subprocess.Popen[bytes] | None = None
        self.wanted = True
        """Whether the cluster has an instance. A start in the background looks at it when its turn comes."""

    @property
    def _folder(self) -> Path:
        return self._servers.folder / self._folder_name

    @property
    def _data(self) -> Path:
        return self._folder / "data"

    @property
    def _sockets(self) -> Path:
        return self._folder / "s"

    @property
    def log_file(self) -> Path:
        """The file with the server's log."""
        return self._folder / "postgresql.log"

    @property
    def process_id(self) -> int:
        """The process of the running server."""
        return int((self._data / "postmaster.pid").read_text(encoding="utf-8").split("\n")[0])

    def start(self) -> None:
        """Start the server unless it runs or is not wanted, and set what the cluster has.

        Raises PostgresUnavailableError.
        """
        with self._lock:
            if self._process is not None or not self.wanted:
                return
            self._create_files()
            address = _free_address(self.cluster.port)
            # Another process may have taken the address in the meantime.
            while not self._answers(address):
                if "could not bind" not in self._end_of_log():
                    raise PostgresUnavailableError(f"PostgreSQL does not start:\n{self._end_of_log()}")
                address = _free_address(self.cluster.port)
            try:
                with self._superuser() as connection:
                    self._set_parameters(connection)
                    self._set_master(connection)
            except psycopg.Error:
                self.stop()
                raise
            for name in self.cluster.endpoints:
                hosts.register(name, address)

    def stop(self) -> None:
        """Stop the server at once, and end its connections."""
        with self._lock:
            if self._process is None:
                return
            for name in self.cluster.endpoints:
                hosts.unregister(name)
            self.order_to_stop()
            self._process.wait()
            self._process = None

    def order_to_stop(self) -> None:
        """Stop the server without waiting for its end."""
        if self._process is not None and self._process.stdin is not None:
            with contextlib.suppress(BrokenPipeError):
                self._process.stdin.write(b"stop\n")
                self._process.stdin.close()
            self._process.stdin = None

    def delete(self) -> None:
        """Stop the server for good, and delete its files."""
        self.wanted = False
        with self._lock:
            self.stop()
            if self._servers.prepared:
                shutil.rmtree(self._folder, ignore_errors=True)

    def set_password(self, password: str) -> None:
        """Give the master user another password, now or with the next start."""
        with self._lock:
            self.cluster.password = password
            if self._process is not None:
                with self._superuser() as connection:
                    self._set_master(connection)

    def set_parameters(self, parameters: Mapping[str, str]) -> None:
        """Apply the parameters that PostgreSQL knows and that need no restart."""
        with self._lock:
            if parameters != self.cluster.parameters:
                self.cluster.parameters = parameters
                if self._process is not None:
                    with self._superuser() as connection:
                        self._set_parameters(connection)

    @contextlib.contextmanager
    def _superuser(self) -> Iterator[psycopg.Connection]:
        """A connection that logs no statement: the log contains those of the cluster's users."""
        options = "-c log_statement=none -c log_min_duration_statement=-1 -c log_min_error_statement=panic"
        with psycopg.connect(
            host=str(self._sockets),
            port=self.cluster.port,
            user=SUPERUSER,
            dbname="postgres",
            options=options,
            autocommit=True,
        ) as connection:
            yield connection

    def _create_files(self) -> None:
        if self._data.exists():
            return
        self._folder.mkdir(mode=0o700, exist_ok=True)
        self._servers.give(self._folder)
        self._servers.run("cp", "-R", "-p", str(self._servers.template()), str(self._data))
        certificate, key = self._folder / "server.crt", self._folder / "server.key"
        self._servers.authority.issue(self.cluster.endpoints, certificate_file=certificate, key_file=key)
        self._servers.give(key)
        self._sockets.mkdir(mode=0o700)
        self._servers.give(self._sockets)
        self._write_access_rules()

    def _write_access_rules(self) -> None:
        """Let the superuser in through the private Unix socket only, and the others with their passwords."""
        tls = self._servers.installation.tls and self.cluster.requires_tls
        file = self._data / "pg_hba.conf"
        file.write_text(
            f"local all {SUPERUSER} trust\n"
            f"host all {SUPERUSER} all reject\n"
            f"host {SUPERUSER} all all reject\n"
            f"{'hostssl' if tls else 'host'} all all 127.0.0.0/8 scram-sha-256\n",
            encoding="utf-8",
        )
        self._servers.give(file)

    def _answers(self, address: str) -> bool:
        """Start the server at the address, and wait until it accepts connections; False if it ends."""
        settings = {
            "listen_addresses": address,
            "port": self.cluster.port,
            "unix_socket_directories": self._sockets,
            "unix_socket_permissions": "0700",
        }
        if self._servers.installation.tls:
            settings |= {
                "ssl": "on",
                "ssl_cert_file": self._folder / "server.crt",
                "ssl_key_file": self._folder / "server.key",
            }
        command = [self._servers.installation.program("postgres"), "-D", str(self._data)]
        command += [f"--{name}={value}" for name, value in settings.items()]
        with self.log_file.open("ab") as log:
            self._process = subprocess.Popen(
                ("sh", "-c", _SUPERVISOR, "sh", str(self._servers.folder), *command),
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C is for the emulator, which stops the server
                **self._servers.as_owner(),
            )
        deadline = monotonic() + _START_SECONDS
        while self._process.poll() is None:
            try:
                with self._superuser():
                    return True
            except psycopg.OperationalError:
                if monotonic() > deadline:
                    self.order_to_stop()
            sleep(_POLL_SECONDS)
        self._process = None
        return False

    def _set_master(self, connection: psycopg.Connection) -> None:
        """Create or change the master user; its first database is created with it."""
        name, database = sql.Identifier(self.cluster.master), self.cluster.database
        # The verifier, so that no log can contain the password.
        verifier = connection.pgconn.encrypt_password(
            self.cluster.password.encode(), self.cluster.master.encode(), b"scram-sha-256"
        )
        found = connection.execute("SELECT FROM pg_roles WHERE rolname = %s", [self.cluster.master])
        if created := found.rowcount == 0:
            connection.execute(
                sql.SQL(
                    "CREATE ROLE {} LOGIN CREATEDB CREATEROLE VALID UNTIL 'infinity' IN ROLE rds_superuser"
                ).format(name)
            )
        connection.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(name, sql.Literal(verifier.decode())))
        if created:
            for owned in ("postgres", "template1"):
                connection.execute(
                    sql.SQL("ALTER DATABASE {} OWNER TO {}").format(sql.Identifier(owned), name)
                )
            if database and database != "postgres":
                connection.execute(
                    sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(database), name)
                )

    def _set_parameters(self, connection: psycopg.Connection) -> None:
        dynamic = connection.execute(
            "SELECT name FROM pg_settings WHERE context NOT IN ('internal', 'postmaster')"
        )
        known = {str(name) for (name,) in dynamic} - set(_KEPT_PARAMETERS)
        connection.execute("ALTER SYSTEM RESET ALL")
        for name, value in self.cluster.parameters.items():
            if name in known:
                connection.execute(
                    sql.SQL("ALTER SYSTEM SET {} = {}").format(sql.Identifier(name), sql.Literal(value))
                )
        self._write_access_rules()
        connection.execute("SELECT pg_reload_conf()")

    def _end_of_log(self) -> str:
        return "\n".join(self.log_file.read_text(encoding="utf-8", errors="replace").splitlines()[-5:])


class Servers:
    """The servers of all clusters of an emulator, in a folder for temporary files.

    A context manager that makes itself `current`, and on exit stops the servers and deletes their files. The
    first start of a server creates the folder: without PostgreSQL, an emulator can do everything else.
    """

    folder: Path
    authority: Authority

    def __init__(self, installation: Installation | None = None) -> None:
        self._installation = installation
        self.prepared = False
        self.failures: list[str] = []
        self._versions: set[str] = set()
        self._servers: dict[str, Server] = {}
        self._lock = Lock()
        self._template_lock = Lock()
        self._pool = ThreadPoolExecutor(_CONCURRENT_STARTS, thread_name_prefix="postgres")
        self._starts: list[Future[None]] = []
        self._count = 0
        self._cleaner: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        _current.append(self)
        return self

    def __exit__(self, *_: object) -> None:
        _current.remove(self)
        outer = current()
        hosts.use_ca(outer.authority.file if outer and outer.prepared else None)
        self.delete_all()
        self._pool.shutdown(cancel_futures=True)
        if self._cleaner is not None:
            self._cleaner.communicate(b"stop\n")
        if self.prepared:
            shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def installation(self) -> Installation:
        """The one that was given, or the best one of this machine. Raises PostgresUnavailableError."""
        if self._installation is None:
            self._installation = installation()
        return self._installation

    def prepare(self) -> None:
        """Create the folder and the authority, once. Raises PostgresUnavailableError."""
        with self._template_lock:
            if self.prepared:
                return
            _ = self.installation  # first, so that without one nothing is created
            folder = Path(tempfile.mkdtemp(prefix="pg-", dir=self._temporary()))
            try:
                self.give(folder)
            except OSError as error:  # such as in a user namespace that has no other user
                folder.rmdir()
                raise PostgresUnavailableError(
                    f"PostgreSQL does not run as root, nor can it run as another user: {error}"
                ) from error
            # Clients of any user read the certificate of the authority.
            folder.chmod(0o711)
            self.folder = folder
            self.authority = Authority(folder / "rds-ca.pem")
            self.authority.file.chmod(0o644)
            hosts.use_ca(self.authority.file)
            self.prepared = True

    def start(self, cluster: Cluster, when_done: Callable[[bool], None]) -> None:
        """Start the cluster's server in the background, and say whether it runs."""
        with self._lock:
            server = self._servers.get(cluster.identifier)
            if server is None:
                server = self._servers[cluster.identifier] = Server(cluster, str(self._count), self)
                self._count += 1
            server.wanted = True
            self._versions.add(cluster.engine_version.partition(".")[0])
            self._starts = [each for each in self._starts if not each.done()]
            self._starts.append(self._pool.submit(self._start, server, when_done))

    def _start(self, server: Server, when_done: Callable[[bool], None]) -> None:
        try:
            self.prepare()
            server.start()
        except (OSError, psycopg.Error, PostgresUnavailableError) as error:
            if not server.wanted:
                return
            self.failures.append(f"{server.cluster.endpoints[0]}: {error}")
            when_done(False)
        else:
            when_done(True)

    def stop(self, identifier: str) -> None:
        """Stop the cluster's server, if it has one, and keep its files."""
        if server := self.of(identifier):
            server.wanted = False
            server.stop()

    def of(self, identifier: str) -> Server | None:
        """The server of the cluster, which may not have started yet."""
        with self._lock:
            return self._servers.get(identifier)

    def delete(self, identifier: str) -> None:
        """Stop the cluster's server, if it has one, and delete its files."""
        with self._lock:
            server = self._servers.pop(identifier, None)
        if server is not None:
            server.delete()

    def delete_all(self) -> None:
        """Stop all servers and delete their files."""
        with self._lock:
            servers = list(self._servers.values())
            self._servers.clear()
            for start in self._starts:
                start.cancel()
        for server in servers:
            server.wanted = False
            server.order_to_stop()
        for server in servers:
            server.delete()

    def wait(self) -> None:
        """Wait until the servers whose start was ordered accept connections, or have failed."""
        with self._lock:
            starts = list(self._starts)
        futures.wait(starts)

    def notes(self) -> list[str]:
        """In which respects the servers differ from what was asked for."""
        notes = [f"PostgreSQL does not run: {failure}" for failure in self.failures]
        if not self.prepared:
            return notes
        version = self.installation
        if others := sorted(self._versions - {version.major}):
            notes.append(
                f"Aurora PostgreSQL {', '.join(others)} is PostgreSQL {version.version} on this machine."
            )
        if self._versions and not version.tls:
            notes.append(
                "The PostgreSQL of this machine is built without TLS, and accepts connections without it."
                f" Install PostgreSQL {PREFERRED_MAJOR} to have TLS as on AWS."
            )
        return notes

    def template(self) -> Path:
        """The data of a new server, created once, since that takes longer than to copy it."""
        folder = self.folder / "template"
        with self._template_lock:
            if not folder.exists():
                self._cleaner = subprocess.Popen(
                    ("sh", "-c", _CLEANER, "sh", str(self.folder)),
                    stdin=subprocess.PIPE,
                    start_new_session=True,
                    **self.as_owner(),
                )
                new = self.folder / "new"
                self.run(
                    *(self.installation.program("initdb"), "-D", str(new), "--username", SUPERUSER),
                    *("--encoding=UTF8", "--locale=C", "--auth=reject", "--wal-segsize=1"),
                    *("--no-sync", "--no-instructions"),
                )
                with (new / "postgresql.conf").open("a", encoding="utf-8") as file:
                    file.write(_CONFIGURATION)
                printed = self.run(
                    *(self.installation.program("postgres"), "--single", "-D", str(new), "postgres"),
                    text=_ROLES.strip() + "\n",
                )
                if "ERROR" in printed or "FATAL" in printed:
                    raise PostgresUnavailableError(f"PostgreSQL's first statements failed:\n{printed}")
                new.rename(folder)
        return folder

    def run(self, *command: str, text: str = "") -> str:
        """Run a program as PostgreSQL's user, and return what it prints. Raises PostgresUnavailableError."""
        finished = subprocess.run(
            command,
            input=text,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            **self.as_owner(),
        )
        if finished.returncode != 0:
            raise PostgresUnavailableError(f"{command[0]} failed: {finished.stdout.strip()}")
        return str(finished.stdout)

    def as_owner(self) -> dict[str, Any]:
        """Arguments of a subprocess that runs as PostgreSQL's user, without the user's settings for libpq."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
        arguments: dict[str, Any] = {"cwd": self.folder, "env": inherited | {"LC_ALL": "C", "TZ": "UTC"}}
        if owner := self.installation.owner:
            arguments |= {"user": owner.uid, "group": owner.gid, "extra_groups": []}
        return arguments

    def give(self, path: Path) -> None:
        """Make PostgreSQL's user the owner of a file or folder."""
        if owner := self.installation.owner:
            os.chown(path, owner.uid, owner.gid)

    def _temporary(self) -> Path:
        """A folder in memory if there is enough, otherwise the one for temporary files; /tmp if the path of
        that is too long, or PostgreSQL's user cannot enter it."""
        if os.access(_MEMORY, os.W_OK) and shutil.disk_usage(_MEMORY).free >= _ENOUGH_MEMORY:
            return _MEMORY
        folder = Path(tempfile.gettempdir()).resolve()
        entered = self.installation.owner is None or all(
            each.stat().st_mode & stat.S_IXOTH for each in (folder, *folder.parents)
        )
        return folder if entered and len(str(folder)) <= _LONGEST_FOLDER else Path("/tmp")  # noqa: S108


_current: list[Servers] = []


def current() -> Servers | None:
    """The servers of the emulator that runs in this process; None without an emulator that has databases."""
    return _current[-1] if _current else None


def connect(
    account: Account,
    cluster_identifier: str,
    *,
    user: str,
    password: str,
    database: str | None = None,
    **changed: str,
) -> psycopg.Connection:
    """A connection to the cluster's writer endpoint as a client outside the emulator makes it: by name, with
    the authority's certificate (`sslmode=verify-full`). `changed` are further parameters of libpq."""
    (cluster,) = account.client("rds").describe_db_clusters(DBClusterIdentifier=cluster_identifier)[
        "DBClusters"
    ]
    parameters = {
        "port": str(cluster["Port"]),
        "user": user,
        "password": password,
        "dbname": database or cluster.get("DatabaseName") or "postgres",
        "connect_timeout": "10",
    }
    found = libpq_parameters(changed.get("host", cluster["Endpoint"]))
    return psycopg.connect(make_conninfo(**parameters | found | changed))


def libpq_parameters(host_name: str) -> dict[str, str]:
    """libpq's parameters that lead to a cluster's endpoint: its address, and how its certificate is checked.

    Waits for servers that are being started. Raises PostgresUnavailableError if none has the endpoint.
    """
    servers = current()
    if servers is not None:
        servers.wait()
    address, authority = hosts.address_of(host_name), hosts.ca_file()
    if servers is None or address is None or authority is None:
        raise PostgresUnavailableError(f"no database listens at {host_name}")
    if not servers.installation.tls:
        return {"host": host_name, "hostaddr": address, "sslmode": "disable"}
    return {
        "host": host_name,
        "hostaddr": address,
        "sslmode": "verify-full",
        "sslrootcert": str(authority),
    }


def _free_address(port: int) -> str:
    """A random loopback address at which nothing listens on the port."""
    problem: OSError | None = None
    for _ in range(_ADDRESSES_TRIED):
        address = f"127.{random.randint(1, 254)}.{random.randint(0, 255)}.{random.randint(1, 254)}"  # noqa: S311
        try:
            with socket.socket() as tried:
                tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                tried.bind((address, port))
        except OSError as error:
            problem = error
        else:
            return address
    raise PostgresUnavailableError(f"no loopback address has a free port {port}: {problem}")
