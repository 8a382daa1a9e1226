"""A proxy before the emulator that injects faults."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from http import HTTPStatus
from types import TracebackType
from typing import Any, Protocol, Self
from uuid import uuid4

import urllib3
from werkzeug.datastructures import EnvironHeaders

from tests.deployed.faults import wire
from tests.deployed.faults.wire import Call, Refusal
from tests.emulator.account import Account
from tests.emulator.loopback import LoopbackServer

# The proxy sets these headers itself, and forwards all others unchanged.
_HOP_HEADERS = {"connection", "content-length", "transfer-encoding", "date", "server"}


class Fault(Protocol):
    """A fault. Both methods are called from many threads, and may block; if one raises ConnectionError, the
    proxy closes the connection without a response."""

    def before(self, call: Call) -> Refusal | None:
        """Return the error with which the proxy responds itself, or None to forward the request."""

    def after(self, call: Call) -> None:
        """Called when the emulator has responded, before the response is forwarded."""


class NoFault:
    """Forwards every request and every response."""

    def before(self, _call: Call) -> Refusal | None:
        """Forward the request."""
        return None

    def after(self, _call: Call) -> None:
        """Forward the response."""


class DenyOperation(NoFault):
    """Denies every call of some operations. `responses` are the errors that were sent, by operation."""

    def __init__(self, *operations: str) -> None:
        self.responses: dict[str, list[Refusal]] = {operation: [] for operation in operations}

    def before(self, call: Call) -> Refusal | None:
        """Deny the call if it is of one of the operations."""
        if call.operation not in self.responses:
            return None
        self.responses[call.operation].append(refusal := wire.denied(call))
        return refusal


class Proxy:
    """A proxy on loopback before an account's endpoint, running inside the context.

    It injects `fault`, which may be set at any time; `account` is the account through the proxy.
    """

    def __init__(self, account: Account) -> None:
        self._upstream = account.endpoint
        self._pool = urllib3.PoolManager(maxsize=32, retries=False)
        self._server = LoopbackServer(self._answer)
        self.fault: Fault = NoFault()
        self.account = replace(account, endpoint=self._server.endpoint)

    def __enter__(self) -> Self:
        self._server.__enter__()
        return self

    def __exit__(
        self, type_: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.__exit__(type_, value, trace)
        self._pool.clear()

    def _answer(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        method = environ["REQUEST_METHOD"]
        target = environ["REQUEST_URI"]
        headers = dict(EnvironHeaders(environ))
        body = environ["wsgi.input"].read()
        if len(body) < int(environ.get("CONTENT_LENGTH") or 0):
            raise ConnectionAbortedError("the client was killed before it had sent the whole body")
        fault = self.fault
        call = wire.parse_call(method, target, headers, body)
        if refusal := fault.before(call):
            error_headers, text = wire.error_response(call, refusal, str(uuid4()))
            start_response(_status_line(refusal.status), list(error_headers.items()))
            return [text]
        response = self._pool.request(
            method,
            self._upstream + target,
            headers={name: value for name, value in headers.items() if name.lower() != "content-length"},
            body=body,
            decode_content=False,
            redirect=False,
        )
        fault.after(call)
        forwarded = [
            (name, value) for name, value in response.headers.items() if name.lower() not in _HOP_HEADERS
        ]
        if method == "HEAD":
            forwarded.append(("Content-Length", response.headers.get("Content-Length", "0")))
        start_response(_status_line(HTTPStatus(response.status)), forwarded)
        return [response.data]


def _status_line(status: HTTPStatus) -> str:
    return f"{status.value} {status.phrase}"
