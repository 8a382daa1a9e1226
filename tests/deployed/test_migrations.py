"""The migration of a deployment: successful, broken, mended, killed, throttled, and two at once.

Its command is a process of this machine, with the environment that its task definition gives it, and its
database a PostgreSQL. On AWS a task takes half a minute to start.
"""

from itertools import pairwise

import pytest

from tests.deployed import migrations
from tests.deployed.migrations import (
    BROKEN,
    FIRST,
    KILLED,
    MENDED,
    MIGRATED,
    SECRETS,
    THROTTLED,
    Applied,
    Migrations,
    Run,
)
from tests.emulator.background import Background
from tests.emulator.requirements import tls_to_the_database_or_skip

SUCCEEDED, FAILED, RUNNING = ("STOPPED", 0), ("STOPPED", 3), ("RUNNING", None)


@pytest.fixture(scope="module")
def migrated(background: Background) -> Migrations:
    """All applies and invocations of the deployment."""
    tls_to_the_database_or_skip()
    return background.result(MIGRATED)


def versions(runs: list[Run]) -> list[str]:
    return [run.version for run in runs]


def assert_one_after_the_other(runs: list[Run]) -> None:
    for before, after in pairwise(runs):
        assert before.ended is not None
        assert before.ended < after.started


class TestFirstApply:
    def test_it_runs_the_migration_once(self, migrated: Migrations) -> None:
        assert versions(migrated.first.runs) == [FIRST]
        assert (migrated.first.calls["Invoke"], migrated.first.calls["RunTask"]) == (1, 1)

    def test_the_migration_is_the_owner_of_the_database(self, migrated: Migrations) -> None:
        assert [run.role for run in migrated.first.runs] == ["payment_owner"]

    def test_the_service_is_created_after_its_end(self, migrated: Migrations) -> None:
        assert migrated.first.at_the_service == [SUCCEEDED]

    def test_the_application_uses_a_table_of_the_migration_at_once(self, migrated: Migrations) -> None:
        assert migrated.login == [(1, 5, "payment_app_a")]

    def test_the_application_cannot_migrate(self, migrated: Migrations) -> None:
        assert "permission denied for schema public" in migrated.refused

    def test_the_next_plan_is_empty_and_runs_nothing(self, migrated: Migrations) -> None:
        assert migrated.plan.empty, migrated.plan.text
        assert migrated.calls == {}


class TestBroken:
    """An apply with an image whose migration exits with code 3."""

    def test_the_apply_fails_with_its_exit_code_and_its_last_lines(self, migrated: Migrations) -> None:
        error = said(migrated.broken)
        assert "The migration failed with exit code 3 (Essential container in task exited)" in error
        assert "No task of the service was replaced. Correct it and apply again." in error
        assert "statement 4" not in error
        for number in range(5, 24):
            assert f"statement {number}" in error

    def test_a_password_that_it_writes_is_left_out(self, migrated: Migrations) -> None:
        assert "cannot migrate postgresql://payment_owner:...@payment-api-dev" in said(migrated.broken)

    def test_the_service_keeps_its_tasks(self, migrated: Migrations) -> None:
        assert migrated.broken.served == migrated.first.served
        assert migrated.broken.at_the_service == []

    def test_it_ran_once(self, migrated: Migrations) -> None:
        assert versions(migrated.broken.runs) == [FIRST, BROKEN]


class TestMended:
    """The apply after the broken one, with another image, while AWS throttles."""

    def test_each_call_was_throttled(self, migrated: Migrations) -> None:
        assert migrated.throttled == THROTTLED

    def test_the_migration_runs_once(self, migrated: Migrations) -> None:
        assert versions(migrated.mended.runs) == [FIRST, BROKEN, MENDED]
        assert migrated.mended.calls["RunTask"] == 1

    def test_the_service_is_updated_after_its_end(self, migrated: Migrations) -> None:
        assert migrated.mended.at_the_service == [SUCCEEDED, FAILED, SUCCEEDED]
        assert migrated.mended.served.image == migrations.image(MENDED)


class TestKilled:
    """Terraform is killed while the migration runs, which goes on until the next apply finds it."""

    def test_the_service_keeps_its_tasks(self, migrated: Migrations) -> None:
        assert migrated.killed.served == migrated.mended.served

    def test_the_next_apply_waits_for_the_migration_that_runs(self, migrated: Migrations) -> None:
        assert migrated.killed.running[-1] == RUNNING
        assert_one_after_the_other(migrated.killed.recovered.runs)

    def test_the_next_apply_updates_the_service(self, migrated: Migrations) -> None:
        recovered = migrated.killed.recovered
        assert recovered.served.image == migrations.image(KILLED)
        assert {*recovered.at_the_service[3:]} == {SUCCEEDED}

    def test_the_plan_after_it_is_empty(self, migrated: Migrations) -> None:
        assert migrated.killed.plan.empty, migrated.killed.plan.text


class TestTwoAtOnce:
    def test_two_invocations_that_start_at_the_same_moment_run_it_once(self, migrated: Migrations) -> None:
        first, second = migrated.same_revision.invocations
        assert first == second
        assert not first.failed
        assert first.result["exit_code"] == 0
        assert versions(migrated.same_revision.runs) == ["2.0.0"]

    def test_one_waits_for_an_older_revision_that_runs(self, migrated: Migrations) -> None:
        older, newer = migrated.older_revision.invocations
        assert [older.failed, newer.failed] == [False, False]
        assert older.result["task"] != newer.result["task"]
        assert versions(migrated.older_revision.runs) == ["2.1.0", "2.1.1"]
        assert_one_after_the_other(migrated.older_revision.runs)


class TestRepeated:
    def test_a_revision_that_failed_runs_again(self, migrated: Migrations) -> None:
        failed, repeated, _ = migrated.repeated.invocations
        assert failed.failed
        assert "The migration failed with exit code 3" in failed.result["errorMessage"]
        assert not repeated.failed

    def test_a_revision_that_succeeded_does_not(self, migrated: Migrations) -> None:
        """As when its result was lost on the way to Terraform, which then invokes the function again."""
        _, repeated, last = migrated.repeated.invocations
        assert last == repeated
        assert versions(migrated.repeated.runs) == ["2.2.0"] * 2


class TestSecrets:
    @pytest.mark.parametrize("secret", SECRETS)
    def test_the_execution_role_reads_only_the_secret_of_the_owner(
        self, secret: str, migrated: Migrations
    ) -> None:
        assert migrated.readable[secret] == (secret == "database-owner")  # noqa: S105 - a name

    def test_no_password_is_in_state_plans_output_or_logs(self, migrated: Migrations) -> None:
        assert migrated.exposed == []


def said(applied: Applied) -> str:
    """What Terraform says, without the frame of the message and its line breaks."""
    return " ".join(applied.error.replace("│", " ").split())
