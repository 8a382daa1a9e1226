"""Reports failures of the machine, such as a full disk, in one line instead of a traceback.

A traceback helps to find a bug in the program. If the disk is full, the user needs to know which file could
not be written and what to do.
"""

import atexit
import errno
import json
import os
import platform
import re
import signal
import sys
from collections.abc import Iterator
from types import TracebackType
from typing import NoReturn

from constructs_lib.commands.output import print_in_every_locale

# The format of Node's system errors, such as "ENOSPC: no space left on device, write".
_OF_NODE = re.compile(r"\b(?P<code>E[A-Z0-9]+): .+")
# The message of jsii already says what to do.
_OF_THE_CACHE = "Cannot use the jsii package cache"
_ADVICE = {
    errno.ENOSPC: "free some space in the output folder, TMPDIR or ~/.cache",
    errno.EDQUOT: "free some space in the output folder, TMPDIR or ~/.cache",
    errno.EFBIG: "raise the limit on the size of files (ulimit -f)",
    errno.EROFS: "use a file system that is not read-only",
    errno.EACCES: "check its permissions and its owner",
    errno.EPERM: "check its permissions and its owner",
}
OLDEST_PYTHON = (3, 11)
_INSTALL = "install the project's packages: pipenv sync --dev"
_OUR_PACKAGES = ("constructs_lib", "tests")


class MachineError(Exception):
    """The machine does not meet a requirement; the message says which and what to do, on one line."""


def explain_failures() -> None:
    """Make this process exit with one line on stderr and code 1 if the machine is the cause of an error.

    After Ctrl-C it prints nothing and exits by the signal, so that the shell sees the interruption. Exits
    at once if Python is too old: pipenv installs only some packages on it, without an error. Also makes
    `print` work in every locale.
    """
    if sys.version_info < OLDEST_PYTHON:
        needed = ".".join(map(str, OLDEST_PYTHON))
        sys.exit(f"Python {needed} or newer is needed, but {sys.executable} is {platform.python_version()}")
    print_in_every_locale()
    sys.excepthook = _explain


def explanation(error: BaseException) -> str | None:
    """Return what is wrong and what to do, or None if the error is a bug of the program."""
    match error:
        case MachineError():
            return str(error)
        case ModuleNotFoundError(name=str(name)) if name.partition(".")[0] not in _OUR_PACKAGES:
            return (
                f"{name} is not installed for {sys.executable}: {_INSTALL}; with PIPENV_IGNORE_VIRTUALENVS=1 "
                "pipenv uses this project's environment, whichever other one is active"
            )
        case json.JSONDecodeError(doc="") | BrokenPipeError() if "jsii" in sys.modules:
            return f"Node exited unexpectedly: see its messages above, or {_INSTALL}"
        case OSError(errno=int(number)):
            where = "" if error.filename is None else f"{error.filename}: "
            return _with_advice(f"{where}{error.strerror}", number)
        case Exception() if "jsii" in sys.modules:
            return _of_the_kernel(str(error))
    return None


def _of_the_kernel(message: str) -> str | None:
    """Return the explanation of an error in Node, of which jsii passes on only the message."""
    if message.startswith(_OF_THE_CACHE):
        return " ".join(message.splitlines())
    if (found := _OF_NODE.search(message)) and (number := getattr(errno, found["code"], None)):
        return _with_advice(found[0], number)
    return None


def _with_advice(line: str, number: int) -> str:
    return f"{line}; {_ADVICE[number]}" if number in _ADVICE else line


def _explain(type_: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    interrupted = any(isinstance(each, KeyboardInterrupt) for each in _with_contexts(error))
    line = None if interrupted else explanation(error)
    if line is None and not interrupted:
        sys.__excepthook__(type_, error, trace)
        return
    # The clean-up of jsii also fails if its kernel did not start or was interrupted.
    sys.unraisablehook = lambda _: None
    if interrupted:
        _exit_by_interruption()
    print(line, file=sys.stderr)


def _with_contexts(error: BaseException | None) -> Iterator[BaseException]:
    """Yield the error, and those that were being handled when it was raised."""
    while error is not None:
        yield error
        error = error.__context__


def _exit_by_interruption() -> NoReturn:
    """Clean up, and end this process by the signal.

    Python itself would first end the threads of jsii, which aborts the process if one of them is reading.
    """
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    atexit._run_exitfuncs()
    os.kill(os.getpid(), signal.SIGINT)
    sys.exit(128 + signal.SIGINT)  # not reached where the signal is not blocked
