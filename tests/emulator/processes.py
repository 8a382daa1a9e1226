"""Child processes that do not outlive this one."""

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

# How long an interrupted child may take to end by itself. Nothing of an emulated deployment is worth
# waiting for: its state goes with it.
GRACE_SECONDS = 3.0

OnLine = Callable[[str], None]

_lock = Lock()
_running: set[subprocess.Popen[str]] = set()
_stopped = Event()


class StoppedError(Exception):
    """`all_stopped` ended the child, or kept it from being started."""


@dataclass(frozen=True)
class Finished:
    """What a child process left behind."""

    command: tuple[str, ...]
    exit_code: int
    stdout: str
    stderr: str


def run(
    command: Sequence[str], *, directory: Path, environment: Mapping[str, str], on_line: OnLine | None = None
) -> Finished:
    """Run a command to its end, in a process group of its own, and hand every line of its standard
    output to `on_line` as it comes.

    When an exception (Ctrl-C included) arrives meanwhile, the whole group is interrupted, and killed
    `GRACE_SECONDS` later, before the exception goes on its way. Raises StoppedError inside `all_stopped`.
    """
    lines: list[str] = []
    errors: list[str] = []
    with _started(command, directory, environment) as process:
        # Both are pipes, and read at once: a full pipe would stop the child.
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
    """Inside, no child of `run` is there, in any thread: those that were are ended as by an exception."""
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
    """The child, known to `all_stopped` for as long as the context lasts."""
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
    """End the children's whole process groups; a second interruption meanwhile kills them at once."""
    try:
        for process in processes:
            _signal_group(process, signal.SIGINT)
        deadline = monotonic() + GRACE_SECONDS
        for process in processes:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(max(0.0, deadline - monotonic()))
    finally:
        for process in processes:
            # Providers and other grandchildren may be there though the child itself has ended.
            _signal_group(process, signal.SIGKILL)
            process.wait()


def _signal_group(process: subprocess.Popen[str], number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, number)


@contextlib.contextmanager
def termination_as_interrupt() -> Iterator[None]:
    """Inside, a termination or hang-up signal raises KeyboardInterrupt as Ctrl-C does, so that it
    takes the same way out, unless it was ignored before (nohup). Main thread only."""

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
