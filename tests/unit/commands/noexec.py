"""A folder in which no program can be started."""

import subprocess
from pathlib import Path

import pytest

_MOUNT = 'mount -t tmpfs -o noexec none "$1" && shift && exec "$@"'


def mounted_noexec(folder: Path) -> tuple[str, ...]:
    """Return the beginning of a command that runs where the folder is an empty file system, mounted noexec.

    Skips the test if the user may not mount, even in a user namespace.
    """
    command = ("unshare", "--user", "--map-root-user", "--mount", "sh", "-c", _MOUNT, "sh", str(folder))
    try:
        subprocess.run((*command, "true"), capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("a file system cannot be mounted in a user namespace on this machine")
    return command
