"""Runs Lambda functions: Invoke starts the archive's handler in a child process.

moto answers all other calls. An invocation runs outside of the lock that lets moto answer one request at a
time, so that the function can itself call the emulator.
"""

import base64
import io
import json
import os
import sys
import tempfile
import zipfile
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from http import HTTPStatus
from pathlib import Path
from threading import Lock, Thread
from time import monotonic, time
from typing import Any
from uuid import uuid4

from tests.emulator import function_runtime, hosts
from tests.emulator.calls import Application, Call, Environ, StartResponse, error_response, read_call
from tests.emulator.gaps.lambda_ import concurrency_quota, logging_config
from tests.emulator.local_processes import LocalProcess
from tests.emulator.log_events import LogStream
from tests.emulator.refusals.policies import find_role, role_allows
from tests.emulator.serving import MOTO, session

_CA_BUNDLE = "rds-ca-bundle.pem"
_TAIL_BYTES = 4096
# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
_RESPONSE_BYTES = 6_291_556
_NOT_FOR_FUNCTIONS = {"CHECKPOINT_DISABLE"}  # Terraform's


@dataclass(frozen=True)
class Function:
    """What an invocation uses of a function, as it was when the invocation started."""

    name: str
    arn: str
    version: str
    account_id: str
    region: str
    role: str
    handler: str
    runtime: str
    timeout: int
    memory_size: int
    variables: Mapping[str, str]
    in_vpc: bool
    log: Mapping[str, str]
    reserved_concurrency: int | None
    archive: bytes = field(repr=False)


@dataclass(frozen=True)
class Outcome:
    """The payload of an invocation, whether it is an error, and the last of its log."""

    payload: bytes
    failed: bool
    log: str


class Functions:
    """WSGI middleware around `Serialized` that runs the invocations which moto has accepted."""

    def __init__(self, application: Application) -> None:
        self._application = application
        self._directory = tempfile.TemporaryDirectory(prefix="pa-functions-", ignore_cleanup_errors=True)
        self._lock = Lock()
        self._running: Counter[str] = Counter()

    def close(self) -> None:
        """Delete the extracted archives."""
        self._directory.cleanup()

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        answers: list[tuple[str, list[tuple[str, str]]]] = []

        def record(status: str, headers: list[tuple[str, str]], *_: object) -> None:
            answers.append((status, headers))

        body = b"".join(self._application(environ, record))
        status, headers = answers[-1]
        call = read_call(environ)
        accepted = call is not None and (call.service, call.operation.name) == ("lambda", "Invoke")
        if call is None or not accepted or not status.startswith("2"):
            start_response(status, headers)
            return [body]
        return self._invoke(call, start_response)

    def _invoke(self, call: Call, start_response: StartResponse) -> Iterable[bytes]:
        with MOTO:
            function = _snapshot(call)
            quota = concurrency_quota(call.backend("lambda"))
        headers = [("Content-Type", "application/json"), ("X-Amz-Executed-Version", function.version)]
        kind = call.parameters.get("InvocationType") or "RequestResponse"
        if kind == "DryRun":
            start_response(_line(HTTPStatus.NO_CONTENT), headers)
            return []
        if not self._enter(function, quota):
            return error_response(call, "TooManyRequestsException", "Rate Exceeded.", start_response)
        payload = call.parameters.get("Payload") or b"{}"
        if kind == "Event":
            Thread(target=self._run, args=(function, payload), daemon=True).start()
            start_response(_line(HTTPStatus.ACCEPTED), headers)
            return []
        outcome = self._run(function, payload)
        if outcome.failed:
            headers.append(("X-Amz-Function-Error", "Unhandled"))
        if call.parameters.get("LogType") == "Tail":
            tail = base64.b64encode(outcome.log.encode()[-_TAIL_BYTES:]).decode()
            headers.append(("X-Amz-Log-Result", tail))
        start_response(_line(HTTPStatus.OK), headers)
        return [outcome.payload]

    def _enter(self, function: Function, quota: int) -> bool:
        """Count the invocation, unless the function's or the account's concurrency is used up.

        https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html
        """
        prefix = function.arn.rpartition(":")[0]
        reserved = function.reserved_concurrency
        with self._lock:
            used = self._running[function.arn]
            total = sum(count for arn, count in self._running.items() if arn.startswith(prefix))
            if total >= quota or (reserved is not None and used >= reserved):
                return False
            self._running[function.arn] += 1
            return True

    def _run(self, function: Function, payload: bytes) -> Outcome:
        try:
            return _Invocation(function, self._extracted(function.archive), self._directory.name).run(payload)
        finally:
            with self._lock:
                self._running[function.arn] -= 1

    def _extracted(self, archive: bytes) -> Path:
        """The folder with the archive's files, extracted when it is first used, with the emulator's
        certificate authority among those of RDS if the archive has them."""
        ca_file = hosts.ca_file()
        authority = ca_file.read_bytes() if ca_file else b""
        folder = Path(self._directory.name, sha256(archive + authority).hexdigest()[:16])
        with self._lock:
            if not folder.exists():
                partial = folder.with_suffix(".partial")
                with zipfile.ZipFile(io.BytesIO(archive)) as opened:
                    opened.extractall(partial)
                bundle = partial / _CA_BUNDLE
                if bundle.exists():
                    bundle.write_bytes(bundle.read_bytes() + b"\n" + authority)
                partial.rename(folder)
        return folder


def _line(status: HTTPStatus) -> str:
    return f"{status.value} {status.phrase}"


def _snapshot(call: Call) -> Function:
    found = call.backend("lambda").get_function(
        call.parameters["FunctionName"], call.parameters.get("Qualifier")
    )
    return Function(
        name=found.function_name,
        arn=found.function_arn,
        version=str(found.version),
        account_id=found.account_id,
        region=found.region,
        role=found.role,
        handler=found.handler,
        runtime=found.run_time,
        timeout=found.timeout,
        memory_size=found.memory_size,
        variables=dict(found.environment_vars),
        in_vpc=bool(found.vpc_config and found.vpc_config.get("VpcId")),
        log=logging_config(found),
        reserved_concurrency=(
            None if found.reserved_concurrency is None else int(found.reserved_concurrency)
        ),
        archive=found.code_bytes,
    )


class _Invocation:
    """One run of a function's handler, and what it writes to the function's log group."""

    def __init__(self, function: Function, folder: Path, directory: str) -> None:
        self._function = function
        self._folder = folder
        self._directory = directory
        self._id = str(uuid4())
        self._lines: list[str] = []
        day = datetime.now(UTC).strftime("%Y/%m/%d")
        stream = f"{day}/{function.name}[{function.version}]{uuid4().hex}"
        if function.log["LogGroup"] == f"/aws/lambda/{function.name}":
            stream = f"{day}/[{function.version}]{uuid4().hex}"
        self._stream = LogStream(function.account_id, function.region, function.log["LogGroup"], stream)
        self._writes_log = self._may_write_log()

    def run(self, payload: bytes) -> Outcome:
        """Run the handler until it returns or the function's timeout is over."""
        start, wall = monotonic(), time()
        self._system("start", f"START RequestId: {self._id} Version: {self._function.version}")
        with tempfile.TemporaryDirectory(dir=self._directory, ignore_cleanup_errors=True) as temporary:
            answer = self._handler(payload, Path(temporary), wall + self._function.timeout)
        failed, body = bool(answer["error"]), json.dumps(answer["payload"]).encode()
        if failed:
            self._error(answer["payload"])
        if len(body) > _RESPONSE_BYTES:
            failed = True
            message = (
                f"Response payload size exceeded maximum allowed payload size ({_RESPONSE_BYTES} bytes)."
            )
            error = {"errorMessage": message, "errorType": "Function.ResponseSizeTooLarge"}
            body = json.dumps(error).encode()
        duration = (monotonic() - start) * 1000
        report = f"Duration: {duration:.2f} ms\tBilled Duration: {int(duration) + 1} ms\t"
        report += f"Memory Size: {self._function.memory_size} MB"
        if self._function.log["LogFormat"] != "JSON":
            self._system("end", f"END RequestId: {self._id}")
        self._system("report", f"REPORT RequestId: {self._id}\t{report}", duration, failed=failed)
        return Outcome(body, failed, "\n".join(self._lines))

    def _handler(self, payload: bytes, temporary: Path, deadline: float) -> dict[str, Any]:
        request, result = temporary / "request.json", temporary / "result.json"
        request.write_text(json.dumps(self._request(payload, deadline)), encoding="utf-8")
        (temporary / "tmp").mkdir()
        process = LocalProcess(
            # -s: without the user's packages; -P: without the folder of the script
            (sys.executable, "-P", "-s", "-u", "-X", "utf8", function_runtime.__file__, request, result),
            directory=self._folder,
            environment=self._environment(temporary / "tmp"),
            on_line=self._line,
        )
        code = process.wait(self._function.timeout)
        if code is None:
            process.kill()
            message = f"Task timed out after {self._function.timeout:.2f} seconds"
            return _error("Sandbox.Timedout", f"RequestId: {self._id} Error: {message}")
        if not result.exists():
            status = f"signal: {-code}" if code < 0 else f"exit status {code}"
            message = f"RequestId: {self._id} Error: Runtime exited with error: {status}"
            return _error("Runtime.ExitError", message)
        answer: dict[str, Any] = json.loads(result.read_text(encoding="utf-8"))
        return answer

    def _request(self, payload: bytes, deadline: float) -> dict[str, Any]:
        function = self._function
        return {
            "folder": str(self._folder),
            "handler": function.handler,
            "event": payload.decode("utf-8", "replace"),
            # Outside a VPC, a function reaches no private address.
            "hosts": dict(hosts.addresses()) if function.in_vpc else {},
            "log": {"format": function.log["LogFormat"], "level": function.log.get("ApplicationLogLevel")},
            "context": {
                "aws_request_id": self._id,
                "function_name": function.name,
                "function_version": function.version,
                "invoked_function_arn": function.arn,
                "memory_limit_in_mb": str(function.memory_size),
                "log_group_name": self._stream.group,
                "log_stream_name": self._stream.name,
                "deadline": deadline,
            },
        }

    def _environment(self, temporary: Path) -> dict[str, str]:
        """The function's variables, and those that Lambda sets.

        https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
        """
        function = self._function
        account = session(function.role, region=function.region, name=function.name)
        return {
            **function.variables,
            **{name: value for name, value in account.variables().items() if name not in _NOT_FOR_FUNCTIONS},
            "_HANDLER": function.handler,
            "AWS_EXECUTION_ENV": f"AWS_Lambda_{function.runtime}",
            "AWS_LAMBDA_FUNCTION_NAME": function.name,
            "AWS_LAMBDA_FUNCTION_VERSION": function.version,
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory_size),
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
            "AWS_LAMBDA_LOG_GROUP_NAME": self._stream.group,
            "AWS_LAMBDA_LOG_STREAM_NAME": self._stream.name,
            "HOME": str(temporary),
            "LAMBDA_TASK_ROOT": str(self._folder),
            "LANG": "en_US.UTF-8",
            "PATH": os.environ.get("PATH", os.defpath),
            "TMPDIR": str(temporary),
            "TZ": ":UTC",
        }

    def _may_write_log(self) -> bool:
        """Without these permissions the function runs and its log is lost.

        https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html
        """
        arn = f"arn:aws:logs:{self._stream.region}:{self._stream.account_id}:log-group:{self._stream.group}"
        with MOTO:
            role = find_role(self._function.role)
            return role is not None and all(
                role_allows(role, action, f"{arn}:log-stream:{self._stream.name}")
                for action in ("logs:CreateLogStream", "logs:PutLogEvents")
            )

    def _line(self, line: str) -> None:
        self._lines.append(line)
        if self._writes_log:
            self._stream.write(line)

    def _system(self, event: str, text: str, duration: float = 0.0, *, failed: bool = False) -> None:
        """A line about the invocation, in the function's log format.

        https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-logformat.html
        """
        if self._function.log["LogFormat"] != "JSON":
            self._line(text)
            return
        if self._function.log.get("SystemLogLevel", "INFO") == "WARN":
            return
        record: dict[str, Any] = {"requestId": self._id}
        if event == "start":
            record["version"] = self._function.version
        else:
            record["status"] = "error" if failed else "success"
            record["metrics"] = {
                "durationMs": round(duration, 3),
                "billedDurationMs": int(duration) + 1,
                "memorySizeMB": self._function.memory_size,
            }
        self._line(json.dumps({"time": _now(), "type": f"platform.{event}", "record": record}))

    def _error(self, payload: Mapping[str, Any]) -> None:
        if self._function.log["LogFormat"] == "JSON":
            error = {"timestamp": _now(), "log_level": "ERROR", **payload, "requestId": self._id}
            self._line(json.dumps(error))
        else:
            stack = "".join(payload.get("stackTrace") or ())
            self._line(f"[ERROR] {payload['errorType']}: {payload['errorMessage']}\n{stack}".rstrip())


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def _error(kind: str, message: str) -> dict[str, Any]:
    return {"error": True, "payload": {"errorType": kind, "errorMessage": message}}
