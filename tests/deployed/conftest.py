"""The emulator and the deployments on it, each applied once for all tests that use it.

A deployment takes minutes. Everything that the selected tests use is started before the first of them needs
it, and the files whose deployments are ready first run first.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.access.enforcement import Enforcement
from tests.deployed import cdktf_cli, images, migrations, profiles, rotations, side_by_side, upgrades
from tests.deployed.faults import killing, outcomes
from tests.emulator.background import Background, Work
from tests.emulator.deployment import Deployment
from tests.emulator.processes import termination_as_interrupt
from tests.emulator.requirements import terraform_or_skip
from tests.emulator.server import Emulator

# In starting order: what most tests use, then what takes longest.
SCHEDULE: tuple[Work[Any], ...] = (
    *profiles.DEPLOYED.values(),
    killing.KILLED,
    rotations.ROTATED,
    migrations.MIGRATED,
    upgrades.UPGRADED,
    side_by_side.SIDE_BY_SIDE,
    outcomes.THROTTLED,
    outcomes.CONNECTIONS_LOST,
    outcomes.CONCURRENT_APPLIES,
    outcomes.INCOMPLETE_KEY,
    cdktf_cli.COMMANDS,
    images.IMAGES,
    images.IMAGES_OF_PROD,
    outcomes.DENIED,
)
# These are the values of a fixture's parameter; the name of any other work is the name of a fixture.
PARAMETERS = profiles.DEPLOYED.keys()
# On two cores.
MAX_CONCURRENT_DEPLOYMENTS = 6


def required_work(item: pytest.Item) -> list[int]:
    """The indexes in SCHEDULE of the work whose results the test uses."""
    parameters = item.callspec.params if hasattr(item, "callspec") else {}
    names = {
        *getattr(item, "fixturenames", ()),
        *(PARAMETERS & {str(each) for each in parameters.values()}),
    }
    return [index for index, work in enumerate(SCHEDULE) if work.name in names]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Sort this folder's files by when the first work that they use is started."""
    indexes = [index for index, item in enumerate(items) if item.path.is_relative_to(Path(__file__).parent)]
    required: dict[Path, list[int]] = defaultdict(list)
    for item in (items[index] for index in indexes):
        required[item.path] += required_work(item)

    def sort_key(item: pytest.Item) -> int:
        # Files that use the profiles keep their order: the last of them destroys the profiles.
        last_profile = len(profiles.DEPLOYED) - 1
        return max(min(required[item.path]), last_profile) if required[item.path] else 0

    in_order = sorted((items[index] for index in indexes), key=sort_key)
    for index, item in zip(indexes, in_order, strict=True):
        items[index] = item


def start_required_work(background: Background, items: Iterable[pytest.Item]) -> None:
    """Start everything that the tests use, in the order of SCHEDULE."""
    for index in sorted({index for item in items for index in required_work(item)}):
        background.start(SCHEDULE[index])


EMULATOR = pytest.StashKey[Emulator]()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Report what the emulator checked, and what it refused as AWS does."""
    if emulator := config.stash.get(EMULATOR, None):
        contract, refusals = emulator.contract, emulator.refusals
        terminalreporter.section("The emulator")
        terminalreporter.line(
            f"{contract.requests} requests, {contract.constraints} constraints of AWS's API models checked"
        )
        for line in contract.broken:
            terminalreporter.line(f"rejected: {line}")
        for note in emulator.databases.notes() if emulator.databases else ():
            terminalreporter.line(note)
        terminalreporter.line(refusals.summary())
        for (kind, service, operation, code), count in sorted(refusals.refused.items()):
            terminalreporter.line(f"{kind}: {service} {operation} {code} {count}")


@pytest.fixture(scope="session")
def emulator(request: pytest.FixtureRequest) -> Iterator[Emulator]:
    """An emulated AWS, empty at first and shared by the session: each test removes what it creates."""
    with termination_as_interrupt(), Emulator(authorize=Enforcement) as running:
        yield running
    request.config.stash[EMULATOR] = running


@pytest.fixture(scope="session")
def background(request: pytest.FixtureRequest, emulator: Emulator) -> Iterator[Background]:
    """The work that runs in the background of the tests.

    Without Terraform or its providers, the tests that use it are skipped, or fail if REQUIRE_TERRAFORM=1.
    """
    terraform_or_skip()
    with Background(emulator, max_workers=MAX_CONCURRENT_DEPLOYMENTS) as running:
        start_required_work(running, request.session.items)
        yield running


@pytest.fixture(scope="session")
def dev(background: Background) -> Deployment:
    """The dev profile after its first apply."""
    return background.result(profiles.DEPLOYED["dev"])


@pytest.fixture(scope="session")
def staging(background: Background) -> Deployment:
    """The staging profile after its first apply."""
    return background.result(profiles.DEPLOYED["staging"])


@pytest.fixture(scope="session")
def prod(background: Background) -> Deployment:
    """The prod profile after its first apply."""
    return background.result(profiles.DEPLOYED["prod"])


@pytest.fixture(scope="session", params=profiles.DEPLOYED)
def deployment(request: pytest.FixtureRequest, background: Background) -> Deployment:
    """Each profile, and the deployment with every setting set, after its first apply.

    It has another name than the unit tests' fixture, because pytest would group the tests of both.
    """
    return background.result(profiles.DEPLOYED[request.param])


@pytest.fixture(scope="session")
def outputs(dev: Deployment) -> dict[str, Any]:
    """The outputs of the dev profile."""
    return dev.system.outputs()
