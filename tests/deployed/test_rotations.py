"""Rotation of the password: in peace, while seven tasks run, and when it stops half-way."""

import pytest

from tests.deployed.rotations import ROTATED, TASKS, Interruption, Rotation, Rotations
from tests.emulator.background import Background


@pytest.fixture(scope="module")
def rotations(background: Background) -> Rotations:
    """All three."""
    return background.result(ROTATED)


@pytest.fixture(scope="module")
def undisturbed(rotations: Rotations) -> Rotation:
    """The one in peace."""
    return rotations.undisturbed


@pytest.fixture(params=["killed_half_way", "refused_half_way"])
def interruption(request: pytest.FixtureRequest, rotations: Rotations) -> Interruption:
    """Each that stopped half-way, in turn."""
    found: Interruption = getattr(rotations, request.param)
    return found


class TestRotation:
    def test_changes_secret_version_cluster_task_definition_and_service_and_nothing_else(
        self, undisturbed: Rotation
    ) -> None:
        """As on AWS."""
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

    def test_makes_a_new_password(self, undisturbed: Rotation) -> None:
        """As on AWS."""
        assert undisturbed.after.in_secret != undisturbed.before.in_secret

    def test_leaves_secret_database_and_tasks_with_the_same_password(self, undisturbed: Rotation) -> None:
        """On AWS the cluster takes the new password some seconds after it was told to."""
        assert undisturbed.after.agree

    def test_leaves_the_tasks_as_many_as_autoscaling_made_them(self, undisturbed: Rotation) -> None:
        """On AWS the deployment starts seven new tasks, and the seven old ones drain."""
        assert undisturbed.tasks == TASKS


class TestARotationThatStopsBetweenSecretAndDatabase:
    """Killed there, or refused by the database. On AWS, too, only Terraform tells the database its password;
    what the provider keeps of an update that failed is its own doing."""

    def test_has_changed_the_secret_and_not_the_database(self, interruption: Interruption) -> None:
        """The fault is where it should be."""
        assert interruption.interrupted.in_secret != interruption.before.in_secret
        assert interruption.interrupted.in_database == interruption.before.in_database

    def test_leaves_the_tasks_with_the_password_that_the_database_still_has(
        self, interruption: Interruption
    ) -> None:
        """On AWS, too, the version before stays readable, so a task that starts now gets in."""
        assert interruption.interrupted.of_tasks == interruption.interrupted.in_database

    def test_heals_at_the_next_apply(self, interruption: Interruption) -> None:
        """On AWS the database may be busy for minutes after a refusal; the provider then waits for it."""
        assert interruption.healed.in_database != interruption.interrupted.in_database
        assert interruption.healed.agree

    def test_is_over_then(self, interruption: Interruption) -> None:
        """As on AWS."""
        assert interruption.plan.empty, interruption.plan.text
