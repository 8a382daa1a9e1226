"""Runs the migration task once and waits for its end: a Lambda function that an apply invokes.

The event contains `task_definition`, `cluster`, `subnets`, `security_group`, `container` (the name of the
container whose exit code counts), `log_group` and `log_prefix` (of the container's log streams). The result
is stored in Terraform's state, so it contains no output of the migration. An error of Terraform quotes the
whole answer of a function: a failure has the last lines of the migration's log, without what looks like a
credential, and nothing of the task's environment.

One task of the family runs at a time. A task that an earlier apply started, and that still runs, is waited
for. If it is of the same revision, its end is the result; otherwise the migration runs after it. A revision
that has succeeded does not run again while ECS lists its task, which is an hour: Terraform invokes the
function again if it lost the result, for example because it was killed.
"""

import hashlib
import logging
import random
import re
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

LAST_LINES = 20
MAX_LINE_LENGTH = 500
POLL_SECONDS = 5.0
# Lines reach CloudWatch Logs some time after the container has exited.
LOG_SECONDS = 10.0
# What remains of the function's time when it gives up, so that the error is its own and no timeout's.
MARGIN_SECONDS = 20.0
# ECS answers a client token of an earlier call with the task of that call. ListTasks still shows a stopped
# task for an hour, so an answer that is older than this is none to this invocation.
SAME_INVOCATION = timedelta(minutes=20)

_LONGEST_PAUSE_SECONDS = 20.0
_THROTTLED = frozenset(
    {
        *("Throttling", "ThrottlingException", "ThrottledException", "RequestThrottledException"),
        *("TooManyRequestsException", "RequestLimitExceeded", "LimitExceededException"),
    }
)
_CREDENTIAL = re.compile(
    r"""(?P<url>\b[a-z][a-z0-9+.-]*://[^\s:/@]*:)[^\s@]+(?=@)"""
    r"""|(?P<name>\b[\w-]*(?:password|passwd|pwd|secret|token|api_?key)["']?\s*[=:]\s*)(?:"[^"]*"|'[^']*'|[^\s,;&]+)""",
    re.IGNORECASE,
)

_log = logging.getLogger(__name__)
_log.setLevel(logging.INFO)

Result = TypeVar("Result")


class MigrationError(Exception):
    """The migration failed, or did not run; the message says why."""


def handler(event: Mapping[str, Any], context: Any) -> dict[str, Any]:  # noqa: ANN401 - Lambda's context object
    """Run the migration and return the task and its exit code, which is 0. Raises MigrationError."""
    # Every call is tried again below for as long as there is time.
    config = Config(connect_timeout=5, read_timeout=20, retries={"mode": "standard", "max_attempts": 2})
    migration = Migration(
        event,
        request_id=context.aws_request_id,
        ecs=boto3.client("ecs", config=config),
        logs=boto3.client("logs", config=config),
        deadline=time.monotonic() + context.get_remaining_time_in_millis() / 1000 - MARGIN_SECONDS,
    )
    return migration.run()


class Migration:
    """One run of the migration, until `deadline`, a time of the monotonic clock."""

    def __init__(
        self,
        event: Mapping[str, Any],
        *,
        request_id: str,
        ecs: Any,  # noqa: ANN401 - boto3 makes the client's type at run time
        logs: Any,  # noqa: ANN401 - as above
        deadline: float,
    ) -> None:
        self._definition: str = event["task_definition"]
        self._event = event
        self._request_id = request_id
        self._ecs = ecs
        self._logs = logs
        self._deadline = deadline

    def run(self) -> dict[str, Any]:
        """Wait for tasks of the family that still run, and run the migration unless it was one of them."""
        for task in self._tasks("RUNNING"):
            ended = self._ended(task, "of an earlier apply")
            if ended["taskDefinitionArn"] == self._definition:
                return self._result(ended)
        stopped = self._tasks("STOPPED")
        # Of both calls, an answer or a request has at most 100 tasks.
        succeeded = self._succeeded(stopped) if stopped else None
        if succeeded is not None:
            _log.info("has succeeded before: %s", succeeded["taskArn"])
            return self._result(succeeded)
        started = self._start(stopped)
        return self._result(self._ended(started["taskArn"], "of this apply"))

    def _succeeded(self, tasks: Sequence[str]) -> Mapping[str, Any] | None:
        """The task among these that is of this revision and whose exit code is 0."""
        for task in self._described(tasks):
            if task["taskDefinitionArn"] == self._definition and self._exit_code(task) == 0:
                return task
        return None

    def _exit_code(self, task: Mapping[str, Any]) -> int | None:
        code: int | None = self._container(task).get("exitCode")
        return code

    def _container(self, task: Mapping[str, Any]) -> Mapping[str, Any]:
        return next(each for each in task["containers"] if each["name"] == self._event["container"])

    def _described(self, tasks: Sequence[str]) -> list[Mapping[str, Any]]:
        found: list[Mapping[str, Any]] = self._retried(
            lambda: self._ecs.describe_tasks(cluster=self._event["cluster"], tasks=[*tasks])["tasks"]
        )
        return found

    def _tasks(self, status: str) -> list[str]:
        """The ARNs of the family's tasks whose desired status this is, sorted."""
        family = self._definition.rpartition("/")[2].rpartition(":")[0]
        found: list[str] = self._retried(
            lambda: self._ecs.list_tasks(cluster=self._event["cluster"], family=family, desiredStatus=status)[
                "taskArns"
            ]
        )
        return sorted(found)

    def _start(self, stopped: Sequence[str]) -> Mapping[str, Any]:
        """Start the task, once even if two invocations do so at the same moment.

        Both see the same stopped tasks, so their client tokens are equal, and ECS answers both with one task.
        After a failure, the failed task is one more, so that the token is another one.
        """
        seen = "\n".join([self._definition, *stopped])
        token = hashlib.sha256(seen.encode()).hexdigest()
        task = self._run_task(token)
        if datetime.now(UTC) - task["createdAt"] > SAME_INVOCATION:
            task = self._run_task(hashlib.sha256(f"{seen}\n{self._request_id}".encode()).hexdigest())
        _log.info("started %s", task["taskArn"])
        return task

    def _run_task(self, token: str) -> Mapping[str, Any]:
        network = {
            "subnets": self._event["subnets"],
            "securityGroups": [self._event["security_group"]],
            "assignPublicIp": "DISABLED",
        }

        def run_task() -> Mapping[str, Any]:
            answer = self._ecs.run_task(
                cluster=self._event["cluster"],
                taskDefinition=self._definition,
                launchType="FARGATE",
                networkConfiguration={"awsvpcConfiguration": network},
                clientToken=token,
            )
            if not answer["tasks"]:
                reasons = ", ".join(str(each.get("reason")) for each in answer["failures"])
                raise MigrationError(f"ECS did not start the migration: {reasons}. Apply again.")
            task: Mapping[str, Any] = answer["tasks"][0]
            return task

        return self._retried(run_task)

    def _ended(self, task_arn: str, of_which: str) -> Mapping[str, Any]:
        """Wait until the task has ended, and return it."""
        while True:
            # Eventually consistent: a task that was just started can be missing.
            for task in self._described([task_arn]):
                if task["lastStatus"] == "STOPPED":
                    return task
            if time.monotonic() + POLL_SECONDS > self._deadline:
                raise MigrationError(
                    f"The migration {of_which} still runs: {task_arn}. It was not stopped, and no task of "
                    "the service was replaced. Apply again when it has ended. A migration must complete "
                    "within 14 minutes."
                )
            time.sleep(POLL_SECONDS)

    def _result(self, task: Mapping[str, Any]) -> dict[str, Any]:
        """Return the result of a task that has ended. Raises MigrationError unless its exit code is 0."""
        exit_code = self._exit_code(task)
        if exit_code == 0:
            return {"task": task["taskArn"], "exit_code": 0}
        reasons = [text for text in (task.get("stoppedReason"), self._container(task).get("reason")) if text]
        ended = "ended without an exit code" if exit_code is None else f"failed with exit code {exit_code}"
        message = (
            f"The migration {ended} ({_without_credentials('; '.join(reasons)) or 'no reason given'}): "
            f"{task['taskArn']}. No task of the service was replaced. Correct it and apply again."
        )
        lines = self._last_lines(task["taskArn"], expected=exit_code is not None)
        if lines:
            message += "\nIts last log lines:\n" + "\n".join(lines)
        raise MigrationError(message)

    def _last_lines(self, task_arn: str, *, expected: bool) -> list[str]:
        """The last lines of the container's log; none if it wrote none, or if they cannot be read."""
        stream = "/".join([self._event["log_prefix"], self._event["container"], task_arn.rpartition("/")[2]])
        give_up = min(self._deadline, time.monotonic() + (LOG_SECONDS if expected else 0))
        while True:
            try:
                events = self._logs.get_log_events(
                    logGroupName=self._event["log_group"],
                    logStreamName=stream,
                    limit=LAST_LINES,
                    startFromHead=False,
                )["events"]
            except ClientError as error:
                _log.warning("the log cannot be read: %s", _code(error))
                events = []
            if events or time.monotonic() >= give_up:
                return [_without_credentials(each["message"])[:MAX_LINE_LENGTH] for each in events]
            time.sleep(1)

    def _retried(self, call: Callable[[], Result]) -> Result:
        """Return the result of the call, which is repeated while AWS throttles it and there is time."""
        attempt = 0
        while True:
            try:
                return call()
            except ClientError as error:
                pause = min(_LONGEST_PAUSE_SECONDS, 2**attempt) * random.uniform(0.5, 1)  # noqa: S311 - jitter
                if _code(error) not in _THROTTLED or time.monotonic() + pause > self._deadline:
                    raise MigrationError(
                        f"{error.operation_name} failed: {_code(error)}: "
                        f"{error.response['Error'].get('Message')}"
                    ) from None
            attempt += 1
            time.sleep(pause)


def _code(error: ClientError) -> str:
    return str(error.response["Error"].get("Code"))


def _without_credentials(text: str) -> str:
    """Return the text without passwords in URLs, and without the values of what is named like a secret."""
    return _CREDENTIAL.sub(lambda match: f"{match['url'] or match['name']}...", text)
