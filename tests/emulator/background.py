"""Work that takes minutes, most of them waiting: begun before a test asks for it, side by side."""

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
    """Something to do on the emulator in a folder of its own, which is there and whose path is short.

    `name` is that of the fixture that gives tests its result, or the parameter of one that gives several.
    """

    name: str
    do: Callable[[Emulator, Path], T]


class Background:
    """Does work in threads, at most `width` at a time and in the order in which it was begun.

    A context: leaving it ends what is still going on, Terraform and all, within seconds.
    """

    def __init__(self, emulator: Emulator, *, width: int) -> None:
        self._emulator = emulator
        self._pool = ThreadPoolExecutor(max_workers=width)
        # pytest's own temporary folders are too deep for the providers' Unix sockets.
        self._directory = tempfile.TemporaryDirectory(prefix="pa-", ignore_cleanup_errors=True)
        self._begun: dict[str, Future[Any]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _value: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)
        with processes.all_stopped():
            self._pool.shutdown()
        self._directory.cleanup()

    def begin(self, work: Work[Any]) -> None:
        """Do it when its turn comes, unless it was begun before."""
        if work.name not in self._begun:
            directory = Path(self._directory.name, str(len(self._begun)))
            self._begun[work.name] = self._pool.submit(self._do, work, directory)

    def result(self, work: Work[T]) -> T:
        """What came of the work, once it is done. Raises what it raised, and skips the test where a provider
        cannot be had."""
        self.begin(work)
        try:
            result: T = self._begun[work.name].result()
        except ProvidersUnavailableError as error:
            skip_or_fail(str(error))
        return result

    def _do(self, work: Work[T], directory: Path) -> T:
        directory.mkdir()
        start = monotonic()
        try:
            return work.do(self._emulator, directory)
        finally:
            _log.info("%s took %.0f s", work.name, monotonic() - start)
