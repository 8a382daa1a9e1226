"""Every stack as main.py synthesizes it, and the providers that validate it."""

import os
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from constructs_lib.settings.names import (
    ACCESS_STACK,
    IMAGES_STACK,
    MAX_SUFFIX_LENGTH,
    STATE_STACK,
    stack_name,
)
from tests.emulator import providers
from tests.emulator.deployment import synthesize
from tests.emulator.providers import ProvidersUnavailableError
from tests.emulator.requirements import skip_or_fail, terraform_or_skip
from tests.variables import DEPLOYMENTS, variables_of

LONGEST_SUFFIX = "prod-".ljust(MAX_SUFFIX_LENGTH, "x")
SUFFIXES = (*DEPLOYMENTS, LONGEST_SUFFIX)
STACKS = (STATE_STACK, IMAGES_STACK, ACCESS_STACK, *(stack_name(suffix) for suffix in SUFFIXES))


@dataclass(frozen=True)
class Workspace:
    """The directory and environment in which Terraform runs, and the stacks by name."""

    directory: Path
    environment: Mapping[str, str]
    stacks: Mapping[str, Path]


@pytest.fixture(scope="session")
def workspace() -> Iterator[Workspace]:
    """Synthesize the stacks and install the providers.

    Without Terraform or the providers, the tests are skipped, or fail if REQUIRE_TERRAFORM=1.
    """
    terraform_or_skip()
    # The user's own settings of Terraform, AWS and deployments must not influence the tests.
    foreign = ("TF_", "AWS_", "PAYMENT_API_", "ENVIRONMENT_SUFFIX", "CDKTF_")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    # The paths of pytest's temporary folders are too long for the providers' Unix sockets.
    with tempfile.TemporaryDirectory(prefix="pa-", ignore_cleanup_errors=True) as name:
        directory = Path(name)
        stacks: dict[str, Path] = {}
        for suffix in SUFFIXES:
            stacks |= synthesize(directory / suffix, environment | variables_of(suffix))
        try:
            installation = providers.install(providers.required_by(stacks.values()), directory)
        except ProvidersUnavailableError as error:
            skip_or_fail(str(error))
        variables = installation.variables() | {"TMPDIR": name}
        yield Workspace(directory, environment | variables, stacks)
