"""Runs the tasks that RunTask starts on Fargate: each container's command is a process of this machine."""

import tempfile
from collections.abc import Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from pathlib import Path
from threading import Event, Thread
from typing import Any

from moto.core.utils import utcnow
from moto.ec2.models import ec2_backends

from tests.emulator import containers
from tests.emulator.containers import (
    CannotPullContainerError,
    Container,
    TaskDefinition,
    TaskFailedToStartError,
)
from tests.emulator.local_processes import LocalProcess
from tests.emulator.serving import MOTO

_SIGKILL_EXIT_CODE = 137
_SIGNAL_EXIT_CODES = 128


class TaskRun:
    """The processes of one of moto's tasks, whose states it keeps. A thread of its own waits for them.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-lifecycle-explanation.html
    """

    def __init__(self, task: Any, definition: TaskDefinition) -> None:  # noqa: ANN401 - moto's task
        self._task = task
        self._definition = definition
        self._states = {each.name: each for each in task.containers}
        self._stopping = Event()
        self._written = Event()
        self._ended = Event()
        self._thread = Thread(target=self._run, name=f"task {task.id}", daemon=True)

    def start(self) -> None:
        """Start the task in the background."""
        self._thread.start()

    def stop(self) -> None:
        """Let the containers stop, without waiting for them."""
        self._stopping.set()

    def wait(self, timeout: float) -> bool:
        """Whether the task has stopped within `timeout` seconds."""
        return self._ended.wait(timeout)

    def wait_for_output(self, timeout: float) -> bool:
        """Whether a container has written a line within `timeout` seconds."""
        return self._written.wait(timeout)

    def _line(self, _line: str) -> None:
        self._written.set()

    def _run(self) -> None:
        try:
            with tempfile.TemporaryDirectory(prefix="pa-task-", ignore_cleanup_errors=True) as home:
                self._run_in(Path(home))
        except TaskFailedToStartError as error:
            self._stopped("TaskFailedToStart", str(error))
        except Exception as error:
            self._stopped("TaskFailedToStart", f"InternalError: {error!r}")
            raise
        finally:
            self._ended.set()

    def _run_in(self, home: Path) -> None:
        prepared = [self._prepare(each, home) for each in self._definition.containers]
        self._change("PENDING")
        processes: dict[str, LocalProcess] = {}
        try:
            for container, directory, environment, stream in prepared:
                if not self._stopping.is_set():
                    processes[container.name] = containers.run(
                        container,
                        environment=environment,
                        directory=directory,
                        stream=stream,
                        on_line=self._line,
                    )
        except TaskFailedToStartError:
            self._stop(processes)
            raise
        if processes:
            self._change("RUNNING")
        self._wait(processes)

    def _prepare(self, container: Container, home: Path) -> tuple[Container, Path, Mapping[str, str], Any]:
        """Everything that can fail before a container runs. ECS pulls secrets before images."""
        id_ = self._task.id
        environment = containers.environment(self._definition, container, home=home, task_id=id_)
        directory = containers.images.get(container.image)
        if directory is None:
            raise CannotPullContainerError(container.image)
        return container, directory, environment, containers.log_stream(self._definition, container, id_)

    def _wait(self, processes: Mapping[str, LocalProcess]) -> None:
        """Wait until an essential container exits or the task is to be stopped, and stop the others."""
        essential = {each.name for each in self._definition.containers if each.essential}
        reason = ("", "")
        with ThreadPoolExecutor(max_workers=len(processes) + 1) as pool:
            exits: dict[Future[object], str] = {
                pool.submit(process.wait): name for name, process in processes.items()
            }
            stopping: Future[object] = pool.submit(self._stopping.wait)
            pending: set[Future[object]] = {*exits, stopping}
            while pending and processes and not reason[0]:
                done, pending = wait(pending, return_when=FIRST_COMPLETED)
                for future in done & exits.keys():
                    self._exited(exits[future], future.result())
                if self._stopping.is_set():
                    break
                if essential & {exits[each] for each in done & exits.keys()}:
                    reason = ("EssentialContainerExited", "Essential container in task exited")
            self._stopping.set()
            self._change("STOPPING", desired="STOPPED")
            self._stop(processes)
        self._stopped(*reason)

    def _stop(self, processes: Mapping[str, LocalProcess]) -> None:
        """Stop those that still run, all at once."""
        timeouts = {each.name: each.stop_timeout for each in self._definition.containers}
        threads = [
            Thread(target=self._stop_one, args=(name, process, timeouts[name]))
            for name, process in processes.items()
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _stop_one(self, name: str, process: LocalProcess, timeout: float) -> None:
        if self._states[name].exit_code is None:
            self._exited(name, process.stop(timeout))

    def _exited(self, name: str, code: object) -> None:
        assert isinstance(code, int)
        with MOTO:
            state = self._states[name]
            state.exit_code = _SIGNAL_EXIT_CODES - code if code < 0 else code
            state.last_status = "STOPPED"

    def _change(self, status: str, *, desired: str | None = None) -> None:
        with MOTO:
            self._task.last_status = status
            if desired is not None:
                self._task.desired_status = desired
            if status == "RUNNING":
                self._task.started_at = utcnow()
            if status == "STOPPING":
                self._task.stopping_at = utcnow()
                return
            for state in self._states.values():
                if state.last_status != "STOPPED":
                    state.last_status = status

    def _stopped(self, code: str, reason: str) -> None:
        """Record the end. StopTask has set code and reason if it caused the end."""
        with MOTO:
            task = self._task
            if not task.stop_code:
                task.stop_code, task.stopped_reason = code, reason
            for state in self._states.values():
                state.last_status = "STOPPED"
            task.desired_status = task.last_status = "STOPPED"
            task.stopped_at = task.execution_stopped_at = utcnow()
            interfaces = ec2_backends[self._definition.account_id][self._definition.region].enis
            for attachment in task.attachments:
                attachment["status"] = "DELETED"
                for detail in attachment["details"]:
                    if detail["name"] == "networkInterfaceId":
                        interfaces.pop(detail["value"], None)
