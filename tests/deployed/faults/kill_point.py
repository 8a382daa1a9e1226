"""The point of an apply at which Terraform is killed, as by a lost machine or a cancelled pipeline."""

import os
import signal
from threading import Lock

from tests.deployed.faults.proxy import Nothing, Proxy
from tests.deployed.faults.wire import Call
from tests.emulator import processes
from tests.emulator.processes import Finished
from tests.emulator.terraform import Terraform


class KillPoint(Nothing):
    """Terraform dies with its providers at a call, and gets no answer from then on: AWS has done what was
    under way, and Terraform never hears of it. `struck` is the call."""

    def __init__(self) -> None:
        self.struck: Call | None = None
        self._group: int | None = None
        self._lock = Lock()

    def started(self, line: str) -> None:
        """The first line is the id of Terraform's process and its group."""
        self._group = self._group or int(line)

    def strike(self, call: Call) -> None:
        """Kill, unless that is done, and end the connection."""
        with self._lock:
            if self.struck is None:
                self.struck = call
                assert self._group is not None
                os.killpg(self._group, signal.SIGKILL)
        raise ConnectionAbortedError("whoever asked was killed")


def apply_until(point: KillPoint, terraform: Terraform, proxy: Proxy) -> Finished:
    """Apply through the proxy, and be killed at the point. All is well on the proxy afterwards."""
    proxy.fault = point
    finished = processes.run(
        ("sh", "-c", 'echo $$; exec "$@"', "sh", "terraform", "apply", "-auto-approve", "-no-color"),
        directory=terraform.directory,
        environment=terraform.environment,
        on_line=point.started,
    )
    proxy.fault = Nothing()
    assert finished.exit_code == -signal.SIGKILL, finished.stdout[-2000:] + finished.stderr
    return finished
