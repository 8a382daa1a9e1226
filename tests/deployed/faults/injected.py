"""What goes wrong with the calls of a Terraform that itself is well."""

import random
import time
from collections import Counter
from threading import Barrier, Lock

from tests.deployed.faults import wire
from tests.deployed.faults.proxy import Nothing
from tests.deployed.faults.wire import Call, Refusal

# Of one call as many attempts go wrong at most. Terraform's S3 backend makes five, the provider 25, and since
# calls arrive in another order each time, no seed would keep five of one call from being drawn.
MOST_IN_A_ROW = 3


class Draw:
    """A share of all that is asked about, drawn by a seed."""

    def __init__(self, *, share: float, seed: int) -> None:
        self.random = random.Random(seed)  # noqa: S311 - a repeatable draw, not a secret
        self._share = share
        self._taken: Counter[str] = Counter()
        self._lock = Lock()

    def drawn(self) -> bool:
        """Whether this one is in the share."""
        with self._lock:
            return self.random.random() < self._share

    def goes_wrong(self, call: Call) -> bool:
        """Whether this attempt at the call is in the share, and not too many of that call were before."""
        drawn = self.drawn()
        with self._lock:
            drawn = drawn and self._taken[call.invocation] < MOST_IN_A_ROW
            self._taken[call.invocation] += drawn
        return drawn


class Throttling(Nothing):
    """The first call to each service and the first that makes something there, and of all others a share
    drawn by the seed, are told that they come too often. `seen` are all calls, `met` those that were told so,
    `passed` the names of all others."""

    def __init__(self, *, share: float, seed: int) -> None:
        self.seen: list[Call] = []
        self.met: list[Call] = []
        self.passed: set[str] = set()
        self._kinds: set[tuple[str, bool]] = set()
        self._draw = Draw(share=share, seed=seed)
        self._lock = Lock()

    def before(self, call: Call) -> Refusal | None:
        """Draw."""
        kind = call.service, call.writes
        with self._lock:
            self.seen.append(call)
            if not self._draw.goes_wrong(call) and kind in self._kinds:
                self.passed.add(call.invocation)
                return None
            self._kinds.add(kind)
            self.met.append(call)
        return wire.throttled(call)


class Unreliable(Nothing):
    """A share of all calls, drawn by the seed, gets lost on the way to AWS; the same share of those that ask
    for something gets lost on the way back; and the same share of all arrives late."""

    def __init__(self, *, share: float, latest_seconds: float, seed: int) -> None:
        self.lost: list[Call] = []
        self.unanswered: list[Call] = []
        self.late: list[Call] = []
        self._latest_seconds = latest_seconds
        self._draw = Draw(share=share, seed=seed)

    def before(self, call: Call) -> Refusal | None:
        """Lose it, or let it through at once or later."""
        if self._draw.goes_wrong(call):
            self.lost.append(call)
            raise ConnectionResetError("lost on the way to AWS")
        if self._draw.drawn():
            self.late.append(call)
            time.sleep(self._draw.random.uniform(0, self._latest_seconds))
        return None

    def after(self, call: Call) -> None:
        """Lose the answer. What an answer that tells of something new leaves behind, tests of a killed
        Terraform see."""
        if call.reads and self._draw.goes_wrong(call):
            self.unanswered.append(call)
            raise ConnectionResetError("lost on the way back")


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
