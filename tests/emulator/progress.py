"""Terraform's output, told briefly: a line for each resource that is done, with count and time."""

import re
import time
from collections.abc import Callable

_PLAN = re.compile(r"Plan: (\d+) to add, (\d+) to change, (\d+) to destroy")
_STARTS = re.compile(r"(?P<address>\S+): (?:Creating|Destroying|Modifying)\.\.\.")
_WORKS = re.compile(r"(?P<address>\S+): Still ")
_DONE = re.compile(r"(?P<address>\S+): (?P<what>Creation|Destruction|Modifications) complete")
_VERBS = {"Creation": "created", "Destruction": "destroyed", "Modifications": "changed"}
# Terraform itself says every ten seconds what still goes on, for each resource apart.
_SILENCE_SECONDS = 10.0
_NAMED_AT_ONCE = 3


class Progress:
    """Reads Terraform's lines (`line` is an `OnLine`) and says what is worth saying."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._start = self._last = time.monotonic()
        self._total = self._done = 0
        self._running: dict[str, None] = {}

    def line(self, text: str) -> None:
        """Take one line of Terraform's standard output."""
        if match := _PLAN.match(text):
            self._total, self._done = sum(map(int, match.groups())), 0
        elif match := _STARTS.match(text):
            self._running[match["address"]] = None
        elif match := _DONE.match(text):
            self._running.pop(match["address"], None)
            self._done += 1
            self._tell(f"{_VERBS[match['what']]} {match['address']}")
        elif _WORKS.match(text) and time.monotonic() - self._last >= _SILENCE_SECONDS:
            named = list(self._running)[:_NAMED_AT_ONCE]
            more = len(self._running) - len(named)
            self._tell("waiting for " + ", ".join(named) + (f" and {more} more" if more else ""))

    def _tell(self, what: str) -> None:
        self._last = time.monotonic()
        width = len(str(self._total))
        self._say(f"  {self._last - self._start:4.0f} s  {self._done:{width}}/{self._total}  {what}")
