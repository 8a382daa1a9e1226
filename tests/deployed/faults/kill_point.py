"""Kills Terraform during an apply, as a lost machine or a cancelled pipeline does."""

import os
import signal
from threading import Lock
from typing import NoReturn

from tests.deployed.faults.proxy import NoFault, Proxy
from tests.deployed.faults.wire import Call
from tests.emulator import processes
from tests.emulator.processes import Finished
from tests.emulator.terraform import Terraform


class KillPoint(NoFault):
    """Kills Terraform and its providers at a call, and drops all responses from then on.

    AWS has completed the calls that it had received, and Terraform never receives the results. `killed_at` is
    the call.
    """

    def __init__(self) -> None:
        self.killed_at: Call | None = None
        self._group: int | None = None
        self._lock = Lock()

    def started(self, line: str) -> None:
        """Take the process group's id from the first line of output."""
        self._group = self._group or int(line)

    def kill(self, call: Call) -> NoReturn:
        """Kill the process group, unless it was killed before, and drop the connection."""
        with self._lock:
            if self.killed_at is None:
                self.killed_at = call
                assert self._group is not None
                os.killpg(self._group, signal.SIGKILL)
        raise ConnectionAbortedError("the client was killed")


def apply_until_killed(point: KillPoint, terraform: Terraform, proxy: Proxy) -> Finished:
    """Apply through the proxy until Terraform is killed at the point; then remove the fault from the
    proxy."""
    proxy.fault = point
    finished = processes.run(
        ("sh", "-c", 'echo $$; exec "$@"', "sh", "terraform", "apply", "-auto-approve", "-no-color"),
        directory=terraform.directory,
        environment=terraform.environment,
        on_line=point.started,
    )
    proxy.fault = NoFault()
    assert finished.exit_code == -signal.SIGKILL, finished.stdout[-2000:] + finished.stderr
    return finished
