"""The log of requests to the emulator, and those that it could not answer."""

import io
import json
import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from threading import Lock
from typing import Any
from urllib.parse import parse_qs
from xml.sax.saxutils import escape

from tests.emulator.serving import closing

Environ = dict[str, Any]
Application = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]


@dataclass(frozen=True)
class Failure:
    """A request that ended in a server error (HTTP 5xx), most likely because moto does not implement it."""

    operation: str
    status: int
    reason: str

    def __str__(self) -> str:
        return f"{self.operation}: {self.status} {self.reason}"


class RequestLog:
    """WSGI middleware around moto that records server errors in `failures`, and appends status and operation
    of each request to the log file, if there is one."""

    def __init__(self, application: Application, *, log_file: Path | None) -> None:
        self.failures: list[Failure] = []
        self._application = application
        self._lock = Lock()
        self._log = log_file.open("a", encoding="utf-8") if log_file else None

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        operation = _operation(environ)
        status = HTTPStatus.OK.value

        def record_status(line: str, *rest: Any) -> Any:  # noqa: ANN401 - passed on unchanged
            nonlocal status
            status = int(line.split(maxsplit=1)[0])
            return start_response(line, *rest)

        trace = ""
        try:
            body = b"".join(closing(self._application(environ, record_status)))
            reason = body[:500].decode("utf-8", "replace")
        except Exception as error:
            reason, trace = repr(error), traceback.format_exc()
            body = _error(operation, error, environ)
            # 501, not 500: the AWS SDKs retry after a 500, for minutes.
            record_status(f"{HTTPStatus.NOT_IMPLEMENTED.value} Not Implemented", [])
        self._record(operation, status, reason, trace)
        return [body]

    def close(self) -> None:
        if self._log:
            self._log.close()

    def _record(self, operation: str, status: int, reason: str, trace: str) -> None:
        with self._lock:
            if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
                self.failures.append(Failure(operation, status, reason))
            if self._log and not self._log.closed:
                detail = f" {reason}" if status >= HTTPStatus.BAD_REQUEST else ""
                print(f"{status} {operation}{detail}", trace, file=self._log, flush=True)


def _error(operation: str, error: Exception, environ: Environ) -> bytes:
    """An error response in the AWS protocol of the request, so that the SDK shows its message."""
    message = f"The emulator cannot answer {operation}: {error!r}"
    xml = f"<Error><Code>NotImplemented</Code><Message>{escape(message)}</Message></Error>"
    if operation.startswith("s3 "):
        return xml.encode()
    if environ.get("CONTENT_TYPE", "").startswith("application/x-www-form-urlencoded"):
        return f"<ErrorResponse>{xml}</ErrorResponse>".encode()
    return json.dumps({"__type": "NotImplemented", "message": message}).encode()


def _operation(environ: Environ) -> str:
    """Service and operation of the request, from its signature and its protocol."""
    scope = environ.get("HTTP_AUTHORIZATION", "").partition("Credential=")[2].split(",")[0].split("/")
    service = scope[-2] if len(scope) > 1 else "?"
    if target := environ.get("HTTP_X_AMZ_TARGET"):
        return f"{service} {target.rpartition('.')[2]}"
    if environ.get("CONTENT_TYPE", "").startswith("application/x-www-form-urlencoded"):
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = io.BytesIO(body)
        if action := parse_qs(body.decode("utf-8", "replace")).get("Action"):
            return f"{service} {action[0]}"
    query = environ.get("QUERY_STRING", "")
    return f"{service} {environ['REQUEST_METHOD']} {environ['PATH_INFO']}{'?' + query if query else ''}"
