"""The emulator's HTTP: connections stay open, and an answer leaves in one piece."""

import io
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from moto.moto_server.werkzeug_app import MotoRequestHandler

Headers = list[tuple[str, str]]
_WITHOUT_BODY = (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED)


class KeepAliveHandler(MotoRequestHandler):
    """moto's request handler, for clients in a hurry.

    werkzeug's own closes the connection after each answer, and about one answer in a thousand is then
    lost on Terraform's AWS provider under load: it asks again, and a second CreateSubnet is a conflict.
    """

    protocol_version = "HTTP/1.1"
    wbufsize = -1  # http.server flushes after each answer

    def run_wsgi(self) -> None:
        """Answer one request. Its body is read whole, so that the next one begins where it should."""
        environ: dict[str, Any] = self.make_environ()
        length = None if environ.get("wsgi.input_terminated") else int(environ.get("CONTENT_LENGTH") or 0)
        environ["wsgi.input"] = io.BytesIO(environ["wsgi.input"].read(length))
        parts: list[bytes] = []
        started: list[tuple[str, Headers]] = []

        def start_response(
            status: str, headers: Headers, _error: object = None, /
        ) -> Callable[[bytes], object]:
            started.append((status, headers))
            return parts.append

        parts.extend(self.server.app(environ, start_response))
        status, headers = started[-1]
        code, _, reason = status.partition(" ")
        self._send(int(code), reason, headers, b"".join(parts))

    def _send(self, code: int, reason: str, headers: Headers, body: bytes) -> None:
        """The answer to HEAD keeps the length that it was given: that of the body it does not have."""
        bodiless = self.command == "HEAD" or code in _WITHOUT_BODY
        self.send_response_only(code, reason)
        for name, value in headers:
            if name.lower() != "content-length" or self.command == "HEAD":
                self.send_header(name, value)
        if not bodiless:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if not bodiless:
            self.wfile.write(body)

    def handle_expect_100(self) -> bool:
        """Tell a client that waits for it to send its body."""
        self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        self.wfile.flush()
        return True

    def log(self, type: str, message: str, *args: object) -> None:
        """Say nothing: the journal keeps what matters."""
