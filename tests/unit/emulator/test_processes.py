"""Child processes end with the run that started them."""

import os
import signal
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import Queue

import pytest

from tests.emulator import processes
from tests.emulator.processes import StoppedError
from tests.unit.emulator.patience import PATIENCE_SECONDS, alive

# A child with a grandchild that holds out against an interruption, as a provider does. It says its id.
STUBBORN = "trap '' INT; sh -c 'trap \"\" INT; sleep 600' & echo $!; wait"


def test_an_interruption_ends_grandchildren_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "GRACE_SECONDS", 0.1)
    pids: list[int] = []

    def interrupt(line: str) -> None:
        pids.append(int(line))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        processes.run(("sh", "-c", STUBBORN), directory=tmp_path, environment=os.environ, on_line=interrupt)
    assert not alive(pids[0])


def test_all_can_be_stopped_from_another_thread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "GRACE_SECONDS", 0.1)
    pids: Queue[int] = Queue()

    def run() -> None:
        processes.run(
            ("sh", "-c", STUBBORN),
            directory=tmp_path,
            environment=os.environ,
            on_line=lambda line: pids.put(int(line)),
        )

    with ThreadPoolExecutor() as pool:
        running = pool.submit(run)
        pid = pids.get(timeout=PATIENCE_SECONDS)
        with processes.all_stopped(), pytest.raises(StoppedError):
            running.result(timeout=PATIENCE_SECONDS)
    assert not alive(pid)


def test_nothing_starts_while_all_is_stopped(tmp_path: Path) -> None:
    with processes.all_stopped(), pytest.raises(StoppedError):
        processes.run(("true",), directory=tmp_path, environment=os.environ)
    assert processes.run(("true",), directory=tmp_path, environment=os.environ).exit_code == 0


def test_both_outputs_and_the_exit_code_are_kept(tmp_path: Path) -> None:
    finished = processes.run(
        ("sh", "-c", "echo out; echo err >&2; exit 3"), directory=tmp_path, environment=os.environ
    )

    assert (finished.stdout, finished.stderr, finished.exit_code) == ("out\n", "err\n", 3)


def test_much_on_standard_error_does_not_block(tmp_path: Path) -> None:
    program = "import sys; sys.stderr.write('x' * 1_000_000); print('done')"
    finished = processes.run((sys.executable, "-c", program), directory=tmp_path, environment=os.environ)

    assert finished.stdout == "done\n"


def test_a_termination_signal_is_an_interruption() -> None:
    with processes.termination_as_interrupt(), pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGTERM)
