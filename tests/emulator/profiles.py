"""The deployments of dev, staging and prod, put up side by side once for all tests that look at them."""

from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.emulator.account import Account
from tests.emulator.deployment import Deployment
from tests.emulator.server import Emulator
from tests.variables import PROFILES, variables_of

# Each profile in an account of its own, as a company has it. Bucket names are one for all accounts.
_ACCOUNTS: Mapping[str, str] = {"dev": "111111111111", "staging": "222222222222", "prod": "333333333333"}


def settings_of(profile: str) -> dict[str, str]:
    """What main.py is told for the profile on the emulator."""
    bucket = f"payment-api-{profile}-state"
    return {**variables_of(profile), "PAYMENT_API_STATE__BUCKET": bucket}


class Profiles:
    """The three deployments, applied at the same time: most of an apply is waiting.

    A context: leaving it waits for what has been begun.
    """

    def __init__(self, emulator: Emulator, directory: Path) -> None:
        self._emulator = emulator
        self._directory = directory
        self._pool = ThreadPoolExecutor(max_workers=len(PROFILES))
        self._deployed: dict[str, Future[Deployment]] = {}

    def __enter__(self) -> Self:
        for profile in PROFILES:
            # Accounts are made here: assuming a role is not a thing of the deployment.
            account = self._emulator.other_account(_ACCOUNTS[profile])
            self._deployed[profile] = self._pool.submit(self._deploy, profile, account)
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _value: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._pool.shutdown(cancel_futures=True)

    def deployed(self, profile: str) -> Deployment:
        """The profile's deployment once it stands. Raises what its apply raised."""
        return self._deployed[profile].result()

    def _deploy(self, profile: str, account: Account) -> Deployment:
        directory = self._directory / profile
        directory.mkdir()
        deployment = Deployment(account, directory, settings=settings_of(profile))
        deployment.prepare()
        deployment.system.apply()
        return deployment
