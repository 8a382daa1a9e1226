"""Measures the memory of a process and its descendants on Linux."""

import contextlib
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

PROC = Path("/proc")
AVAILABLE = (PROC / "self" / "smaps_rollup").exists()
SAMPLE_INTERVAL_SECONDS = 0.005


def peak_memory(process: subprocess.Popen[bytes]) -> int:
    """Wait for a process to exit; return the peak memory in bytes of it and its descendants together.

    The memory is the proportional set size, which divides shared pages among the processes that share them.
    It is sampled, so that a peak of a few milliseconds can be missed.
    """
    peak = 0
    while process.poll() is None:
        peak = max(peak, sum(map(_proportional_set_size, _tree(process.pid))))
        time.sleep(SAMPLE_INTERVAL_SECONDS)
    return peak


def _tree(pid: int) -> Iterator[int]:
    yield pid
    with contextlib.suppress(OSError):  # the process has exited
        for children in (PROC / str(pid) / "task").glob("*/children"):
            for child in children.read_text().split():
                yield from _tree(int(child))


def _proportional_set_size(pid: int) -> int:
    with contextlib.suppress(OSError):  # the process has exited
        for line in (PROC / str(pid) / "smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    return 0
