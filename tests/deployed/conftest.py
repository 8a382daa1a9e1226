"""The emulator, and the profiles deployed on it once for all tests that look at them.

Deployments take minutes. All that the selected tests ask for are begun before the first of them is needed,
and the files that need the fewest come first.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.deployed import cdktf_cli, profiles, rotations, upgrades
from tests.deployed.faults import killing, outcomes
from tests.emulator.background import Background, Work
from tests.emulator.deployment import Deployment
from tests.emulator.processes import termination_as_interrupt
from tests.emulator.requirements import terraform_or_skip
from tests.emulator.server import Emulator

# In the order in which they are begun: first what most tests need, then what takes longest.
SCHEDULE: tuple[Work[Any], ...] = (
    *profiles.DEPLOYED.values(),
    killing.KILLED,
    rotations.ROTATED,
    upgrades.UPGRADED,
    outcomes.THROTTLED,
    outcomes.CUT_OFF,
    outcomes.CONTEST,
    outcomes.HALF_MADE,
    cdktf_cli.COMMANDS,
    *outcomes.REFUSED.values(),
)
# What tests ask for by a parameter; all else by a fixture's name.
BY_PARAMETER = profiles.DEPLOYED.keys() | outcomes.REFUSED.keys()
# Deployments side by side on two cores.
WIDTH = 6


def needed_by(item: pytest.Item) -> list[int]:
    """The places in the schedule of what the test asks for."""
    parameters = item.callspec.params if hasattr(item, "callspec") else {}
    names = {
        *getattr(item, "fixturenames", ()),
        *(BY_PARAMETER & {str(each) for each in parameters.values()}),
    }
    return [place for place, work in enumerate(SCHEDULE) if work.name in names]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the files of this folder in the order in which what they need is there."""
    here = [place for place, item in enumerate(items) if item.path.is_relative_to(Path(__file__).parent)]
    needed: dict[Path, list[int]] = defaultdict(list)
    for item in (items[place] for place in here):
        needed[item.path] += needed_by(item)

    def turn(item: pytest.Item) -> int:
        # Tests of the profiles keep their order: the last of them take the profiles down.
        return max(min(needed[item.path]), len(profiles.DEPLOYED) - 1) if needed[item.path] else 0

    for place, item in zip(here, sorted((items[place] for place in here), key=turn), strict=True):
        items[place] = item


def begun(background: Background, items: Iterable[pytest.Item]) -> None:
    """Begin all that the tests ask for."""
    for place in sorted({place for item in items for place in needed_by(item)}):
        background.start(SCHEDULE[place])


@pytest.fixture(scope="session")
def emulator() -> Iterator[Emulator]:
    """An AWS that starts empty, shared by the session: a test leaves it as it found it."""
    with termination_as_interrupt(), Emulator() as running:
        yield running


@pytest.fixture(scope="session")
def background(request: pytest.FixtureRequest, emulator: Emulator) -> Iterator[Background]:
    """What goes on behind the tests. Without Terraform or its providers, the tests that ask for it are
    skipped, or fail where REQUIRE_TERRAFORM=1."""
    terraform_or_skip()
    with Background(emulator, max_workers=WIDTH) as running:
        begun(running, request.session.items)
        yield running


@pytest.fixture(scope="session")
def dev(background: Background) -> Deployment:
    """The dev profile as it stands after its first apply."""
    return background.result(profiles.DEPLOYED["dev"])


@pytest.fixture(scope="session")
def staging(background: Background) -> Deployment:
    """The staging profile as it stands after its first apply."""
    return background.result(profiles.DEPLOYED["staging"])


@pytest.fixture(scope="session")
def prod(background: Background) -> Deployment:
    """The prod profile as it stands after its first apply."""
    return background.result(profiles.DEPLOYED["prod"])


@pytest.fixture(scope="session", params=profiles.DEPLOYED)
def deployment(request: pytest.FixtureRequest, background: Background) -> Deployment:
    """Each profile in turn. Not named as the unit tests' fixture is: pytest would run the two together."""
    return background.result(profiles.DEPLOYED[request.param])


@pytest.fixture(scope="session")
def outputs(dev: Deployment) -> dict[str, Any]:
    """The outputs of the dev profile."""
    return dev.system.outputs()
