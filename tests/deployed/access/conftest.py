"""The deployments of the access tests."""

import pytest

from tests.emulator.deployment import Deployment


@pytest.fixture(scope="module", params=["dev", "prod"])
def deployed(request: pytest.FixtureRequest) -> Deployment:
    """The two profiles whose permissions differ most."""
    found: Deployment = request.getfixturevalue(request.param)
    return found
