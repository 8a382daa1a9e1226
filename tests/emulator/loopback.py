"""An HTTP server that is reachable from this machine only."""

from collections.abc import Callable, Iterable
from threading import Thread
from types import TracebackType
from typing import Self

from werkzeug.serving import make_server

from tests.emulator.keep_alive import KeepAliveHandler

_HOST = "127.0.0.1"


class LoopbackServer:
    """A context manager that serves a WSGI application on a free port of the loopback interface."""

    def __init__(self, application: Callable[..., Iterable[bytes]]) -> None:
        self._server = make_server(_HOST, 0, application, threaded=True, request_handler=KeepAliveHandler)
        self._thread = Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self.endpoint = f"http://{_HOST}:{self._server.server_port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _value: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
