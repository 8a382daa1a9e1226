"""An account that is ready for the first deployment of prod."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.emulator.account import Account
from tests.emulator.server import Emulator
from tests.unit.doctor.accounts import Dns, Patient, prepare
from tests.unit.emulator.accounts import AccountWithClients


@pytest.fixture(scope="package")
def emulator() -> Iterator[Emulator]:
    with Emulator(databases=False) as running:
        yield running


@pytest.fixture(scope="package")
def empty_account(emulator: Emulator) -> Account:
    return AccountWithClients(**vars(emulator.account))


@pytest.fixture
def patient(emulator: Emulator, empty_account: Account) -> Iterator[Patient]:
    """The account of a user who is allowed everything."""
    emulator.reset()
    prepare(empty_account)
    with ExitStack() as undo:
        yield Patient(empty_account, Dns(empty_account), emulator, undo)
