"""The PostgreSQL behind an Aurora cluster of the emulator, as its clients see it."""

import os
import re
import signal
import socket
import ssl
import struct
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from itertools import count
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from constructs_lib.database.parameters import PARAMETERS
from tests.emulator import hosts, postgres
from tests.emulator.account import Account
from tests.emulator.deployment import CHECKOUT
from tests.emulator.postgres import Server, Servers
from tests.emulator.postgres_installation import (
    Installation,
    PostgresUnavailableError,
    installations,
)
from tests.emulator.requirements import tls_to_the_database_or_skip
from tests.emulator.server import Emulator
from tests.unit.emulator.accounts import AccountWithClients
from tests.unit.emulator.clusters import (
    DATABASE,
    MASTER,
    PASSWORD,
    create_cluster,
    create_instance,
    delete_instance,
    set_parameters,
    standalone,
)

NUMBERS = count()
LISTENING = "0A"
OTHER_PASSWORD = "a-second-password"  # noqa: S105 - a value for the emulator


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with Emulator() as running:
        yield running


@pytest.fixture(scope="module")
def account(emulator: Emulator) -> Account:
    return AccountWithClients(**vars(emulator.account))


@pytest.fixture(scope="module")
def shared(account: Account) -> str:
    """A cluster with an instance, which no test changes."""
    create_cluster(account, "shared", parameters=PARAMETERS)
    create_instance(account, "shared", "shared-writer")
    return "shared"


@pytest.fixture
def own(account: Account) -> Iterator[str]:
    """A cluster with an instance, for one test."""
    name = f"own-{next(NUMBERS)}"
    create_cluster(account, name, parameters=PARAMETERS)
    create_instance(account, name, f"{name}-writer")
    yield name
    rds = account.client("rds")
    for instance in rds.describe_db_instances()["DBInstances"]:
        if instance["DBClusterIdentifier"] == name:
            delete_instance(account, instance["DBInstanceIdentifier"])
    if name in {each["DBClusterIdentifier"] for each in rds.describe_db_clusters()["DBClusters"]}:
        rds.delete_db_cluster(DBClusterIdentifier=name, SkipFinalSnapshot=True)


@pytest.fixture
def tls() -> None:
    tls_to_the_database_or_skip()


def cluster_of(account: Account, name: str) -> dict[str, Any]:
    (cluster,) = account.client("rds").describe_db_clusters(DBClusterIdentifier=name)["DBClusters"]
    return dict(cluster)


def login(account: Account, cluster: str, password: str = PASSWORD, **changed: str) -> psycopg.Connection:
    return postgres.connect(account, cluster, user=MASTER, password=password, **changed)


def server_of(account: Account, cluster: str) -> Server:
    servers = postgres.current()
    assert servers is not None
    servers.wait()
    server = servers.of(cluster_of(account, cluster)["DbClusterResourceId"])
    assert server is not None
    return server


def query(connection: psycopg.Connection, statement: str) -> Any:  # noqa: ANN401 - of any type
    row = connection.execute(statement.encode()).fetchone()
    assert row is not None
    return row[0]


def eventually(condition: Callable[[], bool], seconds: float = 10.0) -> bool:
    """Whether the condition holds within some seconds."""
    deadline = monotonic() + seconds
    while not condition():
        if monotonic() > deadline:
            return False
        sleep(0.05)
    return True


def runs(process_id: int) -> bool:
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.usefixtures("tls")
def test_the_master_logs_in_over_tls_that_names_the_endpoint(account: Account, shared: str) -> None:
    with login(account, shared, sslmode="verify-full") as connection:
        assert query(connection, "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()") is True


@pytest.mark.usefixtures("tls")
def test_the_certificate_is_not_valid_for_another_name(account: Account, shared: str) -> None:
    endpoint = cluster_of(account, shared)["Endpoint"]
    hosts.register("other.example.com", str(hosts.address_of(endpoint)))
    with pytest.raises(psycopg.OperationalError, match=r"does not match host name .other\.example\.com"):
        login(account, shared, host="other.example.com")
    hosts.unregister("other.example.com")


@pytest.mark.usefixtures("tls")
def test_the_certificates_pass_strict_verification(account: Account, shared: str) -> None:
    server_of(account, shared)
    endpoint = cluster_of(account, shared)["ReaderEndpoint"]
    context = ssl.create_default_context(cafile=str(hosts.ca_file()))
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    with socket.create_connection((str(hosts.address_of(endpoint)), 5432)) as plain:
        plain.sendall(struct.pack("!ii", 8, 80877103))  # SSLRequest of PostgreSQL's protocol
        assert plain.recv(1) == b"S"
        with context.wrap_socket(plain, server_hostname=endpoint) as encrypted:
            assert encrypted.version() == "TLSv1.3"


@pytest.mark.usefixtures("tls")
def test_a_connection_without_tls_is_refused(account: Account, shared: str) -> None:
    with pytest.raises(psycopg.OperationalError, match=r"no pg_hba\.conf entry for host .* no encryption"):
        login(account, shared, sslmode="disable")


def test_a_wrong_password_is_refused(account: Account, shared: str) -> None:
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        login(account, shared, password=OTHER_PASSWORD)


def test_the_master_is_no_superuser(account: Account, shared: str) -> None:
    with login(account, shared) as connection:
        attributes = connection.execute(
            "SELECT rolsuper, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls FROM pg_roles"
            " WHERE rolname = current_user"
        ).fetchone()
        assert attributes == (False, True, True, False, False)
        assert query(connection, "SELECT pg_has_role('rds_superuser', 'member')") is True
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("SELECT * FROM pg_authid")


def test_the_master_owns_the_first_database(account: Account, shared: str) -> None:
    with login(account, shared) as connection:
        assert query(connection, "SELECT current_database()") == DATABASE
        owner = "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = current_database()"
        assert query(connection, owner) == MASTER
        assert query(connection, "SHOW server_encoding") == "UTF8"


def test_passwords_are_stored_as_scram_verifiers(account: Account, shared: str) -> None:
    with login(account, shared) as connection:
        assert query(connection, "SHOW password_encryption") == "scram-sha-256"


@pytest.mark.parametrize("user", [postgres.SUPERUSER, MASTER])
def test_the_superuser_and_its_database_are_out_of_reach(account: Account, shared: str, user: str) -> None:
    database = DATABASE if user == postgres.SUPERUSER else postgres.SUPERUSER
    with pytest.raises(psycopg.OperationalError, match=r"pg_hba\.conf rejects connection"):
        postgres.connect(account, shared, user=user, password=PASSWORD, database=database)


def test_the_readers_endpoint_leads_to_the_database(account: Account, shared: str) -> None:
    with login(account, shared, host=cluster_of(account, shared)["ReaderEndpoint"]) as connection:
        assert query(connection, "SELECT current_database()") == DATABASE


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_the_server_listens_on_the_loopback_interface_only(account: Account, shared: str) -> None:
    process = Path("/proc", str(server_of(account, shared).process_id))
    links = [str(each.readlink()) for each in (process / "fd").iterdir()]
    sockets = {match[1] for link in links if (match := re.fullmatch(r"socket:\[(\d+)]", link))}
    listening = [
        fields[1]
        for table in ("tcp", "tcp6")
        for fields in map(str.split, (process / "net" / table).read_text().splitlines()[1:])
        if fields[3] == LISTENING and fields[9] in sockets
    ]
    # The address in hexadecimal, its last byte first, and the port.
    assert [address[6:] for address in listening] == [f"7F:{5432:04X}"]


def test_a_changed_password_replaces_the_first(account: Account, own: str) -> None:
    login(account, own).close()
    account.client("rds").modify_db_cluster(DBClusterIdentifier=own, MasterUserPassword=OTHER_PASSWORD)
    login(account, own, password=OTHER_PASSWORD).close()
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        login(account, own)


def test_a_password_changed_while_no_instance_runs_is_valid_afterwards(account: Account, own: str) -> None:
    login(account, own).close()
    delete_instance(account, f"{own}-writer")
    account.client("rds").modify_db_cluster(DBClusterIdentifier=own, MasterUserPassword=OTHER_PASSWORD)
    create_instance(account, own, f"{own}-writer")
    login(account, own, password=OTHER_PASSWORD).close()


def test_the_log_has_changes_of_the_schema_but_no_password(account: Account, own: str) -> None:
    account.client("rds").modify_db_cluster(DBClusterIdentifier=own, MasterUserPassword=OTHER_PASSWORD)
    with login(account, own, password=OTHER_PASSWORD) as connection:
        connection.execute("CREATE TABLE payment (id int)")
        connection.execute("SELECT 'not logged'")
    log = server_of(account, own).log_file.read_text()
    assert f"connection authorized: user={MASTER} database={DATABASE}" in log
    assert "CREATE TABLE payment" in log
    secret = (PASSWORD, OTHER_PASSWORD, "SCRAM-SHA-256$", "not logged")
    assert [each for each in secret if each in log] == []


@pytest.mark.usefixtures("tls")
def test_changed_parameters_apply_at_once(account: Account, own: str) -> None:
    set_parameters(account, own, {"rds.force_ssl": "0", "log_statement": "none"})
    with login(account, own, sslmode="disable") as connection:
        assert query(connection, "SHOW log_statement") == "none"
    set_parameters(account, own, {"rds.force_ssl": "1", "log_statement": "all"})
    with pytest.raises(psycopg.OperationalError, match="no encryption"):
        login(account, own, sslmode="disable")
    with login(account, own) as connection:
        assert query(connection, "SHOW log_statement") == "all"


def test_two_clusters_have_databases_of_their_own(account: Account, shared: str, own: str) -> None:
    with login(account, own) as connection:
        connection.execute("CREATE TABLE only_here (id int)")
    with login(account, own) as connection:
        assert query(connection, "SELECT count(*) FROM only_here") == 0
    with login(account, shared) as other, pytest.raises(psycopg.errors.UndefinedTable):
        other.execute("SELECT count(*) FROM only_here")


def test_an_instance_is_available_once_its_database_accepts_connections(account: Account) -> None:
    create_cluster(account, "states")
    rds = account.client("rds")
    create_instance(account, "states", "states-writer")

    def status() -> str:
        (instance,) = rds.describe_db_instances(DBInstanceIdentifier="states-writer")["DBInstances"]
        return str(instance["DBInstanceStatus"])

    assert status() == "creating"
    assert eventually(lambda: status() == "available", seconds=60)
    endpoint = cluster_of(account, "states")["Endpoint"]
    socket.create_connection((str(hosts.address_of(endpoint)), 5432)).close()


def test_a_database_that_does_not_start_fails_its_instance(
    emulator: Emulator, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_address(_port: int) -> str:
        raise PostgresUnavailableError("no address is free")

    assert emulator.databases is not None
    monkeypatch.setattr(postgres, "_free_address", no_address)
    create_cluster(account, "failing")
    create_instance(account, "failing", "failing-writer")
    emulator.databases.wait()
    rds = account.client("rds")
    (instance,) = rds.describe_db_instances(DBInstanceIdentifier="failing-writer")["DBInstances"]
    assert instance["DBInstanceStatus"] == "failed"
    assert any("no address is free" in note for note in emulator.databases.notes())


def test_a_cluster_without_instances_accepts_no_connections_and_keeps_its_data(
    account: Account, own: str
) -> None:
    with login(account, own) as connection:
        connection.execute("CREATE TABLE kept (id int)")
    process = server_of(account, own).process_id
    delete_instance(account, f"{own}-writer")
    assert not runs(process)
    with pytest.raises(PostgresUnavailableError):
        login(account, own)
    create_instance(account, own, f"{own}-again")
    with login(account, own) as connection:
        assert query(connection, "SELECT count(*) FROM kept") == 0


def test_a_stopped_cluster_accepts_no_connections_until_it_is_started(account: Account, own: str) -> None:
    login(account, own).close()
    rds = account.client("rds")
    rds.stop_db_cluster(DBClusterIdentifier=own)
    with pytest.raises(PostgresUnavailableError):
        login(account, own)
    rds.start_db_cluster(DBClusterIdentifier=own)
    login(account, own).close()


def test_deleting_a_cluster_ends_its_server_and_deletes_its_files(account: Account, own: str) -> None:
    server = server_of(account, own)
    process, folder = server.process_id, server.log_file.parent
    delete_instance(account, f"{own}-writer")
    account.client("rds").delete_db_cluster(DBClusterIdentifier=own, SkipFinalSnapshot=True)
    assert not runs(process)
    assert not folder.exists()


def test_a_cluster_deleted_while_its_server_starts_leaves_nothing(account: Account) -> None:
    create_cluster(account, "brief")
    create_instance(account, "brief", "brief-writer")
    servers = postgres.current()
    assert servers is not None
    endpoint = cluster_of(account, "brief")["Endpoint"]
    delete_instance(account, "brief-writer")
    account.client("rds").delete_db_cluster(DBClusterIdentifier="brief", SkipFinalSnapshot=True)
    servers.wait()
    assert hosts.address_of(endpoint) is None


OF_AN_EMULATOR = """
from time import sleep
from tests.emulator import postgres
from tests.emulator.processes import termination_as_interrupt
from tests.emulator.server import Emulator
from tests.unit.emulator.clusters import standalone
with termination_as_interrupt(), Emulator() as emulator:
    emulator.databases.start(standalone("one"), print)
    emulator.databases.wait()
    print(emulator.databases.of("one").process_id, emulator.databases.folder, flush=True)
    sleep(600)
"""
WITHOUT_AN_EMULATOR = """
from time import sleep
from tests.emulator.postgres import Servers
from tests.unit.emulator.clusters import standalone
with Servers() as servers:
    servers.start(standalone("one"), print)
    servers.wait()
    print(servers.of("one").process_id, servers.folder, flush=True)
    sleep(600)
"""


def ended(process_id: int, folder: Path) -> bool:
    """Whether a server's process and files are gone."""
    return not runs(process_id) and not folder.exists()


@pytest.mark.parametrize(
    ("program", "number"), [(OF_AN_EMULATOR, signal.SIGTERM), (WITHOUT_AN_EMULATOR, signal.SIGKILL)]
)
def test_a_server_ends_with_the_process_that_started_it(program: str, number: signal.Signals) -> None:
    with subprocess.Popen(
        (sys.executable, "-c", program),
        cwd=CHECKOUT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == "True\n"
        process, folder = parent.stdout.readline().split()
        assert runs(int(process))
        parent.send_signal(number)
    assert eventually(partial(ended, int(process), Path(folder)))


def wheel() -> Installation:
    """The PostgreSQL of the development packages, which has no TLS."""
    return next(each for each in installations() if not each.tls)


@pytest.fixture
def without_tls(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Servers, psycopg.Connection]]:
    """Servers without TLS, and a connection to one that stands for version 17."""
    monkeypatch.setattr(postgres, "installation", wheel)
    cluster, results = standalone("cluster", version="17.5"), list[bool]()
    with Servers() as servers:
        servers.start(cluster, results.append)
        servers.wait()
        assert results == [True], servers.failures
        found = postgres.libpq_parameters(cluster.endpoints[0])
        information = make_conninfo(**found, user=MASTER, password=PASSWORD, dbname=DATABASE)
        with psycopg.connect(information) as connection:
            yield servers, connection


def test_a_run_says_which_version_stands_for_another_and_that_tls_is_missing(
    without_tls: tuple[Servers, psycopg.Connection],
) -> None:
    servers, connection = without_tls
    version = query(connection, "SHOW server_version")
    assert query(connection, "SHOW ssl") == "off"
    assert servers.notes() == [
        f"Aurora PostgreSQL 17 is PostgreSQL {version} on this machine.",
        "The PostgreSQL of this machine is built without TLS, and accepts connections without it."
        " Install PostgreSQL 15 to have TLS as on AWS.",
    ]
