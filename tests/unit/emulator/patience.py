"""How long tests wait for what takes no time on an idle machine."""

import os
import time
from contextlib import suppress
from pathlib import Path

# Long, for a machine that is busy with deployments.
PATIENCE_SECONDS = 60


def alive(pid: int) -> bool:
    """Whether the process does not end; one that has ended but is not reaped yet does not count."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        try:
            os.kill(pid, 0)
            # Not there on macOS; and on Linux not any more if the process has ended since.
            with suppress(FileNotFoundError):
                if ") Z " in Path(f"/proc/{pid}/stat").read_text():
                    return False
        except ProcessLookupError:
            return False
        time.sleep(0.05)
    return True
