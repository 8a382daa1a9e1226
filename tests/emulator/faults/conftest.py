"""The deployments to which things happen, each put up once."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.emulator.faults.accounts import Scenario, scenario
from tests.emulator.faults.proxy import Nothing, Throttling
from tests.emulator.providers import ProvidersUnavailableError
from tests.emulator.requirements import skip_or_fail, terraform_or_skip
from tests.emulator.server import Emulator

SEED = 4


@pytest.fixture(scope="package")
def directory() -> Iterator[Path]:
    """A short path: providers open Unix sockets below it."""
    terraform_or_skip()
    with tempfile.TemporaryDirectory(prefix="pa-", ignore_cleanup_errors=True) as made:
        yield Path(made)


@contextmanager
def scenario_or_skip(emulator: Emulator, account_id: str, directory: Path) -> Iterator[Scenario]:
    """The scenario, or a skip where a provider cannot be had."""
    try:
        entered = scenario(emulator, account_id, directory / account_id[-2:])
        with entered as made:
            yield made
    except ProvidersUnavailableError as error:
        skip_or_fail(str(error))


@dataclass(frozen=True)
class Throttled:
    """A deployment whose apply was throttled, and how much."""

    scenario: Scenario
    fault: Throttling


@pytest.fixture(scope="package")
def throttled(emulator: Emulator, directory: Path) -> Iterator[Throttled]:
    """Put up while one call in ten is throttled."""
    with scenario_or_skip(emulator, "444444444401", directory) as made:
        fault = Throttling(share=0.1, seed=SEED)
        made.proxy.fault = fault
        made.deployment.system.apply()
        made.proxy.fault = Nothing()
        yield Throttled(made, fault)
