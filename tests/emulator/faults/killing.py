"""Terraform killed in the middle of an apply, as by a lost machine or a cancelled pipeline."""

import os
import signal
import subprocess
from contextlib import suppress
from pathlib import Path
from threading import Event

from tests.emulator.faults.proxy import Nothing, Proxy
from tests.emulator.faults.wire import Call
from tests.emulator.terraform import Terraform

# Longer than any apply on the emulator.
_LONGEST_SECONDS = 300.0


class KillPoint(Nothing):
    """Terraform dies while the answer to the n-th call that may bring something into being is on its
    way: AWS has made it, and Terraform never hears of it. Nor of what else was under way then."""

    def __init__(self, after: int) -> None:
        self.call: Call | None = None
        self.reached = Event()
        self.killed = Event()
        self._left = after

    def after(self, call: Call) -> None:
        """Hold back the answer of the n-th, and all that follow, until Terraform is dead."""
        if call.writes:
            self._left -= 1
        if self._left <= 0:
            self.call = self.call or call
            self.reached.set()
            self.killed.wait(_LONGEST_SECONDS)


def apply_and_kill(terraform: Terraform, proxy: Proxy, point: KillPoint, log: Path) -> bool:
    """Apply, and kill Terraform with its providers at the point; False if it ended before it got there. What
    it says goes to the end of the log."""
    proxy.fault = point
    with (
        log.open("a", encoding="utf-8") as output,
        subprocess.Popen(
            ("terraform", "apply", "-auto-approve", "-no-color"),
            cwd=terraform.directory,
            env=terraform.environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        ) as process,
    ):
        try:
            while process.poll() is None and not point.reached.wait(0.1):
                pass
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            proxy.fault = Nothing()
            point.killed.set()
    return point.reached.is_set()
