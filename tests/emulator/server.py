"""The emulator: moto, in this process, on a free port of the loopback interface."""

import json
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.moto_api._internal.models import moto_api_backend
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

import tests.emulator.gaps  # noqa: F401 - importing it closes moto's gaps
from tests.emulator.account import Account, Credentials
from tests.emulator.contract import Contract
from tests.emulator.journal import Failure, Journal
from tests.emulator.loopback import Loopback

_ROLE = "emulator"
_TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"AWS": DEFAULT_ACCOUNT_ID}, "Action": "sts:AssumeRole"}
        ],
    }
)


class Emulator:
    """An AWS on loopback for as long as the context lasts; leaving it frees the port.

    moto keeps its resources in globals of the process. So a new emulator starts empty only because
    it resets them, and two at once in one process would be two doors to the same accounts: run one,
    and take an account of your own with `other_account` where a test needs one.
    """

    def __init__(self, *, region: str = "us-east-1", log_file: Path | None = None) -> None:
        self.contract = Contract(DomainDispatcherApplication(create_backend_app))
        self._journal = Journal(self.contract, log_file=log_file)
        self._server = Loopback(self._journal)
        # moto takes a key that it has not given out for one of its default account, 123456789012.
        self.account = Account(
            endpoint=self._server.endpoint,
            region=region,
            credentials=Credentials("emulator", "emulator"),
        )

    def __enter__(self) -> Self:
        self.reset()
        self._server.__enter__()
        return self

    def __exit__(
        self, type_: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.__exit__(type_, value, trace)
        self._journal.close()
        self.reset()

    @staticmethod
    def reset() -> None:
        """Empty all accounts: every resource of every service in every region."""
        moto_api_backend.reset()

    @property
    def failures(self) -> list[Failure]:
        """The requests that the emulator itself could not answer (HTTP 5xx), oldest first."""
        return list(self._journal.failures)

    def other_account(self, account_id: str) -> Account:
        """Another account, of these twelve digits, reached by way of a role in it."""
        assumed = self.account.client("sts").assume_role(
            RoleArn=f"arn:aws:iam::{account_id}:role/{_ROLE}", RoleSessionName=_ROLE
        )["Credentials"]
        credentials = Credentials(assumed["AccessKeyId"], assumed["SecretAccessKey"], assumed["SessionToken"])
        account = Account(self.account.endpoint, self.account.region, credentials)
        # On AWS a role is there before it is assumed, and who looks for the caller's role finds it.
        iam = account.client("iam")
        with suppress(iam.exceptions.EntityAlreadyExistsException):
            iam.create_role(RoleName=_ROLE, AssumeRolePolicyDocument=_TRUST)
        return account
