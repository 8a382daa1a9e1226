"""Condenses Terraform's output to one line per finished resource, with the elapsed time and a count."""

import re
import time
from collections.abc import Callable

_PLAN = re.compile(r"Plan: (\d+) to add, (\d+) to change, (\d+) to destroy")
_STARTED = re.compile(r"(?P<address>\S+): (?:Creating|Destroying|Modifying)\.\.\.")
_STILL_RUNNING = re.compile(r"(?P<address>\S+): Still ")
_DONE = re.compile(r"(?P<address>\S+): (?P<what>Creation|Destruction|Modifications) complete")
_VERBS = {"Creation": "created", "Destruction": "destroyed", "Modifications": "changed"}
# Terraform itself prints a line for each unfinished resource every ten seconds.
_WAITING_LINE_SECONDS = 10.0
_MAX_NAMES = 3


class Progress:
    """Prints Terraform's progress; `line` is the `LineHandler` that takes Terraform's output."""

    def __init__(self, print_line: Callable[[str], None]) -> None:
        self._print_line = print_line
        self._start = self._last = time.monotonic()
        self._total = self._done = 0
        self._running: dict[str, None] = {}

    def line(self, text: str) -> None:
        """Process one line of Terraform's standard output."""
        if match := _PLAN.match(text):
            self._total, self._done = sum(map(int, match.groups())), 0
        elif match := _STARTED.match(text):
            self._running[match["address"]] = None
        elif match := _DONE.match(text):
            self._running.pop(match["address"], None)
            self._done += 1
            self._print(f"{_VERBS[match['what']]} {match['address']}")
        elif _STILL_RUNNING.match(text) and time.monotonic() - self._last >= _WAITING_LINE_SECONDS:
            names = list(self._running)[:_MAX_NAMES]
            more = len(self._running) - len(names)
            self._print("waiting for " + ", ".join(names) + (f" and {more} more" if more else ""))

    def _print(self, text: str) -> None:
        self._last = time.monotonic()
        width = len(str(self._total))
        self._print_line(f"  {self._last - self._start:4.0f} s  {self._done:{width}}/{self._total}  {text}")
