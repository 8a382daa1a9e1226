"""Every deployment that is tested, synthesized once."""

import pytest

from tests.unit.synthesis import Synthesized, synthesize, synthesize_state
from tests.variables import DEPLOYMENTS, PROFILES


@pytest.fixture(scope="session")
def dev() -> Synthesized:
    """The dev profile."""
    return synthesize("dev")


@pytest.fixture(scope="session")
def staging() -> Synthesized:
    """The staging profile."""
    return synthesize("staging")


@pytest.fixture(scope="session")
def prod() -> Synthesized:
    """The prod profile."""
    return synthesize("prod")


@pytest.fixture(scope="session", params=DEPLOYMENTS)
def every(request: pytest.FixtureRequest) -> Synthesized:
    """Each profile, and the deployment with every setting set, for what must hold in all of them."""
    return synthesize(request.param)


@pytest.fixture(scope="session", params=PROFILES)
def each_profile(request: pytest.FixtureRequest) -> Synthesized:
    """Each profile, for what its defaults must be."""
    return synthesize(request.param)


@pytest.fixture(scope="session")
def state() -> Synthesized:
    """The state stack."""
    return synthesize_state()
