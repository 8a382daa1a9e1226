"""A repository on GitHub, and the programs that a job finds on its path."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.emulator.account import Account
from tests.emulator.server import Emulator
from tests.unit.pipeline.job import Job
from tests.unit.pipeline.states import States
from tests.variables import variables_of


@pytest.fixture
def job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Job:
    """A job of GitHub Actions in a repository without issues and pull requests."""
    return Job(tmp_path, monkeypatch)


@pytest.fixture(scope="module")
def account() -> Iterator[Account]:
    """An empty account on the emulator."""
    with Emulator(databases=False) as running:
        yield running.account


@pytest.fixture
def states(account: Account, job: Job) -> Iterator[States]:
    """The states that a job finds in the bucket of its settings."""
    states = States(account)
    job.set(**account.variables(), **variables_of("staging"))
    job.unset("PAYMENT_API_SERVICE__IMAGE")
    with states.bucket():
        yield states
