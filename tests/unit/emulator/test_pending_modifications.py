"""ModifyDBCluster without ApplyImmediately waits for the maintenance window, except for the password."""

from collections.abc import Iterator
from typing import Any

import pytest
from moto.rds.models import rds_backends

from tests.emulator.account import Account
from tests.emulator.server import Emulator
from tests.unit.emulator.accounts import AccountWithClients
from tests.unit.emulator.clusters import PASSWORD, create_cluster

DEFERRED = {"EngineVersion": "15.14", "BackupRetentionPeriod": 9, "EnableIAMDatabaseAuthentication": True}
FIELDS = ("EngineVersion", "BackupRetentionPeriod", "IAMDatabaseAuthenticationEnabled", "DBClusterIdentifier")


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with Emulator(databases=False) as running:
        yield running


@pytest.fixture
def account(emulator: Emulator) -> Account:
    """An account with a cluster of version 15."""
    emulator.reset()
    account = AccountWithClients(**vars(emulator.account))
    create_cluster(account, "cluster")
    return account


def modify(account: Account, **changed: Any) -> None:  # noqa: ANN401 - parameters of ModifyDBCluster
    account.client("rds").modify_db_cluster(DBClusterIdentifier="cluster", **changed)


def described(account: Account) -> tuple[dict[str, Any], dict[str, Any]]:
    """The cluster's values of what is deferred, and its pending values."""
    (cluster,) = account.client("rds").describe_db_clusters()["DBClusters"]
    return {name: cluster[name] for name in FIELDS}, cluster.get("PendingModifiedValues", {})


def test_what_is_deferred_is_pending_and_changes_nothing(account: Account) -> None:
    before, pending = described(account)
    assert pending == {}
    modify(account, **DEFERRED, NewDBClusterIdentifier="renamed")
    after, pending = described(account)
    assert after == before
    assert pending == {
        "EngineVersion": "15.14",
        "BackupRetentionPeriod": 9,
        "IAMDatabaseAuthenticationEnabled": True,
        "DBClusterIdentifier": "renamed",
    }


def test_an_immediate_change_applies_what_is_pending(account: Account) -> None:
    modify(account, **DEFERRED)
    modify(account, ApplyImmediately=True, DeletionProtection=False)
    after, pending = described(account)
    assert pending == {}
    assert after == {
        "EngineVersion": "15.14",
        "BackupRetentionPeriod": 9,
        "IAMDatabaseAuthenticationEnabled": True,
        "DBClusterIdentifier": "cluster",
    }


def test_the_parameter_group_of_a_pending_major_version_waits_with_it(account: Account) -> None:
    rds = account.client("rds")
    rds.create_db_cluster_parameter_group(
        DBClusterParameterGroupName="new", DBParameterGroupFamily="aurora-postgresql16", Description="d"
    )
    upgrade = {"EngineVersion": "16", "DBClusterParameterGroupName": "new", "AllowMajorVersionUpgrade": True}
    modify(account, **upgrade)
    (cluster,) = rds.describe_db_clusters()["DBClusters"]
    assert (cluster["EngineVersion"], cluster["DBClusterParameterGroup"]) == ("15.13", "cluster")
    modify(account, ApplyImmediately=True)
    (cluster,) = rds.describe_db_clusters()["DBClusters"]
    assert (cluster["EngineVersion"], cluster["DBClusterParameterGroup"]) == ("16.9", "new")


def test_a_password_never_waits(account: Account, emulator: Emulator) -> None:
    account_id = account.client("sts").get_caller_identity()["Account"]
    clusters = rds_backends[account_id][emulator.account.region].clusters
    assert clusters["cluster"]._master_user_password == PASSWORD
    modify(account, MasterUserPassword="a-second-password")
    assert clusters["cluster"]._master_user_password == "a-second-password"  # noqa: S105 - as above
    assert described(account)[1] == {}
