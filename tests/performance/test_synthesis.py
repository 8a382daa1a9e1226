"""What a synthesis costs: requests to the kernel, modules and memory, and its time without the fast bindings.

The first two do not depend on the machine, and their budgets are close to what is needed: whoever exceeds
one looks at what was added. The times are printed, and only a difference that no machine makes is asserted.
"""

import json
import resource
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.performance.memory import AVAILABLE, peak_memory
from tests.variables import EVERYTHING_ON, inherited, variables_of

ROOT = Path(__file__).parents[2]
EMPTY_APP = """
from cdktf import App, TerraformStack
app = App()
TerraformStack(app, "empty")
app.synth()
"""
MAIN = "main.py"
OFF = {"CDKTF_FAST_BINDINGS": "0"}
ROUNDS, ROUNDS_OFF = 6, 2  # fewer, because each takes as long as several of the others
MIN_SPEEDUP = 4
MAX_MEMORY_BYTES = 250_000_000
# For each deployment: requests to the kernel, and modules of the AWS bindings of about 2,000.
BUDGETS = {"dev": (536, 77), "staging": (552, 77), "prod": (552, 77), EVERYTHING_ON: (666, 77)}
COUNT = """
import json, runpy, sys
from jsii._kernel import providers
sent = []
send = providers.process._NodeProcess.send
def counting(self, request, response_type):
    sent.append(request)
    return send(self, request, response_type)
providers.process._NodeProcess.send = counting
runpy.run_path("main.py", run_name="__main__")
modules = {name.split(".")[1] for name in sys.modules if name.startswith("cdktf_cdktf_provider_aws.")}
print(json.dumps([len(sent), len(modules)]))
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("synthesis")
    (folder / "empty.py").write_text(EMPTY_APP)
    return folder


def environment(folder: Path, **variables: str) -> dict[str, str]:
    """The environment in which an app with dev's default settings writes its output inside the folder."""
    return {**inherited(), "CDKTF_OUTDIR": str(folder / "out"), "ENVIRONMENT_SUFFIX": "dev", **variables}


@pytest.mark.parametrize("suffix", BUDGETS)
def test_a_deployment_stays_within_its_budget_of_requests_and_modules(
    suffix: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = [sys.executable, "-c", COUNT]
    variables = environment(folder, **variables_of(suffix))
    counted = subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, text=True, check=False)
    assert counted.returncode == 0, counted.stderr
    requests, modules = json.loads(counted.stdout)
    with capsys.disabled():
        print(f"\n{suffix}: {requests} requests to the kernel, {modules} modules of the AWS bindings")
    max_requests, max_modules = BUDGETS[suffix]
    assert 0 < requests <= max_requests
    assert 0 < modules <= max_modules


class Cost(NamedTuple):
    """The time of an app in seconds: on the clock, and of all processors."""

    wall: float
    cpu: float


def cost(script: Path | str, folder: Path, **variables: str) -> Cost:
    """Run an app; its kernel's processor time is included, because Python waits for the kernel's end."""
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run([sys.executable, script], cwd=ROOT, env=environment(folder, **variables), check=True)
    wall, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    return Cost(wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def least_costs(folder: Path) -> Mapping[str, Cost]:
    """The least times of the empty app, of main.py, and of main.py without fast bindings.

    The runs alternate, so that other load on the machine affects all of them; it can only make a run longer.
    """
    cost(folder / "empty.py", folder)  # the first runs compile modules and fill caches
    cost(MAIN, folder)
    costs: dict[str, list[Cost]] = {"empty": [], "fast": [], "off": []}
    for number in range(ROUNDS):
        costs["empty"].append(cost(folder / "empty.py", folder))
        costs["fast"].append(cost(MAIN, folder))
        if number < ROUNDS_OFF:
            costs["off"].append(cost(MAIN, folder, **OFF))
    return {
        name: Cost(min(each.wall for each in measured), min(each.cpu for each in measured))
        for name, measured in costs.items()
    }


def test_a_synthesis_without_the_fast_bindings_needs_at_least_four_times_the_processor_time(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The processor time, because the time on the clock depends on what else runs: fast, two processes share
    the work, and each of them waits for a core."""
    least = least_costs(folder)
    empty, fast, off = least["empty"], least["fast"], least["off"]
    with capsys.disabled():
        print(
            f"\nempty app {empty.wall:.2f} s, main.py {fast.wall:.2f} s: ratio {fast.wall / empty.wall:.2f}"
        )
        print(f"without the fast bindings {off.wall:.2f} s: {off.wall / fast.wall:.1f} times as long")
        print(f"processor time: {empty.cpu:.2f} s, {fast.cpu:.2f} s, {off.cpu:.2f} s")
    assert off.cpu >= MIN_SPEEDUP * fast.cpu


@pytest.mark.skipif(not AVAILABLE, reason="the proportional set size of processes is available only on Linux")
def test_a_synthesis_needs_at_most_250_mb_of_memory(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    peak = peak_memory(subprocess.Popen([sys.executable, MAIN], cwd=ROOT, env=environment(folder)))
    with capsys.disabled():
        print(f"\nmain.py and its kernel: peak memory {peak / 1e6:.0f} MB")
    assert 0 < peak <= MAX_MEMORY_BYTES
