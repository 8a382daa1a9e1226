"""Installs checkov into its own virtual environment, and scans one stack at a time without the network."""

import hashlib
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

from tests.emulator import processes
from tests.emulator.deployment import CHECKOUT
from tests.policy.report import Report, ScanError, read_report
from tests.policy.stacks import Document

_DIRECTORY = CHECKOUT / ".checkov"
REQUIREMENTS = _DIRECTORY / "requirements.txt"
_ENVIRONMENT = _DIRECTORY / ".venv"
_STAMP = _ENVIRONMENT / "installed-from.sha256"


class InstallationError(Exception):
    """checkov could not be installed; the message is the output of the failed command."""


def install(report_progress: Callable[[str], None]) -> None:
    """Create the virtual environment, unless it exists for these requirements and this version of Python.

    Raises `InstallationError`.
    """
    stamp = hashlib.sha256(sys.version.encode() + REQUIREMENTS.read_bytes()).hexdigest()
    if _STAMP.is_file() and _STAMP.read_text(encoding="utf-8") == stamp:
        return
    report_progress(
        f"Installing checkov into {_ENVIRONMENT.relative_to(CHECKOUT)} (only the first time, under a minute)"
    )
    _install_step(sys.executable, "-m", "venv", "--clear", str(_ENVIRONMENT))
    _install_step(
        str(_ENVIRONMENT / "bin" / "python"),
        *("-m", "pip", "install", "--quiet", "--disable-pip-version-check"),
        *("--require-hashes", "--requirement", str(REQUIREMENTS)),
    )
    # Written last, so that an interrupted installation is repeated.
    _STAMP.write_text(stamp, encoding="utf-8")


def _install_step(*command: str) -> None:
    finished = processes.run(command, directory=CHECKOUT, environment=os.environ)
    if finished.exit_code != 0:
        raise InstallationError(finished.stderr.strip() or finished.stdout.strip())


def scan(document: Document, directory: Path) -> Report:
    """Scan the JSON of one stack in `directory`, which must be empty. Raises `ScanError`."""
    (directory / "cdk.tf.json").write_text(json.dumps(_parsable(document)), encoding="utf-8")
    finished = processes.run(
        (
            str(_ENVIRONMENT / "bin" / "checkov"),
            *("--directory", ".", "--framework", "terraform_json", "--output", "json"),
            "--skip-download",  # of policies from the vendor's platform
            "--soft-fail",  # findings are evaluated here, so that a nonzero exit code means a crash
        ),
        directory=directory,
        # Isolated from the user's configuration, which checkov reads from variables and the home directory.
        environment={
            "PATH": os.environ["PATH"],
            "HOME": str(directory),
            "TMPDIR": str(directory),
            "CKV_SKIP_PACKAGE_UPDATE_CHECK": "true",
        },
    )
    if finished.exit_code != 0:
        raise ScanError(f"checkov exited with {finished.exit_code}: {finished.stderr.strip()}")
    return read_report(finished.stdout, document)


def _parsable(document: Document) -> Document:
    """Copy the document without `terraform.required_version`.

    checkov's parser expects every member of `terraform` to be a block, and skips the whole file because of
    this string.
    """
    settings = {key: value for key, value in document["terraform"].items() if key != "required_version"}
    return document | {"terraform": settings}
