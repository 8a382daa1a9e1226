"""The faults that the proxy injects into Terraform's calls: throttling, lost and late calls, lock
contention."""

import random
import time
from collections import Counter
from threading import Barrier, Lock

from tests.deployed.faults import wire
from tests.deployed.faults.proxy import NoFault
from tests.deployed.faults.wire import Call, Refusal

# Terraform's S3 backend makes five attempts at a call, the provider 25. Without this limit five attempts at
# one call could fail with any seed, because calls arrive in another order each time.
MAX_FAILED_ATTEMPTS = 3


class Draw:
    """A random share of calls, drawn with a seed."""

    def __init__(self, *, share: float, seed: int) -> None:
        self.random = random.Random(seed)  # noqa: S311 - repeatable, not a secret
        self._share = share
        self._failed: Counter[str] = Counter()
        self._lock = Lock()

    def drawn(self) -> bool:
        """Whether this draw falls into the share."""
        with self._lock:
            return self.random.random() < self._share

    def fails(self, call: Call) -> bool:
        """Whether this attempt at the call fails: it is in the share, and fewer than MAX_FAILED_ATTEMPTS of
        the call's attempts have failed."""
        drawn = self.drawn()
        with self._lock:
            drawn = drawn and self._failed[call.invocation] < MAX_FAILED_ATTEMPTS
            self._failed[call.invocation] += drawn
        return drawn


class Throttling(NoFault):
    """Throttles the first call to each service, the first that creates something there, and a random share of
    all others.

    `calls` are all calls, `throttled` those that were throttled, and `passed` the invocations of the others.
    """

    def __init__(self, *, share: float, seed: int) -> None:
        self.calls: list[Call] = []
        self.throttled: list[Call] = []
        self.passed: set[str] = set()
        self._kinds: set[tuple[str, bool]] = set()
        self._draw = Draw(share=share, seed=seed)
        self._lock = Lock()

    def before(self, call: Call) -> Refusal | None:
        """Throttle the call, or let it pass."""
        kind = call.service, call.writes
        with self._lock:
            self.calls.append(call)
            if not self._draw.fails(call) and kind in self._kinds:
                self.passed.add(call.invocation)
                return None
            self._kinds.add(kind)
            self.throttled.append(call)
        return wire.throttled(call)


class Unreliable(NoFault):
    """Loses a random share of all requests, loses the responses of the same share of reading calls, and
    delays the same share of all requests by up to `max_delay_seconds`."""

    def __init__(self, *, share: float, max_delay_seconds: float, seed: int) -> None:
        self.lost: list[Call] = []
        self.unanswered: list[Call] = []
        self.late: list[Call] = []
        self._max_delay_seconds = max_delay_seconds
        self._draw = Draw(share=share, seed=seed)

    def before(self, call: Call) -> Refusal | None:
        """Lose the request, or let it through, at once or delayed."""
        if self._draw.fails(call):
            self.lost.append(call)
            raise ConnectionResetError("the request is lost")
        if self._draw.drawn():
            self.late.append(call)
            time.sleep(self._draw.random.uniform(0, self._max_delay_seconds))
        return None

    def after(self, call: Call) -> None:
        """Lose the response of a call that only reads. Lost responses to creating calls are covered by the
        tests that kill Terraform."""
        if call.reads and self._draw.fails(call):
            self.unanswered.append(call)
            raise ConnectionResetError("the response is lost")


class SimultaneousLocks(NoFault):
    """Holds requests for the state lock back until all `parties` have sent one, and then lets all through.

    `reached` says that all have.
    """

    def __init__(self, parties: int, *, timeout_seconds: float) -> None:
        self.reached = False
        self._barrier = Barrier(parties, self._release, timeout_seconds)

    def before(self, call: Call) -> Refusal | None:
        """Wait for the other parties."""
        if call.service == "s3" and call.operation.startswith("PUT ") and ".tflock" in call.operation:
            self._barrier.wait()
        return None

    def _release(self) -> None:
        self.reached = True
