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
    def test_changes_only_versions_cluster_roles_task_definition_and_service(
        self, undisturbed: Rotation
    ) -> None:
        changed = [
            (change["address"].rpartition("_")[0], change["change"]["actions"])
            for change in undisturbed.plan.document["resource_changes"]
            if change["change"]["actions"] != ["no-op"]
        ]
        assert sorted(changed) == [
            ("aws_ecs_service.service", ["update"]),
            ("aws_ecs_task_definition.service_task-definition", ["delete", "create"]),
            ("aws_lambda_invocation.database-roles_invocation", ["delete", "create"]),
            ("aws_rds_cluster.database_cluster", ["update"]),
            ("aws_secretsmanager_secret_version.credentials_secret-version", ["delete", "create"]),
            ("aws_secretsmanager_secret_version.logins_app-b_secret-version", ["delete", "create"]),
            ("aws_secretsmanager_secret_version.logins_owner_secret-version", ["delete", "create"]),
        ]

    def test_generates_a_new_password_of_the_master(self, undisturbed: Rotation) -> None:
        assert undisturbed.after.in_secret != undisturbed.before.in_secret

    def test_gives_the_tasks_the_other_login(self, undisturbed: Rotation) -> None:
        assert (undisturbed.before.of_tasks[0], undisturbed.after.of_tasks[0]) == (
            "payment_app_a",
            "payment_app_b",
        )

    def test_gives_secret_and_database_the_same_passwords(self, undisturbed: Rotation) -> None:
        """On AWS the cluster applies the new password some seconds after ModifyDBCluster returns; the
        role manager waits for it."""
        assert undisturbed.after.agree

    def test_a_client_of_before_opens_every_connection(self, undisturbed: Rotation) -> None:
        assert len(undisturbed.client) > 10
        assert not any(undisturbed.client)

    def test_a_client_of_before_is_refused_only_after_the_second_rotation(self, rotations: Rotations) -> None:
        refused = rotations.client
        assert refused[-1]
        assert list(refused) == sorted(refused)

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

    def test_the_tasks_keep_their_login(self, interruption: Interruption) -> None:
        """On AWS, too, a task that starts now can log in."""
        assert interruption.interrupted.of_tasks == interruption.before.of_tasks
        assert interruption.interrupted.tasks_log_in

    def test_the_next_apply_completes_the_rotation(self, interruption: Interruption) -> None:
        """On AWS the cluster may be modifying for minutes after the failure; the provider then waits for
        it."""
        assert interruption.recovered.in_database != interruption.interrupted.in_database
        assert interruption.recovered.of_tasks[0] != interruption.before.of_tasks[0]
        assert interruption.recovered.agree

    def test_the_plan_after_the_next_apply_is_empty(self, interruption: Interruption) -> None:
        assert interruption.plan.empty, interruption.plan.text
