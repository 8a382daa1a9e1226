"""Lets Python continue while the jsii kernel starts and loads its libraries.

jsii sends one request at a time and waits for each response, including two that it does not use: that
the kernel has started, and that it has loaded a library. The kernel needs a third of a second for
these, during which Python can import the rest of the program. These responses are therefore left in
the pipe until the first response that is used, because the kernel responds in the order of the
requests. This needs no thread. If a library cannot be loaded, the error is raised at that time instead
of at its import.

Expected of jsii: the class `_NodeProcess` with the methods below. Expected of the libraries: they are
installed as files and not in a zip, from which jsii would extract them only temporarily.
"""

import json
from collections.abc import Callable

from jsii._kernel.providers import process
from jsii._kernel.types import KernelRequest, KernelResponse, LoadRequest, LoadResponse

if not {"handshake", "send", "_next_message"} <= vars(process._NodeProcess).keys():
    raise ImportError("this release of jsii does not have the methods that pipelining.py expects")


class PipelinedProcess(process._NodeProcess):
    """The process of the kernel; it is waited for only when a response is used."""

    def handshake(self) -> None:
        """Leave the kernel's greeting unread for now."""
        self._unread: list[Callable[[], None]] = [super().handshake]

    def send(self, request: KernelRequest, response_type: type[KernelResponse]) -> KernelResponse:
        """Return the kernel's response; for a load request, a placeholder, which jsii discards."""
        if isinstance(request, LoadRequest):
            self._send_load_request(request)
            self._unread.append(self._read_load_response)
            return LoadResponse(assembly=request.name, types=0)
        while self._unread:
            self._unread.pop(0)()
        return super().send(request, response_type)

    def _send_load_request(self, request: LoadRequest) -> None:
        message = {
            "api": "load",
            "name": request.name,
            "version": request.version,
            "tarball": request.tarball,
        }
        if pipe := self._process.stdin:  # always there: jsii starts the process with a pipe
            pipe.write(json.dumps(message).encode() + b"\n")
            pipe.flush()

    def _read_load_response(self) -> None:
        response = self._next_message()
        if "error" in response:
            raise RuntimeError(response["error"])


def pipeline() -> None:
    """Make jsii start its kernel as a PipelinedProcess, if it has not started one yet."""
    vars(process)["_NodeProcess"] = PipelinedProcess
