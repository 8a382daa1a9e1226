"""The emulator, and the dev environment deployed on it once for all tests that look at it."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.emulator.deployment import Deployment
from tests.emulator.processes import termination_as_interrupt
from tests.emulator.providers import ProvidersUnavailableError
from tests.emulator.requirements import skip_or_fail, terraform_or_skip
from tests.emulator.server import Emulator


@pytest.fixture(scope="session")
def emulator() -> Iterator[Emulator]:
    """An AWS that starts empty, shared by the session: a test leaves it as it found it."""
    with termination_as_interrupt(), Emulator() as running:
        yield running


@pytest.fixture(scope="session")
def dev_deployment(emulator: Emulator) -> Iterator[Deployment]:
    """The dev environment as it stands after its first apply. Without Terraform or its providers, the
    tests that ask for it are skipped, or fail where REQUIRE_TERRAFORM=1."""
    terraform_or_skip()
    # pytest's own temporary folders are too deep for the providers' Unix sockets.
    with tempfile.TemporaryDirectory(prefix="pa-", ignore_cleanup_errors=True) as directory:
        try:
            deployment = Deployment(emulator.account, Path(directory), settings={"ENVIRONMENT_SUFFIX": "dev"})
        except ProvidersUnavailableError as error:
            skip_or_fail(str(error))
        deployment.prepare()
        deployment.system.apply()
        yield deployment
