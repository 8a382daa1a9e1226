"""Which failures are explained on one line, and that all others keep their traceback."""

import errno
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from constructs_lib.commands import failures
from constructs_lib.commands.failures import MachineError, explain_failures, explanation
from tests.variables import inherited

_CHECKOUT = Path(__file__).parents[3]
_DRIFT, _ADOPT = "constructs_lib.commands.drift", "constructs_lib.commands.adopt"
_REVIEW, _DEPLOY = "constructs_lib.commands.review", "constructs_lib.commands.deploy"
_LOCAL, _POLICY = "tests.emulator", "tests.policy"
_ARGUMENTS = {_ADOPT: ("payment-api-dev", "apply.log"), _DEPLOY: ("--expect", "0" * 64)}


def run(module: str, *options: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """One run of a command, as the scripts in the Pipfile start it."""
    return subprocess.run(
        (sys.executable, *options, "-m", module, *_ARGUMENTS.get(module, ())),
        cwd=_CHECKOUT,
        env=inherited() | variables,
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )


@pytest.mark.parametrize("module", [_DRIFT, _REVIEW, _DEPLOY, _ADOPT, _LOCAL, _POLICY])
def test_every_command_refuses_a_missing_folder_for_temporary_files(module: str, tmp_path: Path) -> None:
    refused = run(module, TMPDIR=str(tmp_path / "missing"))
    assert (refused.returncode, refused.stdout) == (1, "")
    (line,) = refused.stderr.splitlines()
    assert line == (f'TMPDIR is "{tmp_path}/missing": must be a writable folder (No such file or directory)')


@pytest.mark.parametrize("module", [_LOCAL, _POLICY])
def test_a_command_says_how_to_install_its_packages(module: str) -> None:
    refused = run(module, "-S")  # without site-packages
    assert (refused.returncode, refused.stdout) == (1, "")
    assert len(refused.stderr.splitlines()) == 1
    assert f"is not installed for {sys.executable}" in refused.stderr


def test_adopt_refuses_an_empty_name_of_the_output_folder() -> None:
    refused = run(_ADOPT, CDKTF_OUTDIR="")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr == 'CDKTF_OUTDIR is "": must be the path of a folder, or not set\n'


FULL = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "out/cdk.tf.json")


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (FULL, "out/cdk.tf.json: No space left on device; free some space"),
        (OSError(errno.EROFS, "Read-only file system", "f"), "f: Read-only file system; use a file system"),
        (
            PermissionError(errno.EACCES, "Permission denied", "f"),
            "f: Permission denied; check its permissions",
        ),
        (MachineError("TMPDIR is missing"), "TMPDIR is missing"),
        (
            RuntimeError("EROFS: read-only file system, open 'f'"),
            "EROFS: read-only file system, open 'f'; use a file system",
        ),
        (json.JSONDecodeError("Expecting value", "", 0), "Node exited unexpectedly"),
        (ModuleNotFoundError("No module named 'jsii'", name="jsii"), "jsii is not installed for"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else None,
)
def test_a_failure_of_the_machine_is_explained(error: Exception, line: str) -> None:
    assert str(explanation(error)).startswith(line)


@pytest.mark.parametrize(
    "error",
    [
        RuntimeError("ERROR: a stack with this name exists"),
        ValueError("not a number"),
        json.JSONDecodeError("Expecting value", "{", 1),
        ModuleNotFoundError("No module named", name="constructs_lib.typo"),
    ],
    ids=["of CDKTF", "of Python", "of JSON", "of an import"],
)
def test_a_mistake_in_the_program_keeps_its_traceback(error: Exception) -> None:
    assert explanation(error) is None


def test_a_python_that_is_too_old_is_refused_with_the_release_that_is_needed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(failures, "OLDEST_PYTHON", (99, 1))
    with pytest.raises(SystemExit) as refused:
        explain_failures()
    assert str(refused.value).startswith(f"Python 99.1 or newer is needed, but {sys.executable} is 3.")
