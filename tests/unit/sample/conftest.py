"""The sample application on an emulated KMS and a PostgreSQL with TLS."""

import json
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from tests.emulator import hosts
from tests.emulator.account import Account
from tests.emulator.requirements import tls_to_the_database_or_skip
from tests.emulator.server import Emulator
from tests.unit.sample.application import Sample, base_environment, command_of_the_page, run

CONTEXT = {"Deployment": "payment-api-dev"}
_CLUSTER = "payments"
_MASTER = "payment_admin"
_PASSWORD = "a-first-password"  # noqa: S105 - a value for the emulator


@pytest.fixture(scope="package")
def account() -> Iterator[Account]:
    """An emulated account."""
    tls_to_the_database_or_skip()
    with Emulator() as emulator:
        yield emulator.account


@pytest.fixture(scope="package")
def kms(account: Account) -> Any:  # noqa: ANN401 - boto3's client
    """KMS in the account."""
    return account.client("kms")


@pytest.fixture(scope="package")
def environment(
    account: Account,
    kms: Any,  # noqa: ANN401 - boto3's client
    tmp_path_factory: pytest.TempPathFactory,
) -> dict[str, str]:
    """The variables of the container, for a database in which no table exists yet."""
    rds = account.client("rds")
    cluster = rds.create_db_cluster(
        DBClusterIdentifier=_CLUSTER,
        Engine="aurora-postgresql",
        EngineVersion="15",
        DatabaseName="payments",
        MasterUsername=_MASTER,
        MasterUserPassword=_PASSWORD,
    )["DBCluster"]
    rds.create_db_instance(
        DBInstanceIdentifier=f"{_CLUSTER}-writer",
        DBInstanceClass="db.t4g.medium",
        Engine="aurora-postgresql",
        DBClusterIdentifier=_CLUSTER,
    )
    rds.get_waiter("db_instance_available").wait(
        DBInstanceIdentifier=f"{_CLUSTER}-writer", WaiterConfig={"Delay": 1}
    )
    address, ca_file = hosts.address_of(cluster["Endpoint"]), hosts.ca_file()
    assert address is not None
    assert ca_file is not None
    return {
        **base_environment(tmp_path_factory.mktemp("home")),
        **account.variables(),
        "DB_HOST": cluster["Endpoint"],
        "DB_PORT": str(cluster["Port"]),
        "DB_NAME": "payments",
        "DB_USERNAME": _MASTER,
        "DB_PASSWORD": _PASSWORD,
        "DB_SSLMODE": "verify-full",
        "FIELD_KEY_ARN": kms.create_key()["KeyMetadata"]["Arn"],
        "FIELD_KEY_CONTEXT": json.dumps(CONTEXT),
        "PGHOSTADDR": address,
        "PGSSLROOTCERT": str(ca_file),
    }


@pytest.fixture(scope="package")
def migrated(environment: dict[str, str]) -> dict[str, str]:
    """The variables, after a migration."""
    code, lines = run(environment, "python", "-m", "payments", "migrate")
    assert code == 0, lines
    return environment


@pytest.fixture(scope="package")
def sample(migrated: dict[str, str]) -> Iterator[Sample]:
    """The running application, shared by the tests that leave it as it is."""
    with Sample(migrated, command=command_of_the_page()) as running:
        yield running


@pytest.fixture
def database(migrated: dict[str, str]) -> Iterator[psycopg.Connection]:
    """A connection that commits each statement."""
    with connect(migrated) as connection:
        yield connection


def connect(environment: dict[str, str], database: str = "payments") -> psycopg.Connection:
    """Connect as the application does, and commit each statement."""
    return psycopg.connect(
        host=environment["DB_HOST"],
        hostaddr=environment["PGHOSTADDR"],
        port=environment["DB_PORT"],
        dbname=database,
        user=environment["DB_USERNAME"],
        password=environment["DB_PASSWORD"],
        sslmode="verify-full",
        sslrootcert=environment["PGSSLROOTCERT"],
        autocommit=True,
    )
