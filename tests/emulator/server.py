"""The emulator: moto in this process, on a free port of the loopback interface."""

import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.moto_api._internal.models import moto_api_backend
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

import tests.emulator.gaps
import tests.emulator.refusals  # noqa: F401 - the import registers the rules
from tests.emulator import local_processes, postgres
from tests.emulator.account import Account, Credentials
from tests.emulator.contract import Contract
from tests.emulator.functions import Functions
from tests.emulator.loopback import LoopbackServer
from tests.emulator.refusals.rules import Refusals
from tests.emulator.request_log import Failure, RequestLog
from tests.emulator.serving import Serialized, serve_at

if TYPE_CHECKING:
    from tests.access.enforcement import Enforcement
    from tests.emulator.calls import Application

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
    """A context manager that serves an emulated AWS on the loopback interface.

    moto stores resources in globals of the process, which are reset on entry and on exit. Two emulators in
    one process would therefore share their accounts: run one, and isolate a test with `other_account`.
    """

    def __init__(
        self,
        *,
        region: str = "us-east-1",
        log_file: Path | None = None,
        databases: bool = True,
        authorize: "Callable[[Application], Enforcement] | None" = None,
    ) -> None:
        """With `databases`, a PostgreSQL runs behind each Aurora cluster that has an instance. `authorize`
        makes what decides on Terraform's requests; it imports CDKTF, which most users do not need."""
        self.refusals = Refusals(DomainDispatcherApplication(create_backend_app))
        self.enforcement = authorize(self.refusals) if authorize else None
        self.contract = Contract(self.enforcement or self.refusals)
        self._functions = Functions(Serialized(self.contract))
        self._log = RequestLog(self._functions, log_file=log_file)
        self._server = LoopbackServer(self._log)
        self.databases = postgres.Servers() if databases else None
        # moto assigns an access key that it did not create to its default account, 123456789012.
        self.account = Account(
            endpoint=self._server.endpoint,
            region=region,
            credentials=Credentials("emulator", "emulator"),
        )

    def __enter__(self) -> Self:
        self.reset()
        serve_at(self.account.endpoint)
        if self.databases:
            self.databases.__enter__()
        self._server.__enter__()
        return self

    def __exit__(
        self, type_: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        local_processes.end_all()
        self._server.__exit__(type_, value, trace)
        local_processes.end_all()  # also what a last request has started
        serve_at(None)
        self._functions.close()
        self._log.close()
        self.reset()
        if self.databases:
            self.databases.__exit__(type_, value, trace)

    @staticmethod
    def reset() -> None:
        """Delete all resources of all accounts, and end what they run."""
        local_processes.end_all()
        moto_api_backend.reset()
        if databases := postgres.current():
            databases.delete_all()

    @property
    def failures(self) -> list[Failure]:
        """The requests that ended in a server error of the emulator (HTTP 5xx), oldest first."""
        return list(self._log.failures)

    def other_account(self, account_id: str) -> Account:
        """The account with this twelve-digit id, with the credentials of a role in it."""
        assumed = self.account.client("sts").assume_role(
            RoleArn=f"arn:aws:iam::{account_id}:role/{_ROLE}", RoleSessionName=_ROLE
        )["Credentials"]
        credentials = Credentials(assumed["AccessKeyId"], assumed["SecretAccessKey"], assumed["SessionToken"])
        account = Account(self.account.endpoint, self.account.region, credentials)
        # On AWS a role exists before it is assumed; calls that look up the caller's role need to find it.
        iam = account.client("iam")
        with suppress(iam.exceptions.EntityAlreadyExistsException):
            iam.create_role(RoleName=_ROLE, AssumeRolePolicyDocument=_TRUST)
        return account
