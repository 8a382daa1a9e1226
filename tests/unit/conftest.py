"""Every profile, synthesized once."""

import pytest

from tests.unit.synthesis import Synthesized, synthesize, synthesize_state


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


@pytest.fixture(scope="session", params=["dev", "staging", "prod"])
def every(request: pytest.FixtureRequest) -> Synthesized:
    """Each profile in turn, for what must hold in all of them."""
    return synthesize(request.param)


@pytest.fixture(scope="session")
def state() -> Synthesized:
    """The state stack."""
    return synthesize_state()
