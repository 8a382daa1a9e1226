"""The deployments to which things happen, each put up once."""

import pytest

from tests.deployed.faults import outcomes
from tests.deployed.faults.outcomes import Contest, CutOff, HalfMade, Refused, Throttled
from tests.emulator.background import Background


@pytest.fixture(scope="session")
def throttled(background: Background) -> Throttled:
    """After an apply of which one call in ten was throttled."""
    return background.result(outcomes.THROTTLED)


@pytest.fixture(scope="session")
def cut_off(background: Background) -> CutOff:
    """After an apply of which calls and answers got lost."""
    return background.result(outcomes.CUT_OFF)


@pytest.fixture(scope="session")
def half_made(background: Background) -> HalfMade:
    """After a protected key was created and not finished."""
    return background.result(outcomes.HALF_MADE)


@pytest.fixture(scope="session")
def contest(background: Background) -> Contest:
    """After two applies at the same time."""
    return background.result(outcomes.CONTEST)


@pytest.fixture(scope="session", params=outcomes.REFUSED)
def refused(request: pytest.FixtureRequest, background: Background) -> Refused:
    """After an apply in which one operation was refused, and another without the fault; each in turn."""
    return background.result(outcomes.REFUSED[request.param])
