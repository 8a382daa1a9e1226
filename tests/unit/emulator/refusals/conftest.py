"""An empty emulator for each test, in a process-wide server."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest
from botocore.exceptions import ClientError

from tests.emulator.account import Account
from tests.emulator.refusals.rules import Kind
from tests.emulator.server import Emulator

Refuses = Callable[[Kind, str], AbstractContextManager[None]]


@pytest.fixture(scope="package")
def emulator() -> Iterator[Emulator]:
    with Emulator() as running:
        yield running


@pytest.fixture
def account(emulator: Emulator) -> Account:
    """An account without resources."""
    emulator.reset()
    return emulator.account


@pytest.fixture
def refused(emulator: Emulator) -> Refuses:
    """A context manager in which one call must be refused with the error code, and be counted."""

    @contextmanager
    def expecting(kind: Kind, code: str) -> Iterator[None]:
        emulator.refusals.refused.clear()
        with pytest.raises(ClientError) as error:
            yield
        assert error.value.response["Error"]["Code"] == code
        # boto3 repeats the calls that exceed a quota.
        assert {(each[0], each[3]) for each in emulator.refusals.refused} == {(kind, code)}

    return expecting
