"""Runs an application in place of the deployed service's container: `pipenv run local --run`."""

import errno
import json
import shlex
import shutil
import socket
import ssl
from collections.abc import Sequence
from contextlib import ExitStack
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic, sleep
from types import TracebackType
from typing import Any, Self
from uuid import uuid4

from tests.emulator import containers
from tests.emulator.account import Account
from tests.emulator.containers import TaskDefinition, TaskFailedToStartError
from tests.emulator.local_processes import LineHandler

HOST = "127.0.0.1"
_POLL_SECONDS = 0.1
_REQUEST_SECONDS = 5.0  # the load balancer's timeout


class ApplicationError(Exception):
    """The application cannot be started here; the message says why, on one line."""


def parsed(command: str) -> tuple[str, ...]:
    """The words of the command as a shell splits them. No shell runs it, as none runs an image's command.

    Raises ApplicationError if it names no program.
    """
    try:
        words = tuple(shlex.split(command))
    except ValueError as error:
        raise ApplicationError(
            f"--run must be a program with its arguments, quoted as for a shell: {error}"
        ) from error
    if not words:
        raise ApplicationError("--run must be a program with its arguments, but it is empty")
    if shutil.which(words[0]) is None:
        raise ApplicationError(
            f"--run must begin with a program on the PATH, or with the path of one: {words[0]!r} is neither"
        )
    return words


def containers_of(stack: Path) -> list[dict[str, Any]]:
    """The container definitions of a synthesized stack, from its folder."""
    document = json.loads((stack / "cdk.tf.json").read_text(encoding="utf-8"))
    return [
        container
        for definition in document["resource"]["aws_ecs_task_definition"].values()
        for container in json.loads(definition["container_definitions"])
    ]


def port_of(stack: Path) -> int:
    """The port that the service's container listens on, from the folder of the synthesized stack."""
    mappings = [each for container in containers_of(stack) for each in container.get("portMappings", ())]
    (mapping,) = mappings
    port: int = mapping["containerPort"]
    return port


def run_images_in(directory: Path, stack: Path) -> None:
    """Let the emulator run the tasks of the synthesized stack, such as migrations, in this folder."""
    for container in containers_of(stack):
        containers.images[container["image"]] = directory


def check_port(port: int) -> None:
    """Raise ApplicationError if the port is in use."""
    with socket.socket() as probe:
        # As servers do: a connection that was closed a moment ago does not keep the port.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
            raise ApplicationError(
                f"Port {port} of {HOST} is in use, and the service's container listens on it: stop the"
                " other program, or set PAYMENT_API_SERVICE__PORT to another port"
            ) from error


class Application:
    """A context manager that runs a command in place of the container of the deployed service.

    The command gets the environment of the container and the credentials of the task's role, and its output
    goes to the container's log stream, too. On exit it gets SIGTERM and, after the container's stop timeout,
    SIGKILL.

    Outputs: `url`, where the container listens, `health_url`, `container`, of the task definition, and
    `grace_seconds`, in which ECS does not stop a task that is not healthy.
    """

    def __init__(
        self,
        account: Account,
        *,
        cluster: str,
        service: str,
        command: Sequence[str],
        directory: Path,
        on_line: LineHandler,
        port: int | None = None,
    ) -> None:
        """Each line that the command writes is passed to `on_line`, in a thread. `port` is the one that the
        command listens on, if it is not the container's."""
        self._command = command
        self._directory = directory
        self._on_line = on_line
        (deployed,) = account.client("ecs").describe_services(cluster=cluster, services=[service])["services"]
        (target,) = deployed["loadBalancers"]
        (group,) = account.client("elbv2").describe_target_groups(TargetGroupArns=[target["targetGroupArn"]])[
            "TargetGroups"
        ]
        self._task = TaskDefinition.read(account, deployed["taskDefinition"])
        self.container = self._task.container(target["containerName"])
        self._tls = group["Protocol"] == "HTTPS"
        self._port = port or target["containerPort"]
        self._health_path = group["HealthCheckPath"]
        self.grace_seconds: int = deployed["healthCheckGracePeriodSeconds"]
        self.url = f"{group['Protocol'].lower()}://{HOST}:{self._port}"
        self.health_url = self.url + self._health_path

    def __enter__(self) -> Self:
        """Start the command. Raises ApplicationError if that is not possible."""
        check_port(self._port)
        with ExitStack() as stack:
            # In place of the container's /tmp, which is empty at each start.
            home = Path(stack.enter_context(TemporaryDirectory(prefix="pa-", ignore_cleanup_errors=True)))
            name = uuid4().hex
            try:
                self._process = containers.run(
                    self.container,
                    environment=containers.environment(self._task, self.container, home=home, task_id=name),
                    directory=self._directory,
                    on_line=self._on_line,
                    stream=containers.log_stream(self._task, self.container, name),
                    command=self._command,
                )
            except TaskFailedToStartError as error:
                raise ApplicationError(f"ECS could not start the task: {error}") from error
            self._cleanup = stack.pop_all()
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _value: BaseException | None, _trace: TracebackType | None
    ) -> None:
        with self._cleanup:
            self.stop()

    @property
    def runs(self) -> bool:
        """Whether the command has not ended."""
        return self._process.wait(0) is None

    def await_health(self, seconds: float) -> bool:
        """Return whether the health path answers with 200, before the command ends and in this time."""
        deadline = monotonic() + seconds
        while self.runs and monotonic() < deadline:
            if self._is_healthy():
                return True
            sleep(_POLL_SECONDS)
        return False

    def wait(self) -> int:
        """Wait until the command ends, and return its exit code: negative for a signal."""
        code = self._process.wait()
        assert code is not None
        return code

    def stop(self) -> int:
        """Stop the command as ECS stops a task, unless it has ended, and return its exit code."""
        try:
            return self._process.stop(self.container.stop_timeout)
        except BaseException:  # a second Ctrl-C
            self._process.kill()
            raise

    def _is_healthy(self) -> bool:
        connection: HTTPConnection
        if self._tls:
            # Like the load balancer, which accepts any certificate of a target.
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
            connection = HTTPSConnection(HOST, self._port, timeout=_REQUEST_SECONDS, context=context)
        else:
            connection = HTTPConnection(HOST, self._port, timeout=_REQUEST_SECONDS)
        try:
            connection.request("GET", self._health_path)
            return connection.getresponse().status == HTTPStatus.OK
        except (OSError, HTTPException):
            return False
        finally:
            connection.close()
