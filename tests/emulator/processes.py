"""Child processes that end with this process, together with their own children."""

import contextlib
import os
import signal
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Lock, Thread
from time import monotonic
from types import FrameType

# Time between SIGINT and SIGKILL. It is short because the state of a deployment on the emulator is not kept.
GRACE_SECONDS = 3.0

LineHandler = Callable[[str], None]

_lock = Lock()
_running: set[subprocess.Popen[str]] = set()
_stopped = Event()


class StoppedError(Exception):
    """`all_stopped` stopped the child, or prevented its start."""


@dataclass(frozen=True)
class Finished:
    """Exit code and output of a child process."""

    command: tuple[str, ...]
    exit_code: int
    stdout: str
    stderr: str


def run(
    command: Sequence[str],
    *,
    directory: Path,
    environment: Mapping[str, str],
    on_line: LineHandler | None = None,
) -> Finished:
    """Run a command in a new process group until it ends, and pass each line of its standard output to
    `on_line`.

    On an exception, Ctrl-C included, the process group gets SIGINT and `GRACE_SECONDS` later SIGKILL, before
    the exception is raised again. Raises StoppedError inside `all_stopped`.
    """
    lines: list[str] = []
    errors: list[str] = []
    with _started(command, directory, environment) as process:
        # Both pipes are read at the same time, since a full pipe blocks the child.
        assert process.stdout is not None
        assert process.stderr is not None
        reader = Thread(target=errors.extend, args=(process.stderr,), daemon=True)
        try:
            reader.start()
            for line in process.stdout:
                lines.append(line)
                if on_line is not None:
                    on_line(line.rstrip("\n"))
            process.wait()
            reader.join()
        except BaseException:
            _stop(process)
            raise
    return Finished(tuple(command), process.returncode, "".join(lines), "".join(errors))


@contextlib.contextmanager
def all_stopped() -> Iterator[None]:
    """Stop the children of `run` in all threads, as an exception does, and prevent new ones inside the
    context."""
    with _lock:
        _stopped.set()
        running = tuple(_running)
    try:
        _stop(*running)
        yield
    finally:
        _stopped.clear()


@contextlib.contextmanager
def _started(
    command: Sequence[str], directory: Path, environment: Mapping[str, str]
) -> Iterator[subprocess.Popen[str]]:
    """Start the child, and let `all_stopped` stop it until the context ends."""
    with _lock:
        if _stopped.is_set():
            raise StoppedError(f"{command[0]} was not started")
        process = subprocess.Popen(
            command,
            cwd=directory,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,
        )
        _running.add(process)
    try:
        with process:
            yield process
    finally:
        with _lock:
            _running.remove(process)
    if _stopped.is_set():
        raise StoppedError(f"{command[0]} was stopped")


def _stop(*processes: subprocess.Popen[str]) -> None:
    """Stop the process groups of the children; a second Ctrl-C kills them at once."""
    try:
        for process in processes:
            _signal_group(process, signal.SIGINT)
        deadline = monotonic() + GRACE_SECONDS
        for process in processes:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(max(0.0, deadline - monotonic()))
    finally:
        for process in processes:
            # Providers and other grandchildren may still run after the child has ended.
            _signal_group(process, signal.SIGKILL)
            process.wait()


def _signal_group(process: subprocess.Popen[str], number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, number)


@contextlib.contextmanager
def termination_as_interrupt() -> Iterator[None]:
    """Let SIGTERM and SIGHUP raise KeyboardInterrupt inside the context, so that cleanup is the same as after
    Ctrl-C. A signal that is ignored, as under nohup, stays ignored. Main thread only."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    numbers = [
        number for number in (signal.SIGTERM, signal.SIGHUP) if signal.getsignal(number) is not signal.SIG_IGN
    ]
    previous = {number: signal.signal(number, interrupt) for number in numbers}
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
