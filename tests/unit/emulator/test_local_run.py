"""The output of `pipenv run local`."""

import io
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
from rich.console import Console

from tests.emulator import __main__ as local
from tests.emulator.server import Emulator
from tests.unit.commands.noexec import mounted_noexec
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


def run_local(directory: Path, *start: str, **variables: str) -> subprocess.CompletedProcess[bytes]:
    """The result of `pipenv run local` with a Terraform that only starts a provider."""
    terraform = directory / "terraform"
    terraform.write_text(_TERRAFORM, encoding="utf-8")
    terraform.chmod(0o755)
    path = os.pathsep.join([str(directory), os.environ["PATH"]])
    return subprocess.run(
        (*start, sys.executable, "-m", "tests.emulator"),
        cwd=_CHECKOUT,
        env=inherited() | {"PATH": path} | variables,
        capture_output=True,
        check=False,
        timeout=120,
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
