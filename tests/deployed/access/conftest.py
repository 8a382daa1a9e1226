"""On whose deployments access is tried."""

import pytest

from tests.emulator.deployment import Deployment


@pytest.fixture(scope="module", params=["dev", "prod"])
def deployed(request: pytest.FixtureRequest) -> Deployment:
    """The profiles that differ most in what they let."""
    found: Deployment = request.getfixturevalue(request.param)
    return found
