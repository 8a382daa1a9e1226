"""Runs the command of a container on this machine, with the restrictions of its task definition."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.unit.emulator.waiting import TIMEOUT_SECONDS

# The PATH of the image: https://github.com/nginx/docker-nginx, on Debian.
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
TOOLS = ("curl", "ip", "mount", "nginx", "nsenter", "openssl", "setpriv", "unshare")

# Runs in new namespaces: $1 is the size of the tmpfs in MiB, $2 its options, $3 its path; then the command.
_ENTER_CONTAINER = """\
set -eu
ip link set lo up
mount -t tmpfs -o "size=$1m,$2" tmpfs "$3"
cut -d ' ' -f 2 /proc/self/mounts | while read -r path; do
  [ "$path" = "$3" ] || mount -o remount,bind,ro "$path"
done
shift 3
exec "$@"
"""


def reason_not_to_run() -> str | None:
    """Return why this machine cannot run a confined container, or None if it can."""
    missing = [tool for tool in TOOLS if shutil.which(tool, path=PATH) is None]
    if missing:
        return f"{', '.join(missing)} not installed"
    if os.geteuid() != 0:
        return "only root can create the namespaces and change to the user of the container"
    probe = subprocess.run(
        ["unshare", "--net", "--mount", "true"], capture_output=True, text=True, check=False
    )
    return probe.stderr.strip() if probe.returncode else None


class ConfinedContainer:
    """A context manager that runs the command of a container definition and waits until it is healthy.

    The command runs as the user of the definition, without capabilities or new privileges, with read-only
    file systems except the tmpfs of the definition, and with loopback as the only network interface.
    """

    def __init__(self, definition: Mapping[str, Any]) -> None:
        user, _, group = definition["user"].partition(":")
        (tmpfs,) = definition["linuxParameters"]["tmpfs"]
        self.definition = definition
        self._user_and_group = int(user), int(group)
        self._privileges = [
            *("setpriv", "--reuid", user, "--regid", group, "--clear-groups", "--no-new-privs"),
            *("--inh-caps=-all", "--bounding-set=-all"),
        ]
        self._tmpfs = [
            str(tmpfs["size"]),
            ",".join(tmpfs["mountOptions"]),
            tmpfs["containerPath"],
        ]

    def __enter__(self) -> Self:
        self._log, output = os.pipe()
        # As in runc: otherwise a process that is not root cannot open /dev/stderr.
        os.fchown(output, *self._user_and_group)
        command = [*self._privileges, *self.definition["entryPoint"], *self.definition["command"]]
        self.process = subprocess.Popen(
            ["unshare", "--net", "--mount", "sh", "-c", _ENTER_CONTAINER, "sh", *self._tmpfs, *command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env={"PATH": PATH},
            start_new_session=True,
        )
        os.close(output)
        try:
            self._await_health()
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run another command in the container, with the same restrictions, and wait until it ends."""
        return subprocess.run(
            ["nsenter", f"--target={self.process.pid}", "--net", "--mount", *self._privileges, *command],
            env={"PATH": PATH},
            capture_output=True,
            text=True,
            timeout=TIMEOUT_SECONDS,
            check=False,
        )

    def check_health(self) -> int:
        """Run the health check of the definition once and return its exit code."""
        kind, command = self.definition["healthCheck"]["command"]
        assert kind == "CMD-SHELL"
        return self.run("/bin/sh", "-c", command).returncode

    def stop(self, number: signal.Signals) -> int:
        """Send a signal to the first process, wait until it ends and return its exit code."""
        self.process.send_signal(number)
        return self.process.wait(TIMEOUT_SECONDS)

    def has_processes(self) -> bool:
        """Return whether any process that the command started still exists."""
        try:
            os.killpg(self.process.pid, 0)
        except ProcessLookupError:
            return False
        return True

    def _await_health(self) -> None:
        deadline = time.monotonic() + TIMEOUT_SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            # Until the process has a new network namespace, a request could reach a server on this machine.
            if self._has_new_network() and self.check_health() == 0:
                return
            time.sleep(0.05)
        self._kill()
        log = os.read(self._log, 65_536).decode()
        raise AssertionError(
            f"the container did not become healthy (exit code {self.process.returncode}):\n{log}"
        )

    def _has_new_network(self) -> bool:
        try:
            namespace = Path(f"/proc/{self.process.pid}/ns/net").readlink()
        except FileNotFoundError:
            return False
        return namespace != Path("/proc/self/ns/net").readlink()

    def _kill(self) -> None:
        if self.has_processes():
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def _end(self) -> None:
        self._kill()
        os.close(self._log)
