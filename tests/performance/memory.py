"""The memory of a process and of all that it starts, as Linux accounts for it."""

import contextlib
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

PROC = Path("/proc")
AVAILABLE = (PROC / "self" / "smaps_rollup").exists()
PAUSE_SECONDS = 0.005


def peak_memory(process: subprocess.Popen[bytes]) -> int:
    """Wait for a process to end; return the largest memory in bytes that it and its descendants had together.

    The memory is the proportional set size: a page that several processes share counts once among them.
    It is sampled, so a peak of a few milliseconds can be missed.
    """
    peak = 0
    while process.poll() is None:
        peak = max(peak, sum(map(_proportional_set_size, _tree(process.pid))))
        time.sleep(PAUSE_SECONDS)
    return peak


def _tree(pid: int) -> Iterator[int]:
    yield pid
    with contextlib.suppress(OSError):  # ended meanwhile
        for children in (PROC / str(pid) / "task").glob("*/children"):
            for child in children.read_text().split():
                yield from _tree(int(child))


def _proportional_set_size(pid: int) -> int:
    with contextlib.suppress(OSError):  # ended meanwhile
        for line in (PROC / str(pid) / "smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    return 0
