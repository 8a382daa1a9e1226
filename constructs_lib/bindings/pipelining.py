"""Lets Python and the jsii kernel work at the same time.

jsii sends one request at a time and waits for each response, including two that it does not use: that
the kernel has started, and that it has loaded a library. The kernel needs a third of a second for
these, during which Python can import the rest of the program. These responses are therefore left in
the pipe until the first response that is used, because the kernel responds in the order of the
requests. This needs no thread. If a library cannot be loaded, the error is raised at that time instead
of at its import.

The kernel loads the JavaScript module of a resource when the first one is created, while Python waits.
So as soon as Python defines the class of a resource, the kernel is asked for a constant of it, for which
it loads the module. That response is left in the pipe too, and is not used.

Expected of jsii: the class `_NodeProcess` with the methods below, and `register_type`, which it calls with
each class. Expected of the libraries: they are installed as files and not in a zip, from which jsii would
extract them only temporarily.
"""

import json
from collections.abc import Callable
from functools import partial
from typing import Any

from jsii import _reference_map
from jsii._kernel.providers import process
from jsii._kernel.types import KernelRequest, KernelResponse, LoadRequest, LoadResponse

from .direct import DirectKernel

if not {"start", "stop", "handshake", "send", "_next_message"} <= vars(process._NodeProcess).keys():
    raise ImportError("this release of jsii does not have the methods that pipelining.py expects")

# The responses of more would not fit into the smallest pipe of a POSIX system, and both sides would wait.
_MAX_UNREAD = 100


class PipelinedProcess(process._NodeProcess):
    """The process of the kernel; it is waited for only when a response is used."""

    def handshake(self) -> None:
        """Leave the kernel's greeting unread for now."""
        self._unread: list[Callable[[], object]] = [super().handshake]

    def send(self, request: KernelRequest, response_type: type[KernelResponse]) -> KernelResponse:
        """Return the kernel's response; for a load request, a placeholder, which jsii discards."""
        if isinstance(request, LoadRequest):
            message = {
                "api": "load",
                "name": request.name,
                "version": request.version,
                "tarball": request.tarball,
            }
            self._send_ahead(message, self._read_load_response)
            return LoadResponse(assembly=request.name, types=0)
        self._read_responses()
        return super().send(request, response_type)

    def load_module_of(self, type_name: str, constant: str) -> None:
        """Make the kernel load the module of a type, by asking for a constant of it."""
        self._send_ahead({"api": "sget", "fqn": type_name, "property": constant}, self._next_message)

    def _send_ahead(self, message: dict[str, Any], read: Callable[[], object]) -> None:
        if len(self._unread) == _MAX_UNREAD:
            self._read_responses()
        if pipe := self._process.stdin:  # always there: jsii starts the process with a pipe
            pipe.write(json.dumps(message).encode() + b"\n")
            pipe.flush()
        self._unread.append(read)

    def _read_responses(self) -> None:
        while self._unread:
            self._unread.pop(0)()

    def _read_load_response(self) -> None:
        response = self._next_message()
        if "error" in response:
            raise RuntimeError(response["error"])


class DirectProcess(PipelinedProcess):
    """The program of the kernel, which was started already and without jsii's process before it."""

    def __init__(self, kernel: DirectKernel) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # jsii's own has no types
        self._kernel = kernel
        self._process = kernel.process

    def start(self) -> None:
        """Expect the greeting of the kernel that was started already."""
        self.handshake()

    def stop(self) -> None:
        """Let the kernel exit."""
        self._kernel.stop()


def pipeline(direct: DirectKernel | None) -> None:
    """Make jsii start its kernel as a PipelinedProcess, or use the given one, if it has none yet."""
    vars(process)["_NodeProcess"] = partial(DirectProcess, direct) if direct else PipelinedProcess


def load_modules_ahead(kernel: PipelinedProcess) -> None:
    """Make the kernel load the module of each resource, data source and provider that Python imports."""
    register = _reference_map.register_type

    def register_and_load(type_: type) -> None:
        register(type_)
        if "TF_RESOURCE_TYPE" in vars(type_):  # every resource, data source and provider
            kernel.load_module_of(vars(type_)["__jsii_type__"], "tfResourceType")

    vars(_reference_map)["register_type"] = register_and_load
