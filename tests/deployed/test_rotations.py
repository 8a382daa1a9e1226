"""Password rotation: undisturbed while seven tasks run, and interrupted halfway.

Unless a test says otherwise, AWS behaves the same way.
"""

import pytest

from tests.deployed.rotations import ROTATED, TASKS, Interruption, Rotation, Rotations
from tests.emulator.background import Background


@pytest.fixture(scope="module")
def rotations(background: Background) -> Rotations:
    """All three rotations."""
    return background.result(ROTATED)


@pytest.fixture(scope="module")
def undisturbed(rotations: Rotations) -> Rotation:
    """The rotation without a fault."""
    return rotations.undisturbed


@pytest.fixture(params=["killed_halfway", "denied_halfway"])
def interruption(request: pytest.FixtureRequest, rotations: Rotations) -> Interruption:
    """Each interrupted rotation."""
    found: Interruption = getattr(rotations, request.param)
    return found


class TestRotation:
    def test_changes_only_secret_version_cluster_task_definition_and_service(
        self, undisturbed: Rotation
    ) -> None:
        changed = {
            change["type"]: change["change"]["actions"]
            for change in undisturbed.plan.document["resource_changes"]
            if change["change"]["actions"] != ["no-op"]
        }
        assert changed == {
            "aws_secretsmanager_secret_version": ["delete", "create"],
            "aws_rds_cluster": ["update"],
            "aws_ecs_task_definition": ["delete", "create"],
            "aws_ecs_service": ["update"],
        }

    def test_generates_a_new_password(self, undisturbed: Rotation) -> None:
        assert undisturbed.after.in_secret != undisturbed.before.in_secret

    def test_gives_secret_database_and_tasks_the_same_password(self, undisturbed: Rotation) -> None:
        """On AWS the cluster applies the new password some seconds after ModifyDBCluster returns."""
        assert undisturbed.after.agree

    def test_keeps_the_desired_count_that_autoscaling_has_set(self, undisturbed: Rotation) -> None:
        """On AWS the rolling deployment starts seven new tasks while the seven old ones drain."""
        assert undisturbed.tasks == TASKS


class TestInterruptedRotation:
    """Terraform is killed, or RDS denies the call, after the secret has changed and before the database has.

    On AWS, too, Terraform alone sets the database's password. What the provider keeps in its state after a
    failed update is the provider's own behavior, on AWS as on the emulator.
    """

    def test_the_secret_has_changed_and_the_database_has_not(self, interruption: Interruption) -> None:
        assert interruption.interrupted.in_secret != interruption.before.in_secret
        assert interruption.interrupted.in_database == interruption.before.in_database

    def test_the_tasks_keep_the_password_of_the_database(self, interruption: Interruption) -> None:
        """On AWS, too, the secret's previous version stays readable, so a task that starts now can log in."""
        assert interruption.interrupted.of_tasks == interruption.interrupted.in_database

    def test_the_next_apply_completes_the_rotation(self, interruption: Interruption) -> None:
        """On AWS the cluster may be modifying for minutes after the failure; the provider then waits for
        it."""
        assert interruption.recovered.in_database != interruption.interrupted.in_database
        assert interruption.recovered.agree

    def test_the_plan_after_the_next_apply_is_empty(self, interruption: Interruption) -> None:
        assert interruption.plan.empty, interruption.plan.text
