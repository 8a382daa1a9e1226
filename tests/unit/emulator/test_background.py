"""Background work runs concurrently and in order, and ends with the test session."""

import os
import time
from collections.abc import Iterator
from pathlib import Path
from queue import Empty, Queue
from threading import Barrier, Event
from typing import cast

import pytest

from tests.emulator import processes
from tests.emulator.background import Background, Work
from tests.emulator.processes import StoppedError
from tests.emulator.providers import ProvidersUnavailableError
from tests.emulator.server import Emulator
from tests.unit.emulator.waiting import TIMEOUT_SECONDS

# The work in these tests does not use an emulator.
NO_EMULATOR = cast(Emulator, None)


@pytest.fixture
def background() -> Iterator[Background]:
    """A pool of two workers."""
    with Background(NO_EMULATOR, max_workers=2) as running:
        yield running


def test_work_runs_concurrently(background: Background) -> None:
    barrier = Barrier(2, timeout=TIMEOUT_SECONDS)
    works = [Work(name, lambda _emulator, _directory: barrier.wait()) for name in ("first", "second")]
    for work in works:
        background.start(work)
    assert sorted(background.result(work) for work in works) == [0, 1]


def test_at_most_max_workers_run_at_once(background: Background) -> None:
    started: Queue[str] = Queue()
    release = Event()

    def wait(name: str) -> Work[bool]:
        def run(_emulator: Emulator, _directory: Path) -> bool:
            started.put(name)
            return release.wait(TIMEOUT_SECONDS)

        return Work(name, run)

    works = [wait(name) for name in ("first", "second", "third")]
    for work in works:
        background.start(work)
    assert {started.get(timeout=TIMEOUT_SECONDS) for _ in range(2)} == {"first", "second"}
    with pytest.raises(Empty):
        started.get(timeout=0.1)
    release.set()
    assert background.result(works[2])


def test_queued_work_runs_in_the_order_in_which_it_was_started() -> None:
    started: list[str] = []
    names = ["first", "second", "third", "fourth"]

    def record(name: str) -> Work[None]:
        return Work(name, lambda _emulator, _directory: started.append(name))

    works = [record(name) for name in names]
    with Background(NO_EMULATOR, max_workers=1) as background:
        for work in works:
            background.start(work)
        for work in works:
            background.result(work)
    assert started == names


def test_work_runs_once(background: Background) -> None:
    runs: list[Path] = []
    work = Work("work", lambda _emulator, directory: runs.append(directory))
    for _ in range(2):
        background.start(work)
        background.result(work)
    assert len(runs) == 1


def test_each_work_has_its_own_directory(background: Background) -> None:
    first, second = (Work(name, lambda _emulator, directory: directory) for name in ("first", "second"))
    assert background.result(first) != background.result(second)
    assert background.result(first).is_dir()


def test_result_raises_the_exception_of_the_work(background: Background) -> None:
    def fail(_emulator: Emulator, _directory: Path) -> None:
        raise ValueError("the work failed")

    with pytest.raises(ValueError, match="the work failed"):
        background.result(Work("failing", fail))


def test_an_unavailable_provider_skips_the_test(
    background: Background, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("REQUIRE_TERRAFORM", raising=False)

    def fail(_emulator: Emulator, _directory: Path) -> None:
        raise ProvidersUnavailableError("hashicorp/aws")

    with pytest.raises(pytest.skip.Exception, match="hashicorp/aws"):
        background.result(Work("unavailable", fail))


def test_exit_stops_running_work_and_cancels_queued_work(tmp_path: Path) -> None:
    started, ended = Event(), Event()

    def sleep(_emulator: Emulator, _directory: Path) -> None:
        command = ("sh", "-c", "echo started; exec sleep 600")
        try:
            processes.run(
                command, directory=tmp_path, environment=os.environ, on_line=lambda _line: started.set()
            )
        except StoppedError:
            ended.set()

    with Background(NO_EMULATOR, max_workers=1) as running:
        running.start(Work("sleeping", sleep))
        running.start(Work("queued", lambda _emulator, _directory: (tmp_path / "queued").touch()))
        assert started.wait(TIMEOUT_SECONDS)
        start = time.monotonic()
    assert time.monotonic() - start < TIMEOUT_SECONDS
    assert ended.is_set()
    assert not (tmp_path / "queued").exists()
