"""The runtime of a Lambda function: a script that runs one invocation, in a child process of the emulator.

`python function_runtime.py REQUEST RESULT`: REQUEST is a JSON file with the members `folder` (of the
extracted archive), `handler`, `event` (JSON as text), `context`, `hosts` and `log`; RESULT is written. The
environment is the function's. Nothing of this project is imported, since the handler's modules come first on the path.
"""

import errno
import importlib
import ipaddress
import json
import logging
import os
import socket
import sys
import time
import traceback
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

_TASK_ROOT = "/var/task"
_LOOPBACK = ipaddress.ip_network("127.0.0.0/8")
_LOCAL_NAMES = {"localhost", ""}


class Context:
    """The context object of the invocation.

    https://docs.aws.amazon.com/lambda/latest/dg/python-context.html
    """

    identity = None
    client_context = None

    def __init__(self, values: Mapping[str, Any]) -> None:
        self.aws_request_id: str = values["aws_request_id"]
        self.function_name: str = values["function_name"]
        self.function_version: str = values["function_version"]
        self.invoked_function_arn: str = values["invoked_function_arn"]
        self.memory_limit_in_mb: str = values["memory_limit_in_mb"]
        self.log_group_name: str = values["log_group_name"]
        self.log_stream_name: str = values["log_stream_name"]
        self._deadline: float = values["deadline"]

    def get_remaining_time_in_millis(self) -> int:
        """The time until the invocation times out."""
        return max(0, int((self._deadline - time.time()) * 1000))


class _JsonFormatter(logging.Formatter):
    """https://docs.aws.amazon.com/lambda/latest/dg/python-logging.html"""

    def __init__(self, request_id: str) -> None:
        super().__init__()
        self._request_id = request_id

    def format(self, record: logging.LogRecord) -> str:
        entry: dict[str, Any] = {
            "timestamp": datetime.fromtimestamp(record.created, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "level": record.levelname,
            "message": record.getMessage(),
            "logger": record.name,
            "requestId": self._request_id,
        }
        if record.exc_info and record.exc_info[1] is not None:
            entry["errorType"] = type(record.exc_info[1]).__name__
            entry["errorMessage"] = str(record.exc_info[1])
            entry["stackTrace"] = traceback.format_tb(record.exc_info[2])
        return json.dumps(entry)


def _configure_logging(log: Mapping[str, Any], request_id: str) -> None:
    handler = logging.StreamHandler(sys.stdout)
    if log["format"] == "JSON":
        handler.setFormatter(_JsonFormatter(request_id))
    else:
        form = f"[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t{request_id}\t%(message)s"
        formatter = logging.Formatter(form, "%Y-%m-%dT%H:%M:%S")
        formatter.converter = time.gmtime
        handler.setFormatter(formatter)
    logging.getLogger().addHandler(handler)
    if log.get("level"):
        level = {"TRACE": "DEBUG", "FATAL": "CRITICAL"}.get(log["level"], log["level"])
        logging.getLogger().setLevel(level)


def _resolve_registered_hosts(hosts: Mapping[str, str]) -> None:
    """Let the emulator's host names resolve to their loopback addresses, and no other name."""
    resolve = socket.getaddrinfo

    def getaddrinfo(host: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - as in socket
        name = host.decode() if isinstance(host, bytes) else host
        known = hosts.get(str(name).lower().rstrip("."), name)
        if known is not None and known not in _LOCAL_NAMES and not _is_address(str(known)):
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return resolve(known, *args, **kwargs)

    socket.getaddrinfo = getaddrinfo


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _confine(folder: Path) -> None:
    """Allow connections to this machine only, and no change of the archive's files, which are read-only on
    AWS."""

    def check(event: str, arguments: tuple[Any, ...]) -> None:
        if event in ("socket.connect", "socket.sendto", "socket.sendmsg"):
            address = arguments[1]
            if isinstance(address, tuple) and not _is_loopback(address[0]):
                raise OSError(errno.ENETUNREACH, f"Network is unreachable: {address[0]}")
        elif event in ("socket.gethostbyname", "socket.gethostbyaddr"):
            if arguments[0] not in _LOCAL_NAMES and not _is_address(str(arguments[0])):
                raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        elif event == "open" and isinstance(arguments[0], str) and arguments[2] is not None:
            writes = arguments[2] & (os.O_WRONLY | os.O_RDWR)
            if writes and Path(arguments[0]).absolute().is_relative_to(folder):
                raise OSError(errno.EROFS, "Read-only file system", Path(arguments[0]).name)

    sys.addaudithook(check)


def _is_loopback(host: object) -> bool:
    return host == "localhost" or (_is_address(str(host)) and ipaddress.ip_address(str(host)) in _LOOPBACK)


def _stack_trace(error: BaseException, folder: Path) -> list[str]:
    """The handler's part of the stack trace, with the paths that it has on AWS."""
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if frame.filename != __file__ and not frame.filename.startswith("<frozen importlib")
    ]
    return [line.replace(str(folder), _TASK_ROOT) for line in traceback.format_list(frames)]


class _FailedError(Exception):
    """The invocation failed with this type and message of an error."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


def _imported_handler(name: str) -> Callable[[object, Context], object]:
    module_name, _, function_name = name.replace("/", ".").rpartition(".")
    try:
        module = importlib.import_module(module_name)
    except ImportError as error:
        message = f"Unable to import module '{module_name}': {error}"
        raise _FailedError("Runtime.ImportModuleError", message) from error
    except SyntaxError as error:
        message = f"Syntax error in module '{module_name}': {error}"
        raise _FailedError("Runtime.UserCodeSyntaxError", message) from error
    handler: Callable[[object, Context], object] | None = getattr(module, function_name, None)
    if handler is None:
        message = f"Handler '{function_name}' missing on module '{module_name}'"
        raise _FailedError("Runtime.HandlerNotFound", message)
    return handler


def run(request: Mapping[str, Any]) -> dict[str, Any]:
    """Import the handler, call it, and return its result, or its error as Lambda reports it."""
    context = Context(request["context"])
    try:
        handler = _imported_handler(request["handler"])
        try:
            event = json.loads(request["event"])
        except ValueError as error:
            raise _FailedError("Runtime.UnmarshalError", f"Unable to unmarshal input: {error}") from error
        result = handler(event, context)
        try:
            json.dumps(result)
        except (TypeError, ValueError) as error:
            raise _FailedError("Runtime.MarshalError", f"Unable to marshal response: {error}") from error
    except _FailedError as failed:
        return _failure(failed.kind, str(failed), [], context.aws_request_id)
    except Exception as error:
        stack = _stack_trace(error, Path(request["folder"]))
        return _failure(type(error).__name__, str(error), stack, context.aws_request_id)
    return {"error": False, "payload": result}


def _failure(kind: str, message: str, stack: list[str], request_id: str) -> dict[str, Any]:
    error = {"errorMessage": message, "errorType": kind, "requestId": request_id, "stackTrace": stack}
    return {"error": True, "payload": error}


def main() -> None:
    """Run the invocation that the first argument describes, and write the result to the second."""
    request = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    result = Path(sys.argv[2])
    folder = Path(request["folder"])
    sys.path.insert(0, str(folder))
    sys.dont_write_bytecode = True
    _configure_logging(request["log"], request["context"]["aws_request_id"])
    _resolve_registered_hosts(request["hosts"])
    _confine(folder)
    answer = run(request)
    result.write_text(json.dumps(answer), encoding="utf-8")


if __name__ == "__main__":
    main()
