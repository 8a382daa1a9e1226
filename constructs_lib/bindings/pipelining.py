"""Lets Python go on while the jsii kernel starts and loads.

jsii asks the kernel one thing at a time and waits for the answer, even for those that nobody uses:
that the kernel is up, and that it has loaded a library. The kernel takes a third of a second for
these, time in which Python can import the rest of the program. So they are left in the pipe, and
read once an answer is used: the kernel answers in the order in which it is asked. No thread is
needed, and a library that cannot be loaded is reported then instead of when it is imported.

Expected of jsii: the class `_NodeProcess` with the methods below. Expected of the libraries: that
they are installed as files and not in a zip, out of which jsii takes them for a moment only.
"""

import json
from collections.abc import Callable

from jsii._kernel.providers import process
from jsii._kernel.types import KernelRequest, KernelResponse, LoadRequest, LoadResponse

if not {"handshake", "send", "_next_message"} <= vars(process._NodeProcess).keys():
    raise ImportError("jsii does not talk to its kernel in the way that pipelining.py expects")


class PipelinedProcess(process._NodeProcess):
    """The kernel's process, waited for no earlier than an answer is used."""

    def handshake(self) -> None:
        """Leave the kernel's greeting for later."""
        self._unread: list[Callable[[], None]] = [super().handshake]

    def send(self, request: KernelRequest, response_type: type[KernelResponse]) -> KernelResponse:
        """Return the kernel's answer; after a request to load, a stand-in, which jsii throws away."""
        if isinstance(request, LoadRequest):
            self._ask_to_load(request)
            self._unread.append(self._read_loaded)
            return LoadResponse(assembly=request.name, types=0)
        while self._unread:
            self._unread.pop(0)()
        return super().send(request, response_type)

    def _ask_to_load(self, request: LoadRequest) -> None:
        question = {
            "api": "load",
            "name": request.name,
            "version": request.version,
            "tarball": request.tarball,
        }
        if pipe := self._process.stdin:  # always there: jsii starts the process with a pipe
            pipe.write(json.dumps(question).encode() + b"\n")
            pipe.flush()

    def _read_loaded(self) -> None:
        answer = self._next_message()
        if "error" in answer:
            raise RuntimeError(answer["error"])


def pipeline() -> None:
    """Make jsii start its kernel as a PipelinedProcess, if it has not started one yet."""
    vars(process)["_NodeProcess"] = PipelinedProcess
