"""The tested deployments, each synthesized once."""

import pytest

from tests.unit.synthesis import Synthesized, synthesize, synthesize_images, synthesize_state
from tests.variables import DEPLOYMENTS, EVERYTHING_ON, PROFILES


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
    """Each profile, and the deployment in which every setting is set."""
    return synthesize(request.param)


@pytest.fixture(scope="session", params=PROFILES)
def each_profile(request: pytest.FixtureRequest) -> Synthesized:
    """Each profile, for tests of the defaults."""
    return synthesize(request.param)


@pytest.fixture(scope="session")
def state() -> Synthesized:
    """The state stack."""
    return synthesize_state()


@pytest.fixture(scope="session", params=["dev", EVERYTHING_ON])
def images(request: pytest.FixtureRequest) -> Synthesized:
    """The stack of the images, with the default settings and with every setting set."""
    return synthesize_images(request.param)
