"""What each role of the deployed dev's database can and cannot, by SQL, and the role manager run again."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import psycopg
import pytest
from psycopg import errors

from tests.deployed.lookups import NAME, state_object
from tests.emulator import postgres
from tests.emulator.deployment import Deployment
from tests.unit.database.statements import (
    APPLICATION_CAN,
    APPLICATION_CANNOT,
    OWNER_CAN,
    OWNER_CANNOT,
    SCHEMA,
)

LOGINS = ("app-a", "app-b")


class Credentials(NamedTuple):
    """What a secret has."""

    username: str
    password: str
    dbname: str


def credentials(dev: Deployment, role: str) -> Credentials:
    """The content of the secret of a role: "" for the master, "owner", "app-a" or "app-b"."""
    name = f"{NAME}-database-{role}" if role else f"{NAME}-database"
    stored = json.loads(dev.account.client("secretsmanager").get_secret_value(SecretId=name)["SecretString"])
    return Credentials(stored["username"], stored["password"], stored["dbname"])


@contextmanager
def connected(dev: Deployment, role: str, database: str | None = None) -> Iterator[psycopg.Connection]:
    """A connection with the credentials of a role's secret."""
    user, password, own = credentials(dev, role)
    connection = postgres.connect(dev.account, NAME, user=user, password=password, database=database or own)
    with connection:
        connection.autocommit = True
        yield connection


@pytest.fixture(scope="module")
def migrated(dev: Deployment) -> Deployment:
    """dev, with tables and a sequence that the owner created after the role manager had run."""
    with connected(dev, "owner") as owner:
        for statement in SCHEMA:
            owner.execute(statement)
    return dev


def in_this_database(dev: Deployment, statement: str) -> str:
    """The statement with the names of the deployed database."""
    master = credentials(dev, "")
    return statement.format(master=master.username, database=master.dbname)


@pytest.mark.parametrize("login", LOGINS)
@pytest.mark.parametrize("statement", APPLICATION_CAN)
def test_the_application_can(migrated: Deployment, login: str, statement: str) -> None:
    with connected(migrated, login) as connection:
        connection.execute(statement)


@pytest.mark.parametrize("statement", APPLICATION_CANNOT)
def test_the_application_cannot(migrated: Deployment, statement: str) -> None:
    with connected(migrated, "app-a") as connection, pytest.raises(errors.InsufficientPrivilege):
        connection.execute(in_this_database(migrated, statement))


@pytest.mark.parametrize("statements", OWNER_CAN)
def test_the_owner_can(migrated: Deployment, statements: str) -> None:
    with connected(migrated, "owner") as connection:
        connection.execute(statements)


@pytest.mark.parametrize("statement", OWNER_CANNOT)
def test_the_owner_cannot(migrated: Deployment, statement: str) -> None:
    with connected(migrated, "owner") as connection, pytest.raises(errors.InsufficientPrivilege):
        connection.execute(in_this_database(migrated, statement))


@pytest.mark.parametrize("role", ["owner", *LOGINS])
@pytest.mark.parametrize("database", ["postgres", "template1"])
def test_only_the_master_can_connect_to_another_database(
    migrated: Deployment, role: str, database: str
) -> None:
    with (
        pytest.raises(psycopg.OperationalError, match="permission denied for database"),
        connected(migrated, role, database),
    ):
        pass


def test_the_master_can_use_what_the_owner_owns(migrated: Deployment) -> None:
    with connected(migrated, "") as connection:
        connection.execute("SELECT * FROM charges, ledger.entries")


def event_of_the_last_apply(dev: Deployment) -> dict[str, Any]:
    """The event with which Terraform invoked the role manager."""
    bucket, key = state_object(dev)
    state = json.load(dev.account.client("s3").get_object(Bucket=bucket, Key=key)["Body"])
    (invocation,) = [each for each in state["resources"] if each["type"] == "aws_lambda_invocation"]
    event: dict[str, Any] = json.loads(invocation["instances"][0]["attributes"]["input"])
    return event


def test_the_role_manager_changes_nothing_when_it_runs_again(migrated: Deployment) -> None:
    answer = migrated.account.client("lambda").invoke(
        FunctionName=f"{NAME}-database-roles", Payload=json.dumps(event_of_the_last_apply(migrated)).encode()
    )
    assert "FunctionError" not in answer
    assert json.load(answer["Payload"]) == {"login": "payment_app_a", "changed": []}
