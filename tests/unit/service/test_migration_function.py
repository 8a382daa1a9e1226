"""The function that runs the migration, against a small ECS in memory whose clock the tests turn."""

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from constructs_lib.service.functions.migration import handler as function
from constructs_lib.service.functions.migration.handler import LAST_LINES, Migration, MigrationError

DEFINITION = "arn:aws:ecs:us-east-1:123456789012:task-definition/payment-api-dev-migration:7"
OLDER = DEFINITION.removesuffix("7") + "6"
EVENT = {
    "task_definition": DEFINITION,
    "cluster": "arn:aws:ecs:us-east-1:123456789012:cluster/payment-api-dev",
    "subnets": ["subnet-1"],
    "security_group": "sg-1",
    "container": "migration",
    "log_group": "/ecs/payment-api-dev",
    "log_prefix": "payment-api-migration",
}


def error(operation: str, code: str, message: str = "Rate exceeded") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, operation)


@dataclass
class Clock:
    """The time of the function: it passes only while the function sleeps."""

    seconds: float = 0.0
    start: datetime = field(default_factory=lambda: datetime.now(UTC))

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds

    def now(self) -> datetime:
        return self.start + timedelta(seconds=self.seconds)


@dataclass
class Task:
    """A task that ends at a time of the clock, with an exit code or a reason why there is none."""

    arn: str
    definition: str
    created: datetime
    ends: float
    exit_code: int | None = 0
    reason: str | None = None


class Ecs:
    """RunTask, ListTasks and DescribeTasks, with idempotent client tokens; each call can be throttled."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.tasks: list[Task] = []
        self.next_task: dict[str, Any] = {}
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.throttled: dict[str, int] = {}
        self.failures: list[dict[str, str]] = []
        self.before_run: Callable[[], None] = lambda: None
        self._by_token: dict[str, Task] = {}

    def started(self) -> list[dict[str, Any]]:
        return [parameters for name, parameters in self.calls if name == "RunTask"]

    def add(self, definition: str, *, ends: float, exit_code: int | None = 0) -> Task:
        task = Task(f"task/{len(self.tasks)}", definition, self.clock.now(), ends, exit_code)
        self.tasks.append(task)
        return task

    def run_task(self, **parameters: Any) -> dict[str, Any]:  # noqa: ANN401 - as in boto3
        self._called("RunTask", parameters)
        if self.failures:
            return {"tasks": [], "failures": self.failures}
        self.before_run()
        token = parameters["clientToken"]
        if token not in self._by_token:
            task = self.add(parameters["taskDefinition"], ends=self.clock.seconds + 12)
            for name, value in self.next_task.items():
                setattr(task, name, value)
            self._by_token[token] = task
        return {"tasks": [self._described(self._by_token[token])], "failures": []}

    def list_tasks(self, **parameters: Any) -> dict[str, Any]:  # noqa: ANN401 - as in boto3
        self._called("ListTasks", parameters)
        assert parameters["family"] == "payment-api-dev-migration"
        return {
            "taskArns": [
                each.arn
                for each in self.tasks
                if (each.ends > self.clock.seconds) == (parameters["desiredStatus"] == "RUNNING")
                # ECS shows a stopped task for an hour.
                and self.clock.seconds - each.ends < 3600
            ]
        }

    def describe_tasks(self, **parameters: Any) -> dict[str, Any]:  # noqa: ANN401 - as in boto3
        self._called("DescribeTasks", parameters)
        assert parameters["tasks"]
        return {"tasks": [self._described(each) for each in self.tasks if each.arn in parameters["tasks"]]}

    def _called(self, name: str, parameters: dict[str, Any]) -> None:
        if self.throttled.get(name, 0) > 0:
            self.throttled[name] -= 1
            raise error(name, "ThrottlingException")
        self.calls.append((name, parameters))

    def _described(self, task: Task) -> dict[str, Any]:
        ended = task.ends <= self.clock.seconds
        container: dict[str, Any] = {"name": "migration"}
        if ended and task.exit_code is not None:
            container["exitCode"] = task.exit_code
        return {
            "taskArn": task.arn,
            "taskDefinitionArn": task.definition,
            "createdAt": task.created,
            "lastStatus": "STOPPED" if ended else "RUNNING",
            "containers": [container],
            "overrides": {"containerOverrides": [{"environment": [{"name": "A", "value": "of-the-env"}]}]},
            **({"stoppedReason": task.reason} if ended and task.reason else {}),
        }


class Logs:
    """The log streams, by name; a stream appears when its time has come."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.lines: dict[str, list[str]] = {}
        self.appear_at = 0.0

    def get_log_events(self, **parameters: Any) -> dict[str, Any]:  # noqa: ANN401 - as in boto3
        assert parameters["logGroupName"] == EVENT["log_group"]
        stream = parameters["logStreamName"]
        if stream not in self.lines or self.clock.seconds < self.appear_at:
            raise error("GetLogEvents", "ResourceNotFoundException")
        assert parameters["startFromHead"] is False
        return {"events": [{"message": each} for each in self.lines[stream][-parameters["limit"] :]]}


@dataclass
class World:
    clock: Clock
    ecs: Ecs
    logs: Logs

    def run(self, request_id: str = "r-1", *, seconds: float = 880.0) -> dict[str, Any]:
        migration = Migration(
            EVENT,
            request_id=request_id,
            ecs=self.ecs,
            logs=self.logs,
            deadline=self.clock.seconds + seconds,
        )
        return migration.run()

    def fails(self, request_id: str = "r-1", *, seconds: float = 880.0) -> str:
        with pytest.raises(MigrationError) as raised:
            self.run(request_id, seconds=seconds)
        return str(raised.value)


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    clock = Clock()

    monkeypatch.setattr(time, "sleep", clock.sleep)
    monkeypatch.setattr(time, "monotonic", lambda: clock.seconds)
    monkeypatch.setattr(function, "datetime", SimpleNamespace(now=lambda _zone: clock.now()))
    return World(clock, Ecs(clock), Logs(clock))


class TestSuccess:
    def test_the_result_is_the_task_and_its_exit_code_and_nothing_that_it_wrote(self, world: World) -> None:
        world.logs.lines["payment-api-migration/migration/0"] = ["applied 3 migrations"]
        assert world.run() == {"task": "task/0", "exit_code": 0}

    def test_the_task_runs_in_the_private_subnets_without_a_public_address(self, world: World) -> None:
        world.run()
        (parameters,) = world.ecs.started()
        assert parameters.pop("clientToken")
        assert parameters == {
            "cluster": EVENT["cluster"],
            "taskDefinition": DEFINITION,
            "launchType": "FARGATE",
            "networkConfiguration": {
                "awsvpcConfiguration": {
                    "subnets": ["subnet-1"],
                    "securityGroups": ["sg-1"],
                    "assignPublicIp": "DISABLED",
                }
            },
        }


class TestFailure:
    def fail(self, world: World, lines: list[str], **task: object) -> str:
        world.ecs.next_task = {"exit_code": 3, "reason": "Essential container in task exited", **task}
        world.logs.lines["payment-api-migration/migration/0"] = lines
        return world.fails()

    def test_the_message_has_the_exit_code_the_task_and_what_to_do(self, world: World) -> None:
        assert self.fail(world, []).startswith(
            "The migration failed with exit code 3 (Essential container in task exited): task/0. No task of "
            "the service was replaced. Correct it and apply again."
        )

    def test_the_message_has_the_last_20_lines(self, world: World) -> None:
        message = self.fail(world, [f"line {number}" for number in range(30)])
        assert message.splitlines()[-LAST_LINES:] == [f"line {number}" for number in range(10, 30)]
        assert "line 9\n" not in message

    def test_lines_that_arrive_late_are_waited_for(self, world: World) -> None:
        world.logs.appear_at = 20.0
        assert self.fail(world, ["late"]).endswith("\nlate")

    def test_without_lines_the_message_is_complete(self, world: World) -> None:
        assert self.fail(world, []).endswith("Correct it and apply again.")
        assert world.clock.seconds < 40

    def test_a_task_that_never_started_has_ecss_reason(self, world: World) -> None:
        message = self.fail(world, [], exit_code=None, reason="CannotPullContainerError: not found")
        assert "The migration ended without an exit code (CannotPullContainerError: not found)" in message

    @pytest.mark.parametrize(
        ("line", "shown"),
        [
            ("postgresql://payment_owner:hunter2@db:5432/payments", "postgresql://payment_owner:...@db:5432/payments"),
            ("DB_PASSWORD=hunter2 retrying", "DB_PASSWORD=... retrying"),
            ('{"password": "hunter2 x", "user": "a"}', '{"password": ..., "user": "a"}'),
            ("api_key: hunter2", "api_key: ..."),
            ("relation \"payments\" does not exist", "relation \"payments\" does not exist"),
        ],
    )  # fmt: skip
    def test_what_looks_like_a_credential_is_left_out(self, line: str, shown: str, world: World) -> None:
        message = self.fail(world, [line])
        assert message.splitlines()[-1] == shown
        assert "hunter2" not in message

    def test_the_environment_of_the_task_is_not_quoted(self, world: World) -> None:
        assert "of-the-env" not in self.fail(world, ["line"])

    def test_the_next_invocation_runs_it_again(self, world: World) -> None:
        self.fail(world, ["line"])
        world.ecs.next_task = {}
        assert world.run("r-2") == {"task": "task/1", "exit_code": 0}

    def test_it_runs_again_hours_later_although_ecs_remembers_the_token(self, world: World) -> None:
        """The failed task is no longer listed, so the first token is that of the failed task."""
        self.fail(world, ["line"])
        world.ecs.next_task = {}
        world.clock.sleep(2 * 3600)
        assert world.run("r-2") == {"task": "task/1", "exit_code": 0}

    def test_an_error_other_than_throttling_is_said_at_once(self, world: World) -> None:
        def refuse() -> None:
            raise error("RunTask", "InvalidParameterException", "Unable to assume the role")

        world.ecs.before_run = refuse
        assert world.fails() == "RunTask failed: InvalidParameterException: Unable to assume the role"
        assert world.clock.seconds == 0

    def test_a_task_that_ecs_does_not_place_is_said(self, world: World) -> None:
        world.ecs.failures = [{"reason": "Capacity is unavailable at this time"}]
        assert "did not start the migration: Capacity is unavailable at this time" in world.fails()


class TestThrottling:
    @pytest.mark.parametrize("operation", ["RunTask", "ListTasks", "DescribeTasks"])
    def test_a_throttled_call_is_repeated_until_it_succeeds(self, operation: str, world: World) -> None:
        world.ecs.throttled[operation] = 8
        assert world.run()["exit_code"] == 0
        assert len(world.ecs.tasks) == 1

    def test_the_pauses_grow(self, world: World) -> None:
        world.ecs.throttled["ListTasks"] = 6
        world.run()
        assert world.clock.seconds > 15

    def test_it_gives_up_before_lambda_does(self, world: World) -> None:
        world.ecs.throttled["RunTask"] = 10_000
        assert world.fails(seconds=100) == "RunTask failed: ThrottlingException: Rate exceeded"
        assert world.clock.seconds <= 100


class TestTwoAtOnce:
    def test_a_migration_of_an_older_revision_is_waited_for_and_then_this_one_runs(
        self, world: World
    ) -> None:
        world.ecs.add(OLDER, ends=60)
        assert world.run() == {"task": "task/1", "exit_code": 0}
        assert world.ecs.tasks[1].created >= world.clock.start + timedelta(seconds=60)

    def test_a_failure_of_the_older_one_does_not_keep_this_one_from_running(self, world: World) -> None:
        world.ecs.add(OLDER, ends=60, exit_code=1)
        assert world.run() == {"task": "task/1", "exit_code": 0}

    def test_a_migration_of_the_same_revision_is_not_run_a_second_time(self, world: World) -> None:
        """As after an apply that was killed while its migration ran."""
        world.ecs.add(DEFINITION, ends=60)
        assert world.run() == {"task": "task/0", "exit_code": 0}
        assert world.ecs.started() == []

    def test_its_failure_is_this_ones(self, world: World) -> None:
        world.ecs.add(DEFINITION, ends=60, exit_code=9)
        assert "failed with exit code 9" in world.fails()

    def test_two_invocations_that_start_at_the_same_moment_start_one_task(self, world: World) -> None:
        """Neither sees the other's task in ListTasks."""
        second: list[dict[str, Any]] = []

        def start_another() -> None:
            world.ecs.before_run = lambda: None
            second.append(world.run("r-2"))

        world.ecs.before_run = start_another
        assert [world.run("r-1"), *second] == [{"task": "task/0", "exit_code": 0}] * 2
        assert len(world.ecs.tasks) == 1

    def test_one_that_does_not_end_in_time_is_left_alone(self, world: World) -> None:
        world.ecs.add(OLDER, ends=10_000)
        message = world.fails()
        assert message.startswith("The migration of an earlier apply still runs: task/0. It was not stopped")
        assert world.ecs.started() == []
        assert world.clock.seconds <= 880


class TestSucceededBefore:
    """The result was lost on the way to Terraform, which invokes the function again."""

    def test_the_same_revision_does_not_run_again(self, world: World) -> None:
        world.run("r-1")
        world.clock.sleep(1800)
        assert world.run("r-2") == {"task": "task/0", "exit_code": 0}
        assert len(world.ecs.started()) == 1

    def test_another_revision_runs(self, world: World) -> None:
        world.ecs.add(OLDER, ends=0)
        assert world.run() == {"task": "task/1", "exit_code": 0}

    def test_a_success_after_a_failure_counts(self, world: World) -> None:
        world.ecs.add(DEFINITION, ends=0, exit_code=1)
        world.ecs.add(DEFINITION, ends=0)
        assert world.run() == {"task": "task/1", "exit_code": 0}
        assert world.ecs.started() == []


class TestKilled:
    def test_a_killed_task_fails_with_its_exit_code_and_runs_again(self, world: World) -> None:
        world.ecs.next_task = {"exit_code": 137, "reason": "OutOfMemoryError: container killed"}
        assert "exit code 137 (OutOfMemoryError: container killed)" in world.fails()
        world.ecs.next_task = {}
        assert world.run("r-2") == {"task": "task/1", "exit_code": 0}

    def test_a_migration_that_takes_too_long_is_left_running_and_joined_by_the_next_apply(
        self, world: World
    ) -> None:
        world.ecs.next_task = {"ends": 1000.0}
        assert world.fails().startswith("The migration of this apply still runs: task/0.")
        assert world.run("r-2") == {"task": "task/0", "exit_code": 0}
        assert len(world.ecs.tasks) == 1


def test_the_client_token_has_at_most_64_characters(world: World) -> None:
    """ECS's limit. https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RunTask.html"""
    world.run()
    (parameters,) = world.ecs.started()
    assert len(parameters["clientToken"]) == len(hashlib.sha256().hexdigest()) == 64
