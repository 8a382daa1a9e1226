"""What goes wrong with the calls of a Terraform that itself is well."""

import random
import time
from threading import Barrier, Lock

from tests.emulator.faults import wire
from tests.emulator.faults.proxy import Nothing
from tests.emulator.faults.wire import Call, Refusal


class Throttling(Nothing):
    """The first call to each service, and of all others a share drawn by the seed, is told that it comes
    too often. `seen` are all calls, `met` those that were told so, `passed` the names of all others."""

    def __init__(self, *, share: float, seed: int) -> None:
        self.seen: list[Call] = []
        self.met: list[Call] = []
        self.passed: set[str] = set()
        self._share = share
        self._services: set[str] = set()
        self._random = random.Random(seed)  # noqa: S311 - a repeatable draw, not a secret
        self._lock = Lock()

    def before(self, call: Call) -> Refusal | None:
        """Draw."""
        with self._lock:
            self.seen.append(call)
            drawn = self._random.random() < self._share
            if not drawn and call.service in self._services:
                self.passed.add(call.invocation)
                return None
            self._services.add(call.service)
            self.met.append(call)
        return wire.throttled(call)


class Unreliable(Nothing):
    """A share of all calls, drawn by the seed, gets lost on the way to AWS; the same share of those that ask
    for something gets lost on the way back; and the same share of all arrives late."""

    def __init__(self, *, share: float, latest_seconds: float, seed: int) -> None:
        self.lost: list[Call] = []
        self.unanswered: list[Call] = []
        self.late: list[Call] = []
        self._share = share
        self._latest_seconds = latest_seconds
        self._random = random.Random(seed)  # noqa: S311 - a repeatable draw, not a secret
        self._lock = Lock()

    def before(self, call: Call) -> Refusal | None:
        """Lose it, or let it through at once or later."""
        if self._drawn(call, self.lost):
            raise ConnectionResetError("lost on the way to AWS")
        if self._drawn(call, self.late):
            time.sleep(self._random.uniform(0, self._latest_seconds))
        return None

    def after(self, call: Call) -> None:
        """Lose the answer. What an answer that tells of something new leaves behind, tests of a killed
        Terraform see."""
        if call.reads and self._drawn(call, self.unanswered):
            raise ConnectionResetError("lost on the way back")

    def _drawn(self, call: Call, taken: list[Call]) -> bool:
        with self._lock:
            if drawn := self._random.random() < self._share:
                taken.append(call)
        return drawn


class LocksTogether(Nothing):
    """Whoever asks for the state's lock waits until the others do, so that all ask at the same moment. `met`
    says that they did."""

    def __init__(self, parties: int, *, longest_seconds: float) -> None:
        self.met = False
        self._barrier = Barrier(parties, self._meet, longest_seconds)

    def before(self, call: Call) -> Refusal | None:
        """Wait."""
        if call.service == "s3" and call.operation.startswith("PUT ") and ".tflock" in call.operation:
            self._barrier.wait()
        return None

    def _meet(self) -> None:
        self.met = True
