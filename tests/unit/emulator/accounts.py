"""Accounts for tests that make many calls."""

from dataclasses import dataclass, field
from typing import Any

from tests.emulator.account import Account


@dataclass(frozen=True)
class AccountWithClients(Account):
    """An account that creates one client per service, since that takes longer than most tests."""

    clients: dict[str, Any] = field(default_factory=dict)

    def client(self, service: str) -> Any:  # noqa: ANN401 - as in Account
        if service not in self.clients:
            self.clients[service] = super().client(service)
        return self.clients[service]
