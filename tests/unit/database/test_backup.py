"""The copies of the database that outlive it."""

import pytest

from tests.unit.synthesis import Synthesized, synthesize

KINDS = ("aws_backup_vault", "aws_backup_plan", "aws_backup_selection")


@pytest.fixture(params=["staging", "prod"])
def kept(request: pytest.FixtureRequest) -> Synthesized:
    """The profiles that keep copies."""
    return synthesize(request.param)


@pytest.mark.parametrize("kind", KINDS)
def test_dev_keeps_none(dev: Synthesized, kind: str) -> None:
    assert not dev.all(kind)


@pytest.mark.parametrize("kind", KINDS)
def test_dev_can_be_told_to(kind: str) -> None:
    assert synthesize("dev", PAYMENT_API_DATABASE__VAULT_BACKUPS="true").one(kind)


def test_the_vault_is_encrypted_with_the_databases_key(kept: Synthesized) -> None:
    assert kept.one("aws_backup_vault")["kms_key_arn"] == kept.one("aws_rds_cluster")["kms_key_id"]


def test_a_copy_is_taken_every_night_into_the_vault(kept: Synthesized) -> None:
    (rule,) = kept.one("aws_backup_plan")["rule"]
    assert rule["schedule"] == "cron(0 4 * * ? *)"
    assert rule["target_vault_name"] == kept.ref("aws_backup_vault", "name")


def test_it_must_be_done_within_its_window(kept: Synthesized) -> None:
    """Minutes; AWS wants the whole at least an hour longer than the start."""
    (rule,) = kept.one("aws_backup_plan")["rule"]
    assert (rule["start_window"], rule["completion_window"]) == (60, 180)


@pytest.mark.parametrize(("profile", "days"), [("staging", 7), ("prod", 35)])
def test_copies_are_kept_as_long_as_the_clusters_own_backups(profile: str, days: int) -> None:
    stack = synthesize(profile)
    (rule,) = stack.one("aws_backup_plan")["rule"]
    assert rule["lifecycle"] == {"delete_after": days}
    assert stack.one("aws_rds_cluster")["backup_retention_period"] == days


def test_the_plan_is_for_this_database_alone(kept: Synthesized) -> None:
    selection = kept.one("aws_backup_selection")
    assert selection["plan_id"] == kept.ref("aws_backup_plan")
    assert selection["resources"] == [kept.ref("aws_rds_cluster", "arn")]


def test_it_starts_once_its_role_may_copy(kept: Synthesized) -> None:
    selection = kept.one("aws_backup_selection")
    role = f"{kept.one('aws_rds_cluster')['cluster_identifier']}-backup"
    assert selection["iam_role_arn"] == kept.ref("aws_iam_role", "arn", name=role)
    attachment = kept.address(
        "aws_iam_role_policy_attachment", role=kept.ref("aws_iam_role", "name", name=role)
    )
    assert selection["depends_on"] == [attachment]
