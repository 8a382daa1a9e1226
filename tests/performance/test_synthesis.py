"""`python main.py` for dev, against the empty app below and against itself without the fast bindings.

All are measured in one run and take turns, so that a machine that is busy for a while is so for all
of them. The shortest time of each is compared: other processes can make a run longer, never shorter.
A synthesis is two processes side by side, so a machine without a core to spare shows a worse ratio;
then rounds are added, up to a limit, in which it may come to rest.
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
FEWEST_ROUNDS, MOST_ROUNDS = 8, 40
ROUNDS_OFF = (2, 5)  # few, since each takes as long as a dozen of the others
MOST_TIMES_EMPTY = 2.75
LEAST_TIMES_FASTER = 6
MOST_MEMORY = 250_000_000
CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("synthesis")
    (folder / "empty.py").write_text(EMPTY_APP)
    return folder


def start(script: Path | str, folder: Path, variables: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """Start an app in an environment without settings of ours, its output inside the folder."""
    env = {**inherited(), "CDKTF_OUTDIR": str(folder / "out"), "ENVIRONMENT_SUFFIX": "dev", **variables}
    return subprocess.Popen([sys.executable, script], cwd=ROOT, env=env)


def seconds(script: Path | str, folder: Path, **variables: str) -> float:
    begin = time.perf_counter()
    assert start(script, folder, variables).wait() == 0
    return time.perf_counter() - begin


@pytest.fixture(scope="module")
def shortest(folder: Path) -> Mapping[str, float]:
    """The shortest time in seconds of the empty app, of main.py, and of main.py without the fast bindings."""
    seconds(folder / "empty.py", folder)  # the first of each may yet compile modules and fill caches
    seconds(MAIN, folder)
    times: dict[str, list[float]] = {"empty": [], "fast": [], "off": []}
    for number in range(MOST_ROUNDS):
        times["empty"].append(seconds(folder / "empty.py", folder))
        times["fast"].append(seconds(MAIN, folder))
        if number in ROUNDS_OFF:
            times["off"].append(seconds(MAIN, folder, **OFF))
        if number + 1 >= FEWEST_ROUNDS and min(times["fast"]) <= MOST_TIMES_EMPTY * min(times["empty"]):
            break
    return {name: min(measured) for name, measured in times.items()}


@pytest.mark.skipif(CORES < 2, reason="a synthesis is two processes side by side, and there is one core")
def test_a_synthesis_takes_little_longer_than_an_empty_app(
    shortest: Mapping[str, float], capsys: pytest.CaptureFixture[str]
) -> None:
    times = shortest["fast"] / shortest["empty"]
    with capsys.disabled():
        print(f"\nempty app {shortest['empty']:.2f} s, main.py {shortest['fast']:.2f} s: {times:.2f} times")
    assert times <= MOST_TIMES_EMPTY


def test_the_fast_bindings_make_a_synthesis_several_times_faster(
    shortest: Mapping[str, float], capsys: pytest.CaptureFixture[str]
) -> None:
    times = shortest["off"] / shortest["fast"]
    with capsys.disabled():
        print(f"\nmain.py without the fast bindings {shortest['off']:.2f} s: {times:.1f} times as long")
    assert times >= LEAST_TIMES_FASTER


@pytest.mark.skipif(not AVAILABLE, reason="the memory of several processes together is known on Linux only")
def test_a_synthesis_needs_little_memory(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    peak = peak_memory(start(MAIN, folder, {}))
    with capsys.disabled():
        print(f"\nmain.py and its kernel: at most {peak / 1e6:.0f} MB at once")
    assert 0 < peak <= MOST_MEMORY
