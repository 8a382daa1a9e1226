"""Destroying the profiles, after all other tests have used them."""

from pathlib import Path

import pytest

from tests.deployed.lookups import state_object
from tests.emulator.background import Background, Work
from tests.emulator.deployment import Deployment
from tests.emulator.server import Emulator
from tests.emulator.terraform import Terraform, TerraformError

UNPROTECTED = {
    "PAYMENT_API_DATABASE__DELETION_PROTECTION": "false",
    "PAYMENT_API_LOAD_BALANCER__DELETION_PROTECTION": "false",
}


def manual_snapshots(deployment: Deployment) -> list[str]:
    """The manual snapshots in the account; automated ones are deleted together with the cluster."""
    answer = deployment.account.client("rds").describe_db_cluster_snapshots(SnapshotType="manual")
    return [each["DBClusterSnapshotIdentifier"] for each in answer["DBClusterSnapshots"]]


@pytest.fixture(scope="module")
def destroying(background: Background, dev: Deployment, staging: Deployment) -> dict[str, Work[Terraform]]:
    """Starts destroying dev, as the pipeline's deployer, and staging with its deletion protection switched
    off."""

    def destroy_dev(emulator: Emulator, _directory: Path) -> Terraform:
        assert emulator.enforcement is not None
        account_id = dev.account.client("sts").get_caller_identity()["Account"]
        emulator.enforcement.state_buckets[account_id], _ = state_object(dev)
        dev.system.destroy()
        return dev.system

    def destroy_staging(_emulator: Emulator, _directory: Path) -> Terraform:
        unprotected = staging.with_settings("unprotected", UNPROTECTED)
        unprotected.apply()
        unprotected.destroy()
        return unprotected

    works = {"dev": Work("destroy-dev", destroy_dev), "staging": Work("destroy-staging", destroy_staging)}
    for work in works.values():
        background.start(work)
    return works


@pytest.mark.usefixtures("destroying")
def test_terraform_refuses_to_destroy_prod_and_deletes_nothing(prod: Deployment) -> None:
    before = prod.system.addresses()
    with pytest.raises(TerraformError, match="Instance cannot be destroyed"):
        prod.system.destroy()
    assert prod.system.addresses() == before
    plan = prod.system.plan()
    assert plan.empty, plan.text


def test_rds_refuses_to_delete_the_cluster_of_prod(prod: Deployment) -> None:
    rds = prod.account.client("rds")
    with pytest.raises(rds.exceptions.ClientError, match=r"[Dd]eletion protection"):
        rds.delete_db_cluster(DBClusterIdentifier=prod.name, SkipFinalSnapshot=True)


def test_destroying_unprotected_staging_leaves_a_final_snapshot(
    background: Background, staging: Deployment, destroying: dict[str, Work[Terraform]]
) -> None:
    assert background.result(destroying["staging"]).addresses() == []
    (snapshot,) = manual_snapshots(staging)
    assert snapshot.startswith("payment-api-staging-final-")


def test_destroying_dev_leaves_no_snapshot(
    background: Background, dev: Deployment, destroying: dict[str, Work[Terraform]]
) -> None:
    assert background.result(destroying["dev"]).addresses() == []
    assert manual_snapshots(dev) == []
