"""The sample application as a process, and its clients."""

import json
import os
import shlex
import socket
import ssl
from collections.abc import Mapping, Sequence
from http.client import HTTPConnection, HTTPSConnection
from pathlib import Path
from time import monotonic, sleep
from types import TracebackType
from typing import Any, Self

from tests.emulator.local_processes import LocalProcess
from tests.unit.docs.pages import CHECKOUT, blocks
from tests.unit.emulator.waiting import TIMEOUT_SECONDS

SAMPLE = CHECKOUT / "docs" / "sample"
HOST = "127.0.0.1"


def free_port() -> int:
    """A port of the loopback interface that nothing listens on."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def command_of_the_page() -> list[str]:
    """The command that docs/application.md gives to `pipenv run local --run`."""
    lines = [
        shlex.split(line)
        for block in blocks(CHECKOUT / "docs" / "application.md")
        for line in block.content.splitlines()
        if line.startswith("pipenv run local --run")
    ]
    (words,) = lines
    return shlex.split(words[-1])


def command_of_the_image() -> list[str]:
    """The CMD of the sample's Dockerfile."""
    lines = (SAMPLE / "Dockerfile").read_text(encoding="utf-8").splitlines()
    (command,) = (line.removeprefix("CMD ") for line in lines if line.startswith("CMD "))
    words: list[str] = json.loads(command)
    return words


def listening_at(command: Sequence[str], host: str, port: int) -> list[str]:
    """The command with another host and port."""
    words = [*command]
    words[words.index("--host") + 1] = host
    words[words.index("--port") + 1] = str(port)
    return words


class Answer:
    """Status and body of an answer."""

    def __init__(self, status: int, body: bytes) -> None:
        self.status = status
        self.text = body.decode()

    @property
    def document(self) -> Any:  # noqa: ANN401 - JSON
        return json.loads(self.text)


class Client:
    """A client of the application at a port of the loopback interface."""

    def __init__(self, port: int, *, tls: bool = False) -> None:
        self.port = port
        self._tls = tls

    def request(
        self, method: str, path: str, body: str | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Send a request and return the answer."""
        connection: HTTPConnection
        if self._tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
            connection = HTTPSConnection(HOST, self.port, timeout=TIMEOUT_SECONDS, context=context)
        else:
            connection = HTTPConnection(HOST, self.port, timeout=TIMEOUT_SECONDS)
        try:
            connection.request(method, path, body, {"Content-Type": "application/json", **(headers or {})})
            response = connection.getresponse()
            return Answer(response.status, response.read())
        finally:
            connection.close()

    def take(self, key: str, **changes: object) -> Answer:
        """Send a payment with an idempotency key."""
        payment = {"amount": 1250, "currency": "EUR", "card": "4111111111111111", **changes}
        return self.request("POST", "/payments", json.dumps(payment), {"Idempotency-Key": key})


class Sample(Client):
    """A context manager that runs the sample application and waits until it listens.

    `lines` is what it has written so far.
    """

    def __init__(self, environment: Mapping[str, str], *, command: Sequence[str], tls: bool = False) -> None:
        super().__init__(free_port(), tls=tls)
        self.lines: list[str] = []
        self._command = listening_at(command, HOST, self.port)
        self._environment = environment

    def __enter__(self) -> Self:
        self.process = LocalProcess(
            self._command, directory=SAMPLE, environment=self._environment, on_line=self.lines.append
        )
        deadline = monotonic() + TIMEOUT_SECONDS
        while True:
            try:
                socket.create_connection((HOST, self.port), timeout=1).close()
                return self
            except OSError:
                assert self.process.wait(0) is None, self.lines
                assert monotonic() < deadline, self.lines
                sleep(0.05)

    def __exit__(
        self, _type: type[BaseException] | None, _value: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.process.stop(TIMEOUT_SECONDS)


def run(environment: Mapping[str, str], *command: str) -> tuple[int, list[str]]:
    """Run a command in the folder of the sample application until it ends: its exit code and its lines."""
    lines: list[str] = []
    process = LocalProcess(command, directory=SAMPLE, environment=environment, on_line=lines.append)
    code = process.wait(TIMEOUT_SECONDS)
    assert code is not None, lines
    return code, lines


def base_environment(home: Path) -> dict[str, str]:
    """What a container has without its task definition."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "TMPDIR": str(home),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
