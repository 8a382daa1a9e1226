"""The output of `pipenv run local`."""

import io
import os
import socket
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
from rich.console import Console

from tests.emulator import __main__ as local
from tests.emulator import application, containers
from tests.emulator.server import Emulator
from tests.unit.commands.noexec import mounted_noexec
from tests.unit.synthesis import Synthesized
from tests.variables import inherited

_CHECKOUT = Path(__file__).parents[3]

# Starts a program in its directory, as Terraform does with providers, and fails.
_TERRAFORM = """#!/bin/sh
echo '#!/bin/sh' > provider && chmod +x provider && ./provider && echo "Error: the provider works" >&2
exit 1
"""


def test_text_between_colons_is_not_printed_as_an_emoji(monkeypatch: pytest.MonkeyPatch) -> None:
    arn = "arn:aws:secretsmanager:us-east-1:123456789012:secret:payment-api-dev"
    providers = SimpleNamespace(describe=lambda: [arn])
    monkeypatch.setattr(local, "Deployment", lambda *_, **__: SimpleNamespace(stacks=(), providers=providers))
    output = io.StringIO()

    emulator = cast(Emulator, SimpleNamespace(account=None))
    local.LocalRun(Console(file=output), emulator, Path(), settings={})

    assert arn in output.getvalue()


def run_local(
    directory: Path, *start: str, options: Sequence[str] = (), **variables: str
) -> subprocess.CompletedProcess[bytes]:
    """The result of `pipenv run local` with a Terraform that only starts a provider."""
    terraform = directory / "terraform"
    terraform.write_text(_TERRAFORM, encoding="utf-8")
    terraform.chmod(0o755)
    path = os.pathsep.join([str(directory), os.environ["PATH"]])
    return subprocess.run(
        (*start, sys.executable, "-m", "tests.emulator", *options),
        cwd=_CHECKOUT,
        env=inherited() | {"PATH": path} | variables,
        capture_output=True,
        check=False,
        timeout=600,
    )


def test_it_prints_plainer_characters_in_a_locale_that_lacks_others(tmp_path: Path) -> None:
    ascii_only = {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}
    finished = run_local(tmp_path, **ascii_only)
    assert b"\nSynthesize the stacks ...\n" in finished.stdout
    assert b"Error: the provider works" in finished.stderr


def test_providers_are_started_elsewhere_when_the_temporary_folder_is_mounted_noexec(tmp_path: Path) -> None:
    temporary = tmp_path / "t"
    temporary.mkdir()
    finished = run_local(tmp_path, *mounted_noexec(temporary), TMPDIR=str(temporary))
    assert b"Error: the provider works" in finished.stderr


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("true", ["true"]),
        ("sh -c 'exit 3'", ["sh", "-c", "exit 3"]),
        (f'"{sys.executable}" -m payments', [sys.executable, "-m", "payments"]),
    ],
)
def test_a_command_is_split_as_a_shell_does(command: str, words: list[str]) -> None:
    assert application.parsed(command) == tuple(words)


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        ("", "be a program with its arguments, but it is empty"),
        ("  ", "be a program with its arguments, but it is empty"),
        ("sh -c 'exit", "be a program with its arguments, quoted as for a shell: No closing quotation"),
        (
            "./README.md",
            "begin with a program on the PATH, or with the path of one: './README.md' is neither",
        ),
    ],
)
def test_what_is_no_command_is_refused(command: str, reason: str) -> None:
    with pytest.raises(application.ApplicationError) as error:
        application.parsed(command)
    assert str(error.value) == f"--run must {reason}"


def test_a_refused_command_is_one_line_before_anything_starts(tmp_path: Path) -> None:
    finished = run_local(tmp_path, options=["--run", "missing-program --port 1"])
    assert (finished.returncode, finished.stdout) == (1, b"")
    assert finished.stderr.decode().splitlines() == [
        "--run must begin with a program on the PATH, or with the path of one: 'missing-program' is neither"
    ]


def test_a_port_in_use_is_reported_in_one_line_before_anything_is_applied(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        finished = run_local(tmp_path, options=["--run", "true"], PAYMENT_API_SERVICE__PORT=str(port))
    assert finished.returncode == 1
    assert finished.stderr.decode().splitlines() == [
        f"Port {port} of 127.0.0.1 is in use, and the service's container listens on it: stop the other"
        " program, or set PAYMENT_API_SERVICE__PORT to another port"
    ]
    assert b"Apply" not in finished.stdout


def test_the_port_of_a_closed_connection_is_not_in_use() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)):
            server.accept()[0].close()  # who closes first keeps the port in TIME_WAIT
    application.check_port(port)


def test_the_port_is_that_of_the_synthesized_container(tmp_path: Path, every: Synthesized) -> None:
    (tmp_path / "cdk.tf.json").write_text(every.text, encoding="utf-8")
    assert application.port_of(tmp_path) == every.settings.service.port


def test_tasks_of_the_image_run_in_the_folder(
    tmp_path: Path, dev: Synthesized, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(containers, "images", {})
    (tmp_path / "cdk.tf.json").write_text(dev.text, encoding="utf-8")
    application.run_images_in(tmp_path, tmp_path)
    assert containers.images == {dev.settings.service.image: tmp_path}
