"""How the profiles come down, after everything else has looked at them."""

from pathlib import Path

import pytest

from tests.emulator.background import Background, Work
from tests.emulator.deployment import Deployment
from tests.emulator.server import Emulator
from tests.emulator.terraform import Terraform, TerraformError

UNPROTECTED = {
    "PAYMENT_API_DATABASE__DELETION_PROTECTION": "false",
    "PAYMENT_API_LOAD_BALANCER__DELETION_PROTECTION": "false",
}


def snapshots_by_hand(deployment: Deployment) -> list[str]:
    """The snapshots of the deployment's cluster but the automated ones, which go with it."""
    answer = deployment.account.client("rds").describe_db_cluster_snapshots(SnapshotType="manual")
    return [each["DBClusterSnapshotIdentifier"] for each in answer["DBClusterSnapshots"]]


@pytest.fixture(scope="module")
def going_down(background: Background, dev: Deployment, staging: Deployment) -> dict[str, Work[Terraform]]:
    """dev, and staging with its protection off, begun at the same time: most of it is waiting."""

    def take_dev_down(_emulator: Emulator, _directory: Path) -> Terraform:
        dev.system.destroy()
        return dev.system

    def take_staging_down(_emulator: Emulator, _directory: Path) -> Terraform:
        unprotected = staging.with_settings("unprotected", UNPROTECTED)
        unprotected.apply()
        unprotected.destroy()
        return unprotected

    works = {"dev": Work("dev-down", take_dev_down), "staging": Work("staging-down", take_staging_down)}
    for work in works.values():
        background.start(work)
    return works


@pytest.mark.usefixtures("going_down")
def test_prod_refuses_and_loses_nothing(prod: Deployment) -> None:
    before = prod.system.addresses()
    with pytest.raises(TerraformError, match="Instance cannot be destroyed"):
        prod.system.destroy()
    assert prod.system.addresses() == before
    plan = prod.system.plan()
    assert plan.empty, plan.text


def test_aws_refuses_too_should_terraform_be_bypassed(prod: Deployment) -> None:
    """Parity 10."""
    rds = prod.account.client("rds")
    with pytest.raises(rds.exceptions.ClientError, match=r"[Dd]eletion protection"):
        rds.delete_db_cluster(DBClusterIdentifier=prod.name, SkipFinalSnapshot=True)


def test_staging_comes_down_once_its_protection_is_off_and_leaves_a_snapshot(
    background: Background, staging: Deployment, going_down: dict[str, Work[Terraform]]
) -> None:
    """Parity 10."""
    assert background.result(going_down["staging"]).addresses() == []
    (snapshot,) = snapshots_by_hand(staging)
    assert snapshot.startswith("payment-api-staging-final-")


def test_dev_comes_down_whole_and_leaves_no_snapshot(
    background: Background, dev: Deployment, going_down: dict[str, Work[Terraform]]
) -> None:
    """Parity 10."""
    assert background.result(going_down["dev"]).addresses() == []
    assert snapshots_by_hand(dev) == []
