"""Starts the program of the jsii kernel without the process that jsii puts between it and Python.

jsii starts a Node process that starts the kernel's program as a second one and copies every request
and response between it and Python. This module starts the program itself, and before Python imports
jsii. Its standard output and error are Python's own.

Expected of jsii: the package's folder with the two files below, of which the first reads requests and
writes responses on file descriptor 3. Expected of the machine: POSIX, for the descriptor. A user's own
Node or runtime (JSII_NODE, JSII_RUNTIME) is started as jsii does it.
"""

import atexit
import os
import platform
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path

_EMBEDDED = Path("_embedded", "jsii")
_FILES = {"lib__program.js": "program.js", "lib__runtime-index-worker.js": "runtime-index-worker.js"}
_CHANNEL = 3
_USE_OF_CHANNEL = b"readFD:3,writeFD:3"
_OPTIONS = (
    "--max-old-space-size=4069",  # as jsii starts it, and so is the next
    "--preserve-symlinks",
    f"--require={Path(__file__).with_name('exit_silently.js')}",
)
_SECONDS_TO_EXIT = 5  # as jsii waits


class DirectKernel:
    """The program of the kernel, and the socket on which it is spoken to."""

    def __init__(self, node: str, files: Mapping[str, bytes], variables: Mapping[str, str]) -> None:
        self._folder = tempfile.TemporaryDirectory()
        for name, content in files.items():
            Path(self._folder.name, name).write_bytes(content)
        self._socket, its = socket.socketpair()
        with its, _as_channel(its.fileno()):
            self.process = subprocess.Popen(  # noqa: S603 - jsii's program, which was written there
                [node, *_OPTIONS, f"{self._folder.name}/program.js"],
                stdin=subprocess.DEVNULL,
                pass_fds=[_CHANNEL],
                env={**os.environ, **variables, "JSII_AGENT": f"Python/{platform.python_version()}"},
            )
        atexit.register(self.stop)
        self.process.stdin = self._socket.makefile("wb")
        self.process.stdout = self._socket.makefile("rb")

    def stop(self) -> None:
        """Let the program exit, and remove its files; later calls do nothing."""
        atexit.unregister(self.stop)
        with suppress(OSError):  # it has exited already
            self._socket.shutdown(socket.SHUT_WR)
        try:
            # A response that nobody read is no error: the socket is closed after the program has exited.
            self.process.wait(timeout=_SECONDS_TO_EXIT)
        except subprocess.TimeoutExpired:
            self.process.kill()
        self._socket.close()
        self._folder.cleanup()


@contextmanager
def _as_channel(descriptor: int) -> Iterator[None]:
    """Give a descriptor the number that the program expects, while it is started."""
    try:
        saved, inheritable = os.dup(_CHANNEL), os.get_inheritable(_CHANNEL)
    except OSError:  # it is not in use
        saved, inheritable = None, False
    os.dup2(descriptor, _CHANNEL, inheritable=False)
    try:
        yield
    finally:
        if saved is None:
            os.close(_CHANNEL)
        else:
            os.dup2(saved, _CHANNEL, inheritable)
            os.close(saved)


def start_directly(variables: Mapping[str, str]) -> DirectKernel | None:
    """Start the program with these variables; None if jsii or the machine is not as expected."""
    jsii = find_spec("jsii")
    if os.name != "posix" or not jsii or not jsii.origin or "JSII_RUNTIME" in os.environ:
        return None
    folder = Path(jsii.origin).parent / _EMBEDDED
    try:
        files = {name: (folder / embedded).read_bytes() for embedded, name in _FILES.items()}
    except OSError:
        return None
    if _USE_OF_CHANNEL not in files["program.js"]:
        return None
    return DirectKernel(variables["JSII_NODE"], files, variables)
