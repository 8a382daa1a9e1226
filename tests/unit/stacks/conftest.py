"""The state stack with default settings and with every setting set."""

import pytest

from tests.unit.synthesis import Synthesized, synthesize_state
from tests.variables import EVERYTHING_ON


@pytest.fixture(scope="session", params=["dev", EVERYTHING_ON])
def state(request: pytest.FixtureRequest) -> Synthesized:
    """The state stack, with default settings and with every setting set."""
    return synthesize_state(request.param)
