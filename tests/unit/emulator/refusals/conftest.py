"""An empty emulator for each test, in a process-wide server."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.emulator.account import Account
from tests.emulator.refusals.rules import Kind
from tests.emulator.server import Emulator

Refuses = Callable[[Kind, str], AbstractContextManager[None]]

PROVOKED = pytest.StashKey[set[tuple[Kind, str]]]()
"""The calls that tests of the session saw refused: kind and `service Operation`."""


@dataclass(frozen=True)
class _AccountWithClients(Account):
    """An account that creates one client per service, since that takes longer than most tests."""

    clients: dict[str, Any] = field(default_factory=dict)

    def client(self, service: str) -> Any:  # noqa: ANN401 - as in Account
        if service not in self.clients:
            self.clients[service] = super().client(service)
        return self.clients[service]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Move the test of what all others provoked behind them."""
    last = [item for item in items if item.path == Path(__file__).with_name("test_all_provoked.py")]
    items[:] = [item for item in items if item not in last] + last


@pytest.fixture(scope="package")
def emulator() -> Iterator[Emulator]:
    # The tests create a hundred instances, to which nothing connects.
    with Emulator(databases=False) as running:
        yield running


@pytest.fixture(scope="package")
def empty_account(emulator: Emulator) -> Account:
    return _AccountWithClients(**vars(emulator.account))


@pytest.fixture
def account(emulator: Emulator, empty_account: Account) -> Account:
    """An account without resources."""
    emulator.reset()
    return empty_account


@pytest.fixture
def provoked(request: pytest.FixtureRequest) -> set[tuple[Kind, str]]:
    """The calls that tests of this session saw refused."""
    return request.config.stash.setdefault(PROVOKED, set())


@pytest.fixture
def refused(emulator: Emulator, provoked: set[tuple[Kind, str]]) -> Refuses:
    """A context manager in which one call must be refused with the error code, and be counted."""

    @contextmanager
    def expecting(kind: Kind, code: str) -> Iterator[None]:
        emulator.refusals.refused.clear()
        with pytest.raises(ClientError) as error:
            yield
        assert error.value.response["Error"]["Code"] == code
        # A set, because boto3 repeats a call that exceeded a limit.
        assert {(each[0], each[3]) for each in emulator.refusals.refused} == {(kind, code)}
        provoked.update((each[0], f"{each[1]} {each[2]}") for each in emulator.refusals.refused)

    return expecting
