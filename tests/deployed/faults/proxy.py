"""A way to the emulator on which things go wrong."""

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

# The proxy sets these itself; the rest of an answer goes on as it came.
_OWN_HEADERS = {"connection", "content-length", "transfer-encoding", "date", "server"}


class Fault(Protocol):
    """What goes wrong. Both methods are called from many threads at once, and may take their time; where one
    raises ConnectionError, the connection ends without an answer."""

    def before(self, call: Call) -> Refusal | None:
        """The answer that the call gets without reaching the emulator; None lets it through."""

    def after(self, call: Call) -> None:
        """The emulator has done as it was asked, and the answer has not left yet."""


class Nothing:
    """All goes well."""

    def before(self, _call: Call) -> Refusal | None:
        """Let it through."""
        return None

    def after(self, _call: Call) -> None:
        """Let it go."""


class Refusing(Nothing):
    """Every call of the operation is refused: as given, or because the caller has no right to it. `met` is
    what was said to whoever tried."""

    def __init__(self, operation: str, refusal: Refusal | None = None) -> None:
        self.met: list[Refusal] = []
        self._operation = operation
        self._refusal = refusal

    def before(self, call: Call) -> Refusal | None:
        """Refuse the one operation."""
        if call.operation != self._operation:
            return None
        self.met.append(refusal := self._refusal or wire.denied(call))
        return refusal


class Proxy:
    """An endpoint on loopback, for as long as the context lasts, before that of an account. What goes
    wrong on it is its `fault`, which may be set at any time."""

    def __init__(self, account: Account) -> None:
        self._upstream = account.endpoint
        self._pool = urllib3.PoolManager(maxsize=32, retries=False)
        self._server = LoopbackServer(self._answer)
        self.fault: Fault = Nothing()
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
            raise ConnectionAbortedError("whoever asked was killed before it had said all")
        fault = self.fault
        call = wire.read(method, target, headers, body)
        if refusal := fault.before(call):
            own, text = wire.written(call, refusal, str(uuid4()))
            start_response(_status_line(refusal.status), list(own.items()))
            return [text]
        answer = self._pool.request(
            method,
            self._upstream + target,
            headers={name: value for name, value in headers.items() if name.lower() != "content-length"},
            body=body,
            decode_content=False,
            redirect=False,
        )
        fault.after(call)
        kept = [(name, value) for name, value in answer.headers.items() if name.lower() not in _OWN_HEADERS]
        if method == "HEAD":
            kept.append(("Content-Length", answer.headers.get("Content-Length", "0")))
        start_response(_status_line(HTTPStatus(answer.status)), kept)
        return [answer.data]


def _status_line(status: HTTPStatus) -> str:
    return f"{status.value} {status.phrase}"
