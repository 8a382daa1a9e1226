"""Child processes and their children end when the run that started them is stopped."""

import os
import signal
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import Queue

import pytest

from tests.emulator import processes
from tests.emulator.processes import StoppedError
from tests.unit.emulator.waiting import TIMEOUT_SECONDS, is_alive

# A child whose own child ignores SIGINT, as providers do, and whose process id it prints.
IGNORES_SIGINT = "trap '' INT; sh -c 'trap \"\" INT; sleep 600' & echo $!; wait"


def test_ctrl_c_ends_grandchildren(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "GRACE_SECONDS", 0.1)
    pids: list[int] = []

    def interrupt(line: str) -> None:
        pids.append(int(line))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        processes.run(
            ("sh", "-c", IGNORES_SIGINT), directory=tmp_path, environment=os.environ, on_line=interrupt
        )
    assert not is_alive(pids[0])


def test_all_stopped_ends_the_children_of_other_threads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "GRACE_SECONDS", 0.1)
    pids: Queue[int] = Queue()

    def run() -> None:
        processes.run(
            ("sh", "-c", IGNORES_SIGINT),
            directory=tmp_path,
            environment=os.environ,
            on_line=lambda line: pids.put(int(line)),
        )

    with ThreadPoolExecutor() as pool:
        running = pool.submit(run)
        pid = pids.get(timeout=TIMEOUT_SECONDS)
        with processes.all_stopped(), pytest.raises(StoppedError):
            running.result(timeout=TIMEOUT_SECONDS)
    assert not is_alive(pid)


def test_all_stopped_prevents_new_children(tmp_path: Path) -> None:
    with processes.all_stopped(), pytest.raises(StoppedError):
        processes.run(("true",), directory=tmp_path, environment=os.environ)
    assert processes.run(("true",), directory=tmp_path, environment=os.environ).exit_code == 0


def test_run_returns_both_outputs_and_the_exit_code(tmp_path: Path) -> None:
    finished = processes.run(
        ("sh", "-c", "echo out; echo err >&2; exit 3"), directory=tmp_path, environment=os.environ
    )

    assert (finished.stdout, finished.stderr, finished.exit_code) == ("out\n", "err\n", 3)


def test_a_megabyte_on_standard_error_does_not_block_the_child(tmp_path: Path) -> None:
    program = "import sys; sys.stderr.write('x' * 1_000_000); print('done')"
    finished = processes.run((sys.executable, "-c", program), directory=tmp_path, environment=os.environ)

    assert finished.stdout == "done\n"


def test_sigterm_raises_keyboard_interrupt() -> None:
    with processes.termination_as_interrupt(), pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGTERM)
