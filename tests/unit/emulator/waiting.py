"""Waiting in tests for events that take no time on an idle machine."""

import os
import time
from contextlib import suppress
from pathlib import Path

# Long enough for a machine that is busy with deployments.
TIMEOUT_SECONDS = 300


def is_alive(pid: int) -> bool:
    """Whether the process still runs after `TIMEOUT_SECONDS`; a zombie counts as ended."""
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while time.monotonic() < deadline:
        try:
            os.kill(pid, 0)
            # macOS has no /proc, and on Linux the process may have ended since the call of kill.
            with suppress(FileNotFoundError):
                if ") Z " in Path(f"/proc/{pid}/stat").read_text():
                    return False
        except ProcessLookupError:
            return False
        time.sleep(0.05)
    return True
