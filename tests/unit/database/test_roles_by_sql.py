"""The roles that the role manager makes: what each can and cannot, by SQL on a PostgreSQL as Aurora's."""

import re
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Event, Thread, Timer
from typing import Any

import psycopg
import pytest
from pg8000.exceptions import DatabaseError
from psycopg import errors

from constructs_lib.database.functions.roles import handler
from constructs_lib.database.functions.roles.handler import Login, RolesError
from tests.emulator import hosts
from tests.emulator.postgres_installation import installations
from tests.unit.database.servers import DATABASE, GROUP, MASTER, OWNER, A, Aurora, B, Clusters
from tests.unit.database.statements import (
    APPLICATION_CAN,
    APPLICATION_CANNOT,
    OWNER_CAN,
    OWNER_CANNOT,
    SCHEMA,
)

pytestmark = pytest.mark.skipif(not installations(), reason="PostgreSQL is not installed")

NEW_PASSWORD = "password-after-the-rotation"  # noqa: S105 - a value for a test


@pytest.fixture(scope="module", params=installations(), ids=lambda each: f"PostgreSQL {each.major}")
def clusters(request: pytest.FixtureRequest) -> Iterator[Clusters]:
    """Clusters on each PostgreSQL of this machine, whose endpoints the role manager finds and trusts."""
    resolve = socket.getaddrinfo

    def find(host: str, *arguments: Any, **named: Any) -> object:  # noqa: ANN401 - as in socket
        return resolve(hosts.address_of(host) or host, *arguments, **named)

    with Clusters(request.param) as started, pytest.MonkeyPatch.context() as patched:
        patched.setattr(socket, "getaddrinfo", find)
        patched.setattr(handler, "CA_BUNDLE", started.authority)
        yield started


@pytest.fixture(scope="module")
def kept(clusters: Clusters) -> Aurora:
    """A cluster on which the role manager has run, and a table with a sequence of a migration after it."""
    aurora = clusters.start()
    aurora.keep()
    with aurora.connect(OWNER) as owner:
        for statement in SCHEMA:
            owner.execute(statement)
    return aurora


@pytest.fixture
def own(clusters: Clusters) -> Aurora:
    """A new cluster for one test, without roles."""
    return clusters.start()


@pytest.fixture(scope="module")
def drifting(clusters: Clusters) -> Aurora:
    """A cluster with its roles, which each test changes and the role manager repairs."""
    aurora = clusters.start()
    aurora.keep()
    return aurora


class TestTheApplicationCan:
    @pytest.mark.parametrize("login", [A, B])
    @pytest.mark.parametrize(
        "statement",
        APPLICATION_CAN,
    )
    def test_read_and_write_what_a_later_migration_creates(
        self, kept: Aurora, login: str, statement: str
    ) -> None:
        with kept.connect(login) as connection:
            connection.execute(statement)


class TestTheApplicationCannot:
    @pytest.mark.parametrize(
        "statement",
        APPLICATION_CANNOT,
    )
    def test_change_the_schema_or_become_another_role(self, kept: Aurora, statement: str) -> None:
        with kept.connect(A) as connection, pytest.raises(errors.InsufficientPrivilege):
            connection.execute(statement.format(master=MASTER, database=DATABASE))

    @pytest.mark.parametrize("database", ["postgres", "template1"])
    def test_connect_to_another_database(self, kept: Aurora, database: str) -> None:
        for login in (A, B):
            with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
                kept.connect(login, database)

    def test_give_its_privileges_to_others(self, kept: Aurora) -> None:
        """PostgreSQL warns instead of refusing it."""
        before = kept.state()
        with kept.connect(A) as connection:
            connection.execute("GRANT SELECT ON charges TO PUBLIC")
        assert kept.state() == before

    def test_log_in_as_the_group(self, kept: Aurora) -> None:
        with pytest.raises(
            psycopg.OperationalError, match=r"not permitted to log in|password authentication"
        ):
            kept.connect(GROUP, password="any")  # noqa: S106 - a value for a test


class TestTheOwner:
    @pytest.mark.parametrize(
        "statements",
        OWNER_CAN,
    )
    def test_can_change_the_schema(self, kept: Aurora, statements: str) -> None:
        with kept.connect(OWNER) as connection:
            connection.execute(statements)

    @pytest.mark.parametrize(
        "statement",
        OWNER_CANNOT,
    )
    def test_cannot_manage_roles_or_databases(self, kept: Aurora, statement: str) -> None:
        with kept.connect(OWNER) as connection, pytest.raises(errors.InsufficientPrivilege):
            connection.execute(statement.format(master=MASTER, database=DATABASE))

    @pytest.mark.parametrize("database", ["postgres", "template1"])
    def test_cannot_connect_to_another_database(self, kept: Aurora, database: str) -> None:
        with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
            kept.connect(OWNER, database)


class TestTheMaster:
    def test_can_still_use_what_the_owner_owns(self, kept: Aurora) -> None:
        with kept.connect(MASTER) as connection:
            connection.execute("SELECT * FROM charges, ledger.entries")

    def test_connects_to_its_other_databases(self, kept: Aurora) -> None:
        kept.connect(MASTER, "postgres").close()


class TestRunAgain:
    def test_reports_and_changes_nothing(self, kept: Aurora) -> None:
        kept.keep()
        before = kept.state()
        assert kept.keep() == []
        assert kept.state() == before

    def test_makes_the_roles_when_it_first_runs(self, own: Aurora) -> None:
        changes = own.keep()
        assert [each for each in changes if each.startswith("created")] == [
            f"created {name}" for name in (OWNER, GROUP, A, B)
        ]

    @pytest.mark.parametrize(
        ("drift", "change"),
        [
            (f"ALTER ROLE {A} CREATEDB NOLOGIN", f"changed the attributes of {A}"),
            (f"REVOKE {GROUP} FROM {B}", f"granted {GROUP} to {B}"),
            (
                f"GRANT CONNECT ON DATABASE {DATABASE} TO PUBLIC",
                f"revoked the database {DATABASE} from PUBLIC",
            ),
            ("GRANT CREATE ON SCHEMA public TO PUBLIC", "revoked creating in the schema public from PUBLIC"),
            (
                f"REVOKE CONNECT ON DATABASE {DATABASE} FROM {GROUP}",
                f"granted the database {DATABASE} to {GROUP}",
            ),
            (f"ALTER ROLE {A} PASSWORD 'drifted'", f"set the password of {A}"),
        ],
    )
    def test_repairs_what_was_changed_by_hand(self, drifting: Aurora, drift: str, change: str) -> None:
        before = {name: rows for name, rows in drifting.state().items() if name != "roles"}
        with drifting.connect(MASTER) as connection:
            connection.execute(
                f"SET ROLE {OWNER}" if "DATABASE" in drift or "SCHEMA" in drift else "RESET ROLE"
            )
            connection.execute(drift)
        assert drifting.keep() == [change]
        assert {name: rows for name, rows in drifting.state().items() if name != "roles"} == before
        drifting.connect(A).close()

    def test_a_membership_that_the_master_cannot_revoke_is_an_error(self, own: Aurora) -> None:
        """From 16 on, only who has ADMIN on a role, or is a superuser, revokes it."""
        if own.server.cluster.engine_version < "16":
            pytest.skip("below 16, the master revokes every role of others")
        own.keep()
        with own.superuser() as connection:
            connection.execute(f"GRANT rds_superuser TO {A}")
        with pytest.raises(RolesError, match=r"memberships: permission denied to revoke role .rds_superuser"):
            own.keep()

    def test_revokes_a_role_that_was_granted_to_a_login(self, own: Aurora) -> None:
        own.keep()
        with own.connect(MASTER) as connection:
            connection.execute("CREATE ROLE reporting")
            connection.execute(f"GRANT reporting TO {A}")
        assert own.keep() == [f"revoked reporting from {A}"]

    def test_an_error_changes_nothing(self, own: Aurora, monkeypatch: pytest.MonkeyPatch) -> None:
        before = own.state()
        monkeypatch.setattr(handler, "_SEQUENCE_PRIVILEGES", ("USAGE", "NONSENSE"))
        with pytest.raises(RolesError, match="granting access"):
            own.keep()
        assert own.state() == before

    def test_two_at_once_run_one_after_the_other(self, own: Aurora) -> None:
        results: list[list[str] | Exception] = []

        def run() -> None:
            try:
                results.append(own.keep())
            except RolesError as error:
                results.append(error)

        threads = [Thread(target=run) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(map(bool, results)) == [False, False, True]
        assert [] in results


class TestAnExistingDeployment:
    """Its tasks log in as the master, who owns everything."""

    @pytest.fixture
    def existing(self, own: Aurora) -> Aurora:
        with own.connect(MASTER) as master:
            master.execute("CREATE SCHEMA app")
            master.execute("CREATE TABLE app.payments (id bigserial, cents int)")
            master.execute("CREATE VIEW totals AS SELECT sum(cents) FROM app.payments")
            master.execute("CREATE FUNCTION one() RETURNS int LANGUAGE sql AS 'SELECT 1'")
        return own

    def test_the_owner_owns_everything_in_the_database(self, existing: Aurora) -> None:
        existing.keep()
        with existing.connect(OWNER) as owner:
            owner.execute("ALTER TABLE app.payments ADD COLUMN note text")
            owner.execute("DROP FUNCTION one()")

    def test_the_application_reads_and_writes_the_existing_tables(self, existing: Aurora) -> None:
        existing.keep()
        with existing.connect(A) as application:
            application.execute("INSERT INTO app.payments (cents) VALUES (1)")
            application.execute("SELECT * FROM totals")

    def test_the_open_connection_of_a_task_goes_on(self, existing: Aurora) -> None:
        with existing.connect(MASTER) as task:
            existing.keep()
            task.execute("INSERT INTO app.payments (cents) VALUES (1)")

    def test_the_masters_other_databases_stay_its_own(self, existing: Aurora) -> None:
        query = "SELECT datname FROM pg_database WHERE datdba = %s::regrole ORDER BY 1"
        existing.keep()
        with existing.superuser() as connection:
            of_master = connection.execute(query, [MASTER]).fetchall()
            of_owner = connection.execute(query, [OWNER]).fetchall()
        assert of_master == [("postgres",), ("template1",)]
        assert of_owner == [(DATABASE,)]

    def test_an_extension_of_the_master_stays(self, own: Aurora) -> None:
        with own.connect(MASTER) as master:
            try:
                master.execute("CREATE EXTENSION pgcrypto")
            except errors.FeatureNotSupported:
                pytest.skip("this PostgreSQL has no extension pgcrypto")
        own.keep()
        assert own.keep() == []
        with own.connect(A) as application:
            application.execute("SELECT gen_random_bytes(1)")


class TestAnUpgradedDatabase:
    def test_the_roles_of_15_are_kept_on_16(self, own: Aurora) -> None:
        """pg_upgrade takes the memberships along as the superuser's grants, with their ADMIN options."""
        if own.server.cluster.engine_version < "16":
            pytest.skip("it needs PostgreSQL 16 or newer")
        with own.superuser() as connection:
            connection.execute(f"CREATE ROLE {GROUP}")
            for name in (OWNER, A, B):
                connection.execute(f"CREATE ROLE {name} LOGIN PASSWORD 'of 15'")
            for name in (OWNER, GROUP, A, B):
                connection.execute(f"GRANT {name} TO {MASTER} WITH ADMIN OPTION")
            connection.execute(f"GRANT {GROUP} TO {A}, {B}")
        changes = own.keep()
        assert not [each for each in changes if each.startswith("created")]
        assert own.keep() == []
        own.connect(A).close()


class TestPasswords:
    def test_a_rotation_sets_the_password_of_one_login_only(self, own: Aurora) -> None:
        own.keep()
        before = own.verifiers()
        own.passwords[B] = NEW_PASSWORD
        assert own.keep() == [f"set the password of {B}"]
        after = own.verifiers()
        assert {name for name in after if after[name] != before[name]} == {B}

    def test_the_server_stores_scram_verifiers(self, kept: Aurora) -> None:
        verifiers = kept.verifiers()
        for name in (OWNER, A, B):
            assert re.fullmatch(r"SCRAM-SHA-256\$4096:[\w+/=]+\$[\w+/=]+:[\w+/=]+", verifiers[name])

    def test_the_log_has_the_changes_of_roles_and_no_password(self, own: Aurora) -> None:
        own.keep()
        own.passwords[A] = NEW_PASSWORD
        own.keep()
        log = own.server.log_file.read_text(encoding="utf-8")
        assert f'ALTER ROLE "{A}" PASSWORD' in log or f"ALTER ROLE {A} PASSWORD" in log
        assert not [password for password in own.passwords.values() if password in log]

    def test_a_client_that_always_opens_new_connections_sees_no_rotation_until_the_second(
        self, own: Aurora
    ) -> None:
        """It keeps the credentials that it was started with, as a task does."""
        own.keep()
        password, stop = own.passwords[A], Event()
        outcomes: list[bool] = []

        def client() -> None:
            while not stop.is_set():
                try:
                    own.connect(A, password=password).close()
                    outcomes.append(True)
                except psycopg.OperationalError:
                    outcomes.append(False)
                time.sleep(0.05)

        thread = Thread(target=client)
        thread.start()
        try:
            own.passwords[B] = NEW_PASSWORD
            own.keep()
            time.sleep(0.5)
            after_first = list(outcomes)
            own.passwords[A] = f"{NEW_PASSWORD}-2"
            own.keep()
            time.sleep(0.5)
        finally:
            stop.set()
            thread.join()
        assert after_first
        assert all(after_first)
        assert outcomes[-1] is False

    def test_the_password_is_set_unlogged_if_the_server_refuses_a_verifier(
        self, own: Aurora, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Whether Aurora accepts a verifier is not documented."""
        with own.superuser() as connection:
            connection.execute(f"GRANT SET ON PARAMETER log_statement TO {MASTER}")
        refuse_verifiers(monkeypatch)
        own.keep()
        for name in (OWNER, A, B):
            own.connect(name).close()
        log = own.server.log_file.read_text(encoding="utf-8")
        assert not [password for password in own.passwords.values() if password in log]

    def test_no_password_is_set_where_it_would_be_logged(
        self, own: Aurora, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        refuse_verifiers(monkeypatch)
        before = own.state()
        with pytest.raises(RolesError) as raised:
            own.keep()
        assert str(raised.value) == f"The password of {OWNER} cannot be set: SQLSTATE 42501"
        assert own.state() == before
        log = own.server.log_file.read_text(encoding="utf-8")
        assert not [password for password in own.passwords.values() if password in log]


def refuse_verifiers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the server refuse ready-made verifiers, as a server could that checks passwords."""
    alter = handler._Manager._alter_password

    def refuse(manager: handler._Manager, login: Login, password: str) -> None:
        if password.startswith("SCRAM-SHA-256$"):
            raise DatabaseError({"C": "22023", "M": f"refused: {password}"})
        alter(manager, login, password)

    monkeypatch.setattr(handler._Manager, "_alter_password", refuse)


class TestLoggingIn:
    def test_a_password_that_rds_has_not_set_yet_is_waited_for(
        self, own: Aurora, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """ModifyDBCluster returns before the password is set."""
        monkeypatch.setattr(handler, "_POLL_SECONDS", 0.05)
        login = Login(MASTER, NEW_PASSWORD)
        Timer(0.5, own.server.set_password, [NEW_PASSWORD]).start()
        own.manager().connect(login, until=time.monotonic() + 20).close()

    def test_a_wrong_password_is_an_error_without_it(
        self, own: Aurora, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(handler, "_POLL_SECONDS", 0.05)
        with pytest.raises(RolesError, match=r"SQLSTATE 28P01") as raised:
            own.manager().connect(Login(MASTER, NEW_PASSWORD), until=time.monotonic() + 0.2)
        assert NEW_PASSWORD not in str(raised.value)

    def test_a_server_of_another_authority_is_refused_at_once(
        self, own: Aurora, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        if not own.tls:
            pytest.skip("this PostgreSQL has no TLS")
        monkeypatch.undo()
        bundle = Path(handler.__file__).with_name("rds-ca-bundle.pem")
        monkeypatch.setattr(handler, "CA_BUNDLE", bundle)
        with pytest.raises(RolesError, match=r"certificate .* is refused .*rds-ca-bundle.pem"):
            own.manager().connect(Login(MASTER, own.passwords[MASTER]), until=time.monotonic() + 60)

    def test_a_server_under_another_name_is_refused(self, own: Aurora) -> None:
        if not own.tls:
            pytest.skip("this PostgreSQL has no TLS")
        hosts.register("another.cluster-abc.us-east-1.rds.amazonaws.com", str(hosts.address_of(own.host)))
        manager = handler.Server("another.cluster-abc.us-east-1.rds.amazonaws.com", 5432, DATABASE)
        with pytest.raises(RolesError, match=r"certificate .* is refused"):
            manager.connect(Login(MASTER, own.passwords[MASTER]), until=time.monotonic() + 60)
