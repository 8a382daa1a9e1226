"""Compares `python main.py` for dev with the empty app below, and with itself without the fast bindings.

The runs alternate, so that other load on the machine affects all of them. The shortest time of each is
compared, because other processes can only make a run longer. A synthesis runs two processes in parallel,
so the ratio is worse on a machine without an idle core; rounds are then added, up to a limit.
"""

import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.performance.memory import AVAILABLE, peak_memory
from tests.variables import inherited

ROOT = Path(__file__).parents[2]
EMPTY_APP = """
from cdktf import App, TerraformStack
app = App()
TerraformStack(app, "empty")
app.synth()
"""
MAIN = "main.py"
OFF = {"CDKTF_FAST_BINDINGS": "0"}
MIN_ROUNDS, MAX_ROUNDS = 8, 40
ROUNDS_OFF = (2, 5)  # only two, because each takes as long as a dozen of the others
MAX_RATIO_TO_EMPTY = 2.75
MIN_SPEEDUP = 6
MAX_MEMORY_BYTES = 250_000_000
CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("synthesis")
    (folder / "empty.py").write_text(EMPTY_APP)
    return folder


def start(script: Path | str, folder: Path, variables: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """Start an app with dev's default settings; it writes its output inside the folder."""
    env = {**inherited(), "CDKTF_OUTDIR": str(folder / "out"), "ENVIRONMENT_SUFFIX": "dev", **variables}
    return subprocess.Popen([sys.executable, script], cwd=ROOT, env=env)


def seconds(script: Path | str, folder: Path, **variables: str) -> float:
    start_time = time.perf_counter()
    assert start(script, folder, variables).wait() == 0
    return time.perf_counter() - start_time


@pytest.fixture(scope="module")
def shortest(folder: Path) -> Mapping[str, float]:
    """The shortest times in seconds of the empty app, of main.py, and of main.py without fast bindings."""
    seconds(folder / "empty.py", folder)  # the first runs compile modules and fill caches
    seconds(MAIN, folder)
    times: dict[str, list[float]] = {"empty": [], "fast": [], "off": []}
    for number in range(MAX_ROUNDS):
        times["empty"].append(seconds(folder / "empty.py", folder))
        times["fast"].append(seconds(MAIN, folder))
        if number in ROUNDS_OFF:
            times["off"].append(seconds(MAIN, folder, **OFF))
        if number + 1 >= MIN_ROUNDS and min(times["fast"]) <= MAX_RATIO_TO_EMPTY * min(times["empty"]):
            break
    return {name: min(measured) for name, measured in times.items()}


@pytest.mark.skipif(CORES < 2, reason="a synthesis runs two processes in parallel and needs two cores")
def test_a_synthesis_takes_at_most_2_75_times_as_long_as_an_empty_app(
    shortest: Mapping[str, float], capsys: pytest.CaptureFixture[str]
) -> None:
    ratio = shortest["fast"] / shortest["empty"]
    with capsys.disabled():
        print(f"\nempty app {shortest['empty']:.2f} s, main.py {shortest['fast']:.2f} s: ratio {ratio:.2f}")
    assert ratio <= MAX_RATIO_TO_EMPTY


def test_the_fast_bindings_make_a_synthesis_at_least_six_times_faster(
    shortest: Mapping[str, float], capsys: pytest.CaptureFixture[str]
) -> None:
    speedup = shortest["off"] / shortest["fast"]
    with capsys.disabled():
        print(f"\nmain.py without the fast bindings {shortest['off']:.2f} s: {speedup:.1f} times as long")
    assert speedup >= MIN_SPEEDUP


@pytest.mark.skipif(not AVAILABLE, reason="the proportional set size of processes is available only on Linux")
def test_a_synthesis_needs_at_most_250_mb_of_memory(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    peak = peak_memory(start(MAIN, folder, {}))
    with capsys.disabled():
        print(f"\nmain.py and its kernel: peak memory {peak / 1e6:.0f} MB")
    assert 0 < peak <= MAX_MEMORY_BYTES
