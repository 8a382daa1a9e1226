"""The outcomes of the deployments with faults, each deployed once."""

import pytest

from tests.deployed.faults import outcomes
from tests.deployed.faults.outcomes import (
    ConcurrentApplies,
    ConnectionsLost,
    Denied,
    IncompleteKey,
    Throttled,
)
from tests.emulator.background import Background


@pytest.fixture(scope="session")
def throttled(background: Background) -> Throttled:
    """The outcome of an apply with one call in ten throttled."""
    return background.result(outcomes.THROTTLED)


@pytest.fixture(scope="session")
def connections_lost(background: Background) -> ConnectionsLost:
    """The outcome of an apply in which requests and responses were lost."""
    return background.result(outcomes.CONNECTIONS_LOST)


@pytest.fixture(scope="session")
def incomplete_key(background: Background) -> IncompleteKey:
    """The outcome of applies that left a protected key created but not configured."""
    return background.result(outcomes.INCOMPLETE_KEY)


@pytest.fixture(scope="session")
def concurrent_applies(background: Background) -> ConcurrentApplies:
    """The outcome of two applies at the same time."""
    return background.result(outcomes.CONCURRENT_APPLIES)


@pytest.fixture(scope="session")
def denied(background: Background) -> Denied:
    """The outcome of applies with denied operations, and of one without."""
    return background.result(outcomes.DENIED)
