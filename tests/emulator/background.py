"""Long-running work, such as deployments, that runs in threads before a test needs its result."""

import logging
import tempfile
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from types import TracebackType
from typing import Any, Generic, Self, TypeVar

from tests.emulator import processes
from tests.emulator.providers import ProvidersUnavailableError
from tests.emulator.requirements import skip_or_fail
from tests.emulator.server import Emulator

_log = logging.getLogger(__name__)

T = TypeVar("T")


@dataclass(frozen=True)
class Work(Generic[T]):
    """A function that runs on the emulator, with an existing folder of its own whose path is short.

    `name` is the name of the fixture that returns its result, or that fixture's parameter if it returns
    several.
    """

    name: str
    run: Callable[[Emulator, Path], T]


class Background:
    """Runs work in at most `max_workers` threads, in the order in which it was started.

    A context manager: on exit it cancels what is queued and stops what runs, Terraform included, within
    seconds.
    """

    def __init__(self, emulator: Emulator, *, max_workers: int) -> None:
        self._emulator = emulator
        self._pool = ThreadPoolExecutor(max_workers=max_workers)
        # The paths of pytest's temporary folders are too long for the providers' Unix sockets.
        self._directory = tempfile.TemporaryDirectory(prefix="pa-", ignore_cleanup_errors=True)
        self._futures: dict[str, Future[Any]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _value: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)
        with processes.all_stopped():
            self._pool.shutdown()
        self._directory.cleanup()

    def start(self, work: Work[Any]) -> None:
        """Queue the work, unless it was started before."""
        if work.name not in self._futures:
            directory = Path(self._directory.name, str(len(self._futures)))
            self._futures[work.name] = self._pool.submit(self._run, work, directory)

    def result(self, work: Work[T]) -> T:
        """Wait for the work and return its result. Raises the exception that the work raised; skips or fails
        the test if a Terraform provider is unavailable."""
        self.start(work)
        try:
            result: T = self._futures[work.name].result()
        except ProvidersUnavailableError as error:
            skip_or_fail(str(error))
        return result

    def _run(self, work: Work[T], directory: Path) -> T:
        directory.mkdir()
        start = monotonic()
        try:
            return work.run(self._emulator, directory)
        finally:
            _log.info("%s took %.0f s", work.name, monotonic() - start)
