"""Daily snapshots in AWS Backup."""

import pytest

from tests.unit.synthesis import Synthesized, synthesize
from tests.variables import EVERYTHING_ON

DAILY_SNAPSHOT_TYPES = ("aws_backup_plan", "aws_backup_selection")
PROTECTED = {"PAYMENT_API_DATABASE__DELETION_PROTECTION": "true"}


@pytest.fixture(params=["staging", "prod", EVERYTHING_ON])
def stack(request: pytest.FixtureRequest) -> Synthesized:
    """Each deployment with vault backups."""
    return synthesize(request.param)


@pytest.mark.parametrize("type_", DAILY_SNAPSHOT_TYPES)
def test_dev_has_no_vault_backups_by_default(dev: Synthesized, type_: str) -> None:
    assert not dev.all(type_)


@pytest.mark.parametrize("type_", DAILY_SNAPSHOT_TYPES)
def test_the_setting_enables_vault_backups_in_dev(type_: str) -> None:
    assert synthesize("dev", PAYMENT_API_DATABASE__VAULT_BACKUPS="true").one(type_)


@pytest.mark.parametrize("protection", [{}, PROTECTED])
def test_the_setting_changes_nothing_about_the_vault_and_its_role(protection: dict[str, str]) -> None:
    """AWS refuses to delete a vault with recovery points, and the role deletes them at the end of their
    retention."""
    on, off = (
        synthesize("dev", PAYMENT_API_DATABASE__VAULT_BACKUPS=value, **protection)
        for value in ("true", "false")
    )
    for type_ in ("aws_backup_vault", "aws_iam_role", "aws_iam_policy", "aws_iam_role_policy_attachment"):
        assert off.all(type_) == on.all(type_) != {}
    assert not any(off.all(type_) for type_ in DAILY_SNAPSHOT_TYPES)


def test_a_protected_vault_is_not_emptied_to_be_destroyed(every: Synthesized) -> None:
    protected = every.settings.database.deletion_protection
    vault = every.one("aws_backup_vault")
    assert vault["force_destroy"] is not protected
    assert vault.get("lifecycle", {}).get("prevent_destroy", False) is protected


def test_the_vault_is_encrypted_with_the_key_of_the_database(every: Synthesized) -> None:
    assert every.one("aws_backup_vault")["kms_key_arn"] == every.key_arn("data")
    assert every.one("aws_rds_cluster")["kms_key_id"] == every.key_arn("data")


def test_a_snapshot_is_taken_into_the_vault_daily_at_4_utc(stack: Synthesized) -> None:
    (rule,) = stack.one("aws_backup_plan")["rule"]
    assert rule["schedule"] == "cron(0 4 * * ? *)"
    assert rule["target_vault_name"] == stack.ref("aws_backup_vault", "name")


def test_a_backup_job_starts_within_1_hour_and_completes_within_3_hours(stack: Synthesized) -> None:
    (rule,) = stack.one("aws_backup_plan")["rule"]
    assert (rule["start_window"], rule["completion_window"]) == (60, 180)


@pytest.mark.parametrize(("suffix", "days"), [("staging", 7), ("prod", 35), (EVERYTHING_ON, 35)])
def test_vault_backups_have_the_same_retention_as_automated_backups(suffix: str, days: int) -> None:
    stack = synthesize(suffix)
    (rule,) = stack.one("aws_backup_plan")["rule"]
    assert rule["lifecycle"] == {"delete_after": days}
    assert stack.one("aws_rds_cluster")["backup_retention_period"] == days


def test_the_backup_plan_covers_only_this_database(stack: Synthesized) -> None:
    selection = stack.one("aws_backup_selection")
    assert selection["plan_id"] == stack.ref("aws_backup_plan")
    assert selection["resources"] == [stack.ref("aws_rds_cluster", "arn")]


def test_the_backup_selection_waits_for_the_policy_of_its_role(stack: Synthesized) -> None:
    selection = stack.one("aws_backup_selection")
    role = stack.role_name("backup")
    assert selection["iam_role_arn"] == stack.ref("aws_iam_role", "arn", name=role)
    attachment = stack.address(
        "aws_iam_role_policy_attachment", role=stack.ref("aws_iam_role", "name", name=role)
    )
    assert selection["depends_on"] == [attachment]
