"""Work behind the tests: side by side, in order, and over when the session is."""

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
from tests.unit.emulator.patience import PATIENCE_SECONDS

# None of the work here has a use for one.
NO_EMULATOR = cast(Emulator, None)


@pytest.fixture
def background() -> Iterator[Background]:
    """Two at a time."""
    with Background(NO_EMULATOR, width=2) as running:
        yield running


def test_work_goes_on_side_by_side(background: Background) -> None:
    barrier = Barrier(2, timeout=PATIENCE_SECONDS)
    works = [Work(name, lambda _emulator, _directory: barrier.wait()) for name in ("one", "other")]
    for work in works:
        background.begin(work)
    assert sorted(background.result(work) for work in works) == [0, 1]


def test_no_more_goes_on_than_there_is_room_for(background: Background) -> None:
    begun: Queue[str] = Queue()
    release = Event()

    def wait(name: str) -> Work[bool]:
        def do(_emulator: Emulator, _directory: Path) -> bool:
            begun.put(name)
            return release.wait(PATIENCE_SECONDS)

        return Work(name, do)

    works = [wait(name) for name in ("first", "second", "third")]
    for work in works:
        background.begin(work)
    assert {begun.get(timeout=PATIENCE_SECONDS) for _ in range(2)} == {"first", "second"}
    with pytest.raises(Empty):
        begun.get(timeout=0.1)
    release.set()
    assert background.result(works[2])


def test_what_waits_begins_in_the_order_in_which_it_was_asked_for() -> None:
    begun: list[str] = []
    names = ["first", "second", "third", "fourth"]

    def note(name: str) -> Work[None]:
        return Work(name, lambda _emulator, _directory: begun.append(name))

    works = [note(name) for name in names]
    with Background(NO_EMULATOR, width=1) as one_by_one:
        for work in works:
            one_by_one.begin(work)
        for work in works:
            one_by_one.result(work)
    assert begun == names


def test_work_is_done_once_in_a_folder_of_its_own(background: Background) -> None:
    one, other = (Work(name, lambda _emulator, directory: directory) for name in ("one", "other"))
    background.begin(one)
    assert background.result(one) is background.result(one)
    assert background.result(one) != background.result(other)
    assert background.result(one).is_dir()


def test_the_test_that_asks_gets_the_error(background: Background) -> None:
    def fail(_emulator: Emulator, _directory: Path) -> None:
        raise ValueError("of the work")

    with pytest.raises(ValueError, match="of the work"):
        background.result(Work("failing", fail))


def test_a_provider_that_cannot_be_had_skips_the_test(
    background: Background, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("REQUIRE_TERRAFORM", raising=False)

    def fail(_emulator: Emulator, _directory: Path) -> None:
        raise ProvidersUnavailableError("hashicorp/aws")

    with pytest.raises(pytest.skip.Exception, match="hashicorp/aws"):
        background.result(Work("unavailable", fail))


def test_leaving_ends_what_goes_on_and_keeps_the_rest_from_beginning(tmp_path: Path) -> None:
    started, ended = Event(), Event()

    def sleep(_emulator: Emulator, _directory: Path) -> None:
        command = ("sh", "-c", "echo started; exec sleep 600")
        try:
            processes.run(
                command, directory=tmp_path, environment=os.environ, on_line=lambda _line: started.set()
            )
        except StoppedError:
            ended.set()

    with Background(NO_EMULATOR, width=1) as running:
        running.begin(Work("sleeping", sleep))
        running.begin(Work("waiting", lambda _emulator, _directory: (tmp_path / "begun").touch()))
        assert started.wait(PATIENCE_SECONDS)
        start = time.monotonic()
    assert time.monotonic() - start < PATIENCE_SECONDS
    assert ended.is_set()
    assert not (tmp_path / "begun").exists()
