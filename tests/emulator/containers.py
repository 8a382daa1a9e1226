"""Containers of ECS tasks as processes of this machine: the environment that a task definition gives a
container, and its command."""

import json
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from botocore.exceptions import ClientError

from tests.emulator import hosts
from tests.emulator.account import Account, Credentials
from tests.emulator.local_processes import LineHandler, LocalProcess
from tests.emulator.log_events import LogStream
from tests.emulator.permissions import role_may
from tests.emulator.serving import MOTO, endpoint, session

images: dict[str, Path] = {}
"""Reference of an image, as in a task definition → the folder in which its containers run."""

# https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html
_DEFAULT_STOP_TIMEOUT = 30
# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-secrets-manager.html
_SECRET = re.compile(
    r"(?P<arn>arn:[\w-]+:secretsmanager:(?P<region>[\w-]+):\d{12}:secret:[^:]+)"
    r"(?::(?P<key>[^:]*):(?P<stage>[^:]*):(?P<version>[^:]*))?"
)
_NOT_FOR_CONTAINERS = {"CHECKPOINT_DISABLE"}  # Terraform's


class TaskFailedToStartError(Exception):
    """ECS stops the task before its containers run; the message is the task's `stoppedReason`."""


class ResourceInitializationError(TaskFailedToStartError):
    """A secret cannot be read, or the log group not be written to."""

    def __init__(self, message: str) -> None:
        super().__init__(f"ResourceInitializationError: {message}")


class CannotPullContainerError(TaskFailedToStartError):
    """The image is not in `images`."""

    def __init__(self, image: str) -> None:
        super().__init__(f"CannotPullContainerError: failed to resolve ref {image}: not found")


class CannotStartContainerError(TaskFailedToStartError):
    """The container's command does not exist."""

    def __init__(self, message: str) -> None:
        super().__init__(f"CannotStartContainerError: {message}")


@dataclass(frozen=True)
class Container:
    """A container of a task definition.

    `secrets` are (variable, `valueFrom`); `log` are the options of the log driver awslogs, empty with
    another driver.
    """

    name: str
    image: str
    command: tuple[str, ...]
    variables: Mapping[str, str]
    secrets: tuple[tuple[str, str], ...]
    log: Mapping[str, str]
    essential: bool = True
    stop_timeout: int = _DEFAULT_STOP_TIMEOUT

    @classmethod
    def of(cls, definition: Mapping[str, Any], override: Mapping[str, Any] | None = None) -> Self:
        """Read a container definition of the API, with RunTask's override for it."""
        changed = override or {}
        variables = {each["name"]: each["value"] for each in definition.get("environment") or ()}
        variables |= {each["name"]: each["value"] for each in changed.get("environment") or ()}
        log = definition.get("logConfiguration") or {}
        return cls(
            name=definition["name"],
            image=definition["image"],
            command=(
                *(definition.get("entryPoint") or ()),
                *(changed.get("command") or definition.get("command") or ()),
            ),
            variables=variables,
            secrets=tuple(
                (each["name"], each["valueFrom"])
                for each in definition.get("secrets") or ()
                if each["name"] not in variables
            ),
            log=(log.get("options") or {}) if log.get("logDriver") == "awslogs" else {},
            essential=definition.get("essential", True),
            stop_timeout=definition.get("stopTimeout") or _DEFAULT_STOP_TIMEOUT,
        )


@dataclass(frozen=True)
class TaskDefinition:
    """What a task's processes need of its definition."""

    region: str
    account_id: str
    containers: tuple[Container, ...]
    task_role: str | None
    execution_role: str | None

    @classmethod
    def of(cls, document: Mapping[str, Any], overrides: Mapping[str, Any] | None = None) -> Self:
        """Read the `taskDefinition` of DescribeTaskDefinition, with RunTask's overrides."""
        changed = overrides or {}
        by_name = {each.get("name"): each for each in changed.get("containerOverrides") or ()}
        _, _, _, region, account_id, _ = document["taskDefinitionArn"].split(":", 5)
        return cls(
            region=region,
            account_id=account_id,
            containers=tuple(
                Container.of(each, by_name.get(each["name"])) for each in document["containerDefinitions"]
            ),
            task_role=changed.get("taskRoleArn") or document.get("taskRoleArn"),
            execution_role=changed.get("executionRoleArn") or document.get("executionRoleArn"),
        )

    @classmethod
    def read(cls, account: Account, name: str) -> Self:
        """The task definition with this ARN, family, or family and revision."""
        answer = account.client("ecs").describe_task_definition(taskDefinition=name)
        return cls.of(answer["taskDefinition"])

    def container(self, name: str) -> Container:
        """The container with this name. Raises KeyError if the task definition has none."""
        return {each.name: each for each in self.containers}[name]


def environment(
    definition: TaskDefinition, container: Container, *, home: Path, task_id: str = "local"
) -> dict[str, str]:
    """The environment of a container's process.

    It has nothing of this process's environment but PATH and LANG. On AWS the credentials of the task's role
    come from AWS_CONTAINER_CREDENTIALS_RELATIVE_URI; here they are in variables. Raises
    ResourceInitializationError where ECS could not start the container.
    """
    variables = {
        "PATH": os.environ.get("PATH", os.defpath),
        "LANG": os.environ.get("LANG", "C.UTF-8"),
        "HOME": str(home),
        "TMPDIR": str(home),
        "AWS_EXECUTION_ENV": "AWS_ECS_FARGATE",
        **_aws_variables(definition, task_id),
        **container.variables,
        **_resolved_secrets(definition, container, task_id),
    }
    return variables | _database_variables(variables)


def _aws_variables(definition: TaskDefinition, task_id: str) -> dict[str, str]:
    if definition.task_role:
        account = session(definition.task_role, region=definition.region, name=task_id)
        left_out = _NOT_FOR_CONTAINERS
    else:
        account = Account(endpoint(), definition.region, Credentials("", ""))
        left_out = _NOT_FOR_CONTAINERS | {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"}
    return {name: value for name, value in account.variables().items() if name not in left_out}


def _database_variables(variables: Mapping[str, str]) -> dict[str, str]:
    """libpq finds the database's endpoint and its certificate authority by these variables."""
    address = hosts.address_of(variables.get("DB_HOST", ""))
    if address is None:
        return {}
    ca_file = hosts.ca_file()
    return {"PGHOSTADDR": address} | ({"PGSSLROOTCERT": str(ca_file)} if ca_file else {})


def _resolved_secrets(definition: TaskDefinition, container: Container, task_id: str) -> dict[str, str]:
    """The values of a container's secrets, read with the execution role."""
    if not container.secrets:
        return {}
    if definition.execution_role is None:
        raise ResourceInitializationError(
            "unable to pull secrets or registry auth: the task definition has no execution role"
        )
    account = session(definition.execution_role, region=definition.region, name=task_id)
    clients: dict[str, Any] = {}
    values = {}
    for name, reference in container.secrets:
        parts = _SECRET.fullmatch(reference)
        if parts is None:
            raise _unreadable(f"invalid ARN of a secret in Secrets Manager: {reference}")
        _check_permission(definition.execution_role, parts["arn"], task_id)
        if parts["region"] not in clients:
            regional = Account(account.endpoint, parts["region"], account.credentials)
            clients[parts["region"]] = regional.client("secretsmanager")
        values[name] = _secret_value(clients[parts["region"]], parts)
    return values


def _unreadable(message: str) -> ResourceInitializationError:
    return ResourceInitializationError(
        "unable to pull secrets or registry auth: execution resource retrieval failed: unable to retrieve "
        f"secret from asm: {message}"
    )


def _check_permission(role_arn: str, secret_arn: str, task_id: str) -> None:
    action = "secretsmanager:GetSecretValue"
    with MOTO:
        permitted = role_may(role_arn, action, secret_arn)
    if not permitted:
        name = f"{role_arn.rsplit('/', maxsplit=1)[-1]}/{task_id}"
        raise _unreadable(
            f"failed to fetch secret {secret_arn} from secrets manager: AccessDeniedException: {name} is not "
            f"authorized to perform: {action}"
        )


def _secret_value(client: Any, parts: re.Match[str]) -> str:  # noqa: ANN401 - boto3's client
    version = {"VersionStage": parts["stage"], "VersionId": parts["version"]}
    try:
        answer = client.get_secret_value(
            SecretId=parts["arn"], **{name: value for name, value in version.items() if value}
        )
    except ClientError as error:
        reason = error.response["Error"]
        raise _unreadable(
            f"failed to fetch secret {parts['arn']} from secrets manager: {reason['Code']}: "
            f"{reason['Message']}"
        ) from None
    text = str(answer.get("SecretString", ""))
    if not parts["key"]:
        return text
    try:
        document = json.loads(text)
    except ValueError:
        document = None
    if not isinstance(document, dict):
        # Without the original error, whose message and context could quote the value.
        raise _unreadable("invalid character in the value of a secret that is not JSON") from None
    if parts["key"] not in document:
        raise _unreadable(f"retrieved secret from Secrets Manager did not contain json key {parts['key']}")
    value = document[parts["key"]]
    return value if isinstance(value, str) else json.dumps(value)


def log_stream(definition: TaskDefinition, container: Container, task_id: str) -> LogStream | None:
    """The container's stream `prefix/container/task`, None without the log driver awslogs.

    Raises ResourceInitializationError if the log group does not exist or the execution role may not write to
    it: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/using_awslogs.html
    """
    if not container.log:
        return None
    stream = LogStream(
        account_id=definition.account_id,
        region=container.log["awslogs-region"],
        group=container.log["awslogs-group"],
        name=f"{container.log['awslogs-stream-prefix']}/{container.name}/{task_id}",
    )
    failed = (
        "failed to validate logger args: create stream has been retried 1 times: failed to create Cloudwatch "
        "log stream:"
    )
    if not stream.exists():
        raise ResourceInitializationError(
            f"{failed} ResourceNotFoundException: The specified log group does not exist."
        )
    if not stream.writable_by(definition.execution_role or ""):
        raise ResourceInitializationError(f"{failed} AccessDeniedException")
    return stream


def run(
    container: Container,
    *,
    environment: Mapping[str, str],
    directory: Path,
    on_line: LineHandler | None = None,
    stream: LogStream | None = None,
    command: Sequence[str] | None = None,
) -> LocalProcess:
    """Start the container's command, or another one, and pass each line of its output to `on_line` and to its
    log stream.

    End it with `stop(container.stop_timeout)`: SIGTERM, then SIGKILL, as ECS does. Raises
    CannotStartContainerError if there is no command or it does not exist.
    """
    arguments = tuple(command) if command is not None else container.command
    if not arguments:
        raise CannotStartContainerError("no command specified")

    def handle(line: str) -> None:
        if stream is not None:
            stream.write(line)
        if on_line is not None:
            on_line(line)

    try:
        return LocalProcess(arguments, directory=directory, environment=environment, on_line=handle)
    except OSError as error:
        raise CannotStartContainerError(f"exec: {arguments[0]!r}: {error.strerror}") from None
