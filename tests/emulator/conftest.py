"""The emulator, and the profiles deployed on it once for all tests that look at them."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.emulator.deployment import Deployment
from tests.emulator.processes import termination_as_interrupt
from tests.emulator.profiles import Profiles
from tests.emulator.providers import ProvidersUnavailableError
from tests.emulator.requirements import skip_or_fail, terraform_or_skip
from tests.emulator.server import Emulator


@pytest.fixture(scope="session")
def emulator() -> Iterator[Emulator]:
    """An AWS that starts empty, shared by the session: a test leaves it as it found it."""
    with termination_as_interrupt(), Emulator() as running:
        yield running


@pytest.fixture(scope="session")
def profiles(emulator: Emulator) -> Iterator[Profiles]:
    """The three profiles. Without Terraform or its providers, the tests that ask for them are skipped, or
    fail where REQUIRE_TERRAFORM=1."""
    terraform_or_skip()
    # pytest's own temporary folders are too deep for the providers' Unix sockets.
    with (
        tempfile.TemporaryDirectory(prefix="pa-", ignore_cleanup_errors=True) as directory,
        Profiles(emulator, Path(directory)) as running,
    ):
        yield running


def deployed(profiles: Profiles, profile: str) -> Deployment:
    """The profile's deployment, or a skip where a provider cannot be had."""
    try:
        return profiles.deployed(profile)
    except ProvidersUnavailableError as error:
        skip_or_fail(str(error))


@pytest.fixture(scope="session")
def dev(profiles: Profiles) -> Deployment:
    """The dev profile as it stands after its first apply."""
    return deployed(profiles, "dev")


@pytest.fixture(scope="session")
def staging(profiles: Profiles) -> Deployment:
    """The staging profile as it stands after its first apply."""
    return deployed(profiles, "staging")


@pytest.fixture(scope="session")
def prod(profiles: Profiles) -> Deployment:
    """The prod profile as it stands after its first apply."""
    return deployed(profiles, "prod")


@pytest.fixture(scope="session", params=["dev", "staging", "prod"])
def every(request: pytest.FixtureRequest, profiles: Profiles) -> Deployment:
    """Each profile in turn."""
    return deployed(profiles, request.param)


@pytest.fixture(scope="session")
def outputs(dev: Deployment) -> dict[str, Any]:
    """The outputs of the dev profile."""
    return dev.system.outputs()
