"""A container's command, run on this machine under the rules of its task definition."""

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

# The image's own: https://github.com/nginx/docker-nginx, on Debian.
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
TOOLS = ("curl", "ip", "mount", "nginx", "nsenter", "openssl", "setpriv", "unshare")

# In namespaces of its own: $1 is the tmpfs's size in MiB, $2 its options, $3 its place, the rest the command.
_ENTER = """\
set -eu
ip link set lo up
mount -t tmpfs -o "size=$1m,$2" tmpfs "$3"
cut -d ' ' -f 2 /proc/self/mounts | while read -r place; do
  [ "$place" = "$3" ] || mount -o remount,bind,ro "$place"
done
shift 3
exec "$@"
"""


def obstacle() -> str | None:
    """Why nothing can be confined on this machine, or None."""
    missing = [tool for tool in TOOLS if shutil.which(tool, path=PATH) is None]
    if missing:
        return f"{', '.join(missing)} not installed"
    if os.geteuid() != 0:
        return "only root makes the namespaces and takes on the container's user"
    probe = subprocess.run(
        ["unshare", "--net", "--mount", "true"], capture_output=True, text=True, check=False
    )
    return probe.stderr.strip() if probe.returncode else None


class Confined:
    """The command of a container definition, from entering the context until leaving it.

    The definition's user, no capabilities and no way to new ones, every file system read-only but for the
    definition's tmpfs, and a network of nothing but loopback.
    """

    def __init__(self, definition: Mapping[str, Any]) -> None:
        user, _, group = definition["user"].partition(":")
        (scratch,) = definition["linuxParameters"]["tmpfs"]
        self.definition = definition
        self._owner = int(user), int(group)
        self._privileges = [
            *("setpriv", "--reuid", user, "--regid", group, "--clear-groups", "--no-new-privs"),
            *("--inh-caps=-all", "--bounding-set=-all"),
        ]
        self._scratch = [
            str(scratch["size"]),
            ",".join(scratch["mountOptions"]),
            scratch["containerPath"],
        ]

    def __enter__(self) -> Self:
        self._log, output = os.pipe()
        # As runc does, so that a process that is not root can open /dev/stderr.
        os.fchown(output, *self._owner)
        command = [*self._privileges, *self.definition["entryPoint"], *self.definition["command"]]
        self.process = subprocess.Popen(
            ["unshare", "--net", "--mount", "sh", "-c", _ENTER, "sh", *self._scratch, *command],
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
        """Run a command beside the container's own, under the same rules, to its end."""
        return subprocess.run(
            ["nsenter", f"--target={self.process.pid}", "--net", "--mount", *self._privileges, *command],
            env={"PATH": PATH},
            capture_output=True,
            text=True,
            timeout=TIMEOUT_SECONDS,
            check=False,
        )

    def check_health(self) -> int:
        """Run the definition's own health check once; its exit code."""
        kind, command = self.definition["healthCheck"]["command"]
        assert kind == "CMD-SHELL"
        return self.run("/bin/sh", "-c", command).returncode

    def stop(self, number: signal.Signals) -> int:
        """Send a signal to the container's first process; its exit code, once it has ended."""
        self.process.send_signal(number)
        return self.process.wait(TIMEOUT_SECONDS)

    def has_processes(self) -> bool:
        """Whether anything that the command started is still there."""
        try:
            os.killpg(self.process.pid, 0)
        except ProcessLookupError:
            return False
        return True

    def _await_health(self) -> None:
        deadline = time.monotonic() + TIMEOUT_SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            # Before that, a request would go to this machine's own loopback.
            if self._has_own_network() and self.check_health() == 0:
                return
            time.sleep(0.05)
        self._kill()
        log = os.read(self._log, 65_536).decode()
        raise AssertionError(f"the container is not healthy (exit code {self.process.returncode}):\n{log}")

    def _has_own_network(self) -> bool:
        try:
            own = Path(f"/proc/{self.process.pid}/ns/net").readlink()
        except FileNotFoundError:
            return False
        return own != Path("/proc/self/ns/net").readlink()

    def _kill(self) -> None:
        if self.has_processes():
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def _end(self) -> None:
        self._kill()
        os.close(self._log)
