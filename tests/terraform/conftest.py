"""Every stack as main.py writes it, and the providers to check it against."""

import os
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from constructs_lib.settings.names import MAX_SUFFIX_LENGTH, STATE_STACK, stack_name
from tests.emulator import providers
from tests.emulator.deployment import synthesize
from tests.emulator.providers import ProvidersUnavailableError
from tests.emulator.requirements import skip_or_fail, terraform_or_skip
from tests.variables import PROFILES, variables_of

LONGEST_SUFFIX = "prod-".ljust(MAX_SUFFIX_LENGTH, "x")
SUFFIXES = (*PROFILES, LONGEST_SUFFIX)
STACKS = (STATE_STACK, *(stack_name(suffix) for suffix in SUFFIXES))


@dataclass(frozen=True)
class Workplace:
    """Where Terraform works, with what, on which stacks by their names."""

    directory: Path
    environment: Mapping[str, str]
    stacks: Mapping[str, Path]


@pytest.fixture(scope="session")
def workplace() -> Iterator[Workplace]:
    """Without Terraform or its providers, tests that ask for it are skipped, or fail where
    REQUIRE_TERRAFORM=1."""
    terraform_or_skip()
    # Nothing of the person's own Terraform or deployments has a say.
    foreign = ("TF_", "AWS_", "PAYMENT_API_", "ENVIRONMENT_SUFFIX", "CDKTF_")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    # pytest's own temporary folders are too deep for the providers' Unix sockets.
    with tempfile.TemporaryDirectory(prefix="pa-", ignore_cleanup_errors=True) as name:
        directory = Path(name)
        stacks: dict[str, Path] = {}
        for suffix in SUFFIXES:
            stacks |= synthesize(directory / suffix, environment | variables_of(suffix))
        try:
            installation = providers.install(providers.required_by(stacks.values()), directory)
        except ProvidersUnavailableError as error:
            skip_or_fail(str(error))
        own = installation.variables() | {"TMPDIR": name}
        yield Workplace(directory, environment | own, stacks)
