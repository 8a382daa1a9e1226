"""The emulator: moto, in this process, on a free port of the loopback interface."""

import os
from pathlib import Path
from threading import Thread
from types import TracebackType
from typing import Any, Self

import boto3
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.moto_api._internal.models import moto_api_backend
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import make_server

from tests.emulator import gaps
from tests.emulator.journal import Failure, Journal

ACCOUNT_ID: str = DEFAULT_ACCOUNT_ID
HOST = "127.0.0.1"

# Variables of the person's own that must not reach a tool pointed at the emulator: real credentials,
# and what would send requests elsewhere or change what Terraform does.
_FOREIGN_PREFIXES = ("AWS_", "TF_", "CDKTF_")


class _QuietHandler(MotoRequestHandler):
    """moto's handler without a line on the terminal for each request; the journal keeps what matters."""

    def log(self, type: str, message: str, *args: object) -> None:
        """Say nothing."""


class Emulator:
    """An AWS account on loopback for as long as the context lasts; closing it frees the port.

    moto keeps its resources in globals of the process. So a new emulator starts empty only because
    it resets them, and two at once in one process would be two doors to the same account: run one.
    """

    def __init__(self, *, region: str = "us-east-1", log_file: Path | None = None) -> None:
        gaps.close_all()
        self.region = region
        self._journal = Journal(DomainDispatcherApplication(create_backend_app), log_file=log_file)
        self._server = make_server(HOST, 0, self._journal, threaded=True, request_handler=_QuietHandler)
        self._thread = Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self.endpoint = f"http://{HOST}:{self._server.server_port}"

    def __enter__(self) -> Self:
        self.reset()
        self._thread.start()
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _value: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        self._journal.close()
        self.reset()

    @staticmethod
    def reset() -> None:
        """Empty the account: every resource of every service in every region."""
        moto_api_backend.reset()

    @property
    def failures(self) -> list[Failure]:
        """The requests that the emulator itself could not answer (HTTP 5xx), oldest first."""
        return list(self._journal.failures)

    def variables(self) -> dict[str, str]:
        """The environment variables that make aws, Terraform and cdktf talk to the emulator.

        The credentials say what they are, and the person's own AWS profiles are out of reach.
        """
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": "emulator",
            "AWS_SECRET_ACCESS_KEY": "emulator",
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
            "NO_PROXY": f"{HOST},localhost",
            "CHECKPOINT_DISABLE": "1",
        }

    def environment(self) -> dict[str, str]:
        """This process's environment for a child: `variables()`, and no AWS or Terraform variable
        of the person's own."""
        own = {name: value for name, value in os.environ.items() if not name.startswith(_FOREIGN_PREFIXES)}
        return own | self.variables()

    def client(self, service: str) -> Any:  # noqa: ANN401 - boto3 makes the client's type at run time
        """A boto3 client of the service (`ecs`, `wafv2`, …) that talks to the emulator."""
        session = boto3.session.Session(
            aws_access_key_id="emulator",
            aws_secret_access_key="emulator",  # noqa: S106 - a word, not a secret
            region_name=self.region,
        )
        make: Any = session.client  # boto3-stubs types it for literal names only
        return make(service, endpoint_url=self.endpoint)
