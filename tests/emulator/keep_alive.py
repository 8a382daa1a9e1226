"""HTTP/1.1 keep-alive for the emulator's server."""

import io
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from moto.moto_server.werkzeug_app import MotoRequestHandler

Headers = list[tuple[str, str]]
_WITHOUT_BODY = (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED)


class KeepAliveHandler(MotoRequestHandler):
    """moto's request handler with persistent connections.

    werkzeug's handler closes the connection after each response. Under load, Terraform's AWS provider then
    loses about one response in a thousand and retries the request, and a second CreateSubnet is a conflict.
    """

    protocol_version = "HTTP/1.1"
    wbufsize = -1  # buffered: http.server flushes once after each response

    def run_wsgi(self) -> None:
        """Answer one request, after reading its whole body: the next request starts right after it."""
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
        # The response to HEAD keeps the Content-Length of the application, since it has no body to measure.
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
        """Send the interim response that the client waits for before it sends the body."""
        self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        self.wfile.flush()
        return True

    def log(self, type: str, message: str, *args: object) -> None:
        """Log nothing, since RequestLog logs the requests."""
