"""Child processes that stand for what AWS runs: a function's runtime, a container.

They end with the emulator. `processes.py` is for the tools that tests and `pipenv run local` call.
"""

import contextlib
import os
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from threading import Lock, Thread
from time import monotonic

LineHandler = Callable[[str], None]

_EXIT_SECONDS = 2.0

_lock = Lock()
_running: set["LocalProcess"] = set()


class LocalProcess:
    """A process in a group of its own, whose standard output and error are passed line by line to `on_line`,
    in a thread."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        directory: Path,
        environment: Mapping[str, str],
        on_line: LineHandler,
    ) -> None:
        """Start the command. Raises OSError if it does not exist or cannot be executed."""
        self._process = subprocess.Popen(
            [*command],
            cwd=directory,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,
        )
        with _lock:
            _running.add(self)
        self._reader = Thread(target=self._read, args=(on_line,), daemon=True)
        self._reader.start()

    @property
    def pid(self) -> int:
        """The id of the process, which is also that of its group."""
        return self._process.pid

    def wait(self, timeout: float | None = None) -> int | None:
        """The exit code, negative for a signal, after the last line was passed on; None if it still runs
        after `timeout` seconds."""
        try:
            code = self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            return None
        # What it has started ends with it, as in a container; until then, they could hold the pipe open.
        self._signal(signal.SIGKILL)
        self._reader.join(_EXIT_SECONDS)  # a child in a group of its own may still hold the pipe
        with _lock:
            _running.discard(self)
        return code

    def stop(self, grace: float) -> int:
        """Send SIGTERM, after `grace` seconds SIGKILL, and return the exit code."""
        self._signal(signal.SIGTERM)
        code = self.wait(grace)
        return self.kill() if code is None else code

    def kill(self) -> int:
        """Send SIGKILL and return the exit code."""
        self._signal(signal.SIGKILL)
        code = self.wait()
        assert code is not None
        return code

    def _signal(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, number)

    def _read(self, on_line: LineHandler) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as lines:
            for line in lines:
                on_line(line.rstrip("\r\n"))


def end_all() -> None:
    """End all that run: SIGTERM, and SIGKILL after two seconds."""
    with _lock:
        running = tuple(_running)
    deadline = monotonic() + _EXIT_SECONDS
    for process in running:
        process._signal(signal.SIGTERM)
    for process in running:
        if process.wait(max(0.0, deadline - monotonic())) is None:
            process.kill()
