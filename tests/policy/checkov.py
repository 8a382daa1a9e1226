"""checkov, in an environment of its own, on one stack at a time and without the network."""

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

_HOME = CHECKOUT / ".checkov"
REQUIREMENTS = _HOME / "requirements.txt"
_ENVIRONMENT = _HOME / ".venv"
_STAMP = _ENVIRONMENT / "installed-from.sha256"


class InstallationError(Exception):
    """checkov could not be installed; the message is what the tool said."""


def install(say: Callable[[str], None]) -> None:
    """Make the environment, unless it was made from just these requirements by this Python."""
    wanted = hashlib.sha256(sys.version.encode() + REQUIREMENTS.read_bytes()).hexdigest()
    if _STAMP.is_file() and _STAMP.read_text(encoding="utf-8") == wanted:
        return
    say(f"Installing checkov into {_ENVIRONMENT.relative_to(CHECKOUT)}, once: under a minute")
    _install_step(sys.executable, "-m", "venv", "--clear", str(_ENVIRONMENT))
    _install_step(
        str(_ENVIRONMENT / "bin" / "python"),
        *("-m", "pip", "install", "--quiet", "--disable-pip-version-check"),
        *("--require-hashes", "--requirement", str(REQUIREMENTS)),
    )
    # Last, so that an installation that was cut short is made anew.
    _STAMP.write_text(wanted, encoding="utf-8")


def _install_step(*command: str) -> None:
    finished = processes.run(command, directory=CHECKOUT, environment=os.environ)
    if finished.exit_code != 0:
        raise InstallationError(finished.stderr.strip() or finished.stdout.strip())


def scan(document: Document, directory: Path) -> Report:
    """Scan one stack's JSON, in `directory`, which must be empty. Raises `ScanError`."""
    (directory / "cdk.tf.json").write_text(json.dumps(_parsable(document)), encoding="utf-8")
    finished = processes.run(
        (
            str(_ENVIRONMENT / "bin" / "checkov"),
            *("--directory", ".", "--framework", "terraform_json", "--output", "json"),
            "--skip-download",  # no policies from the maker's platform
            "--soft-fail",  # findings are judged here; any other exit code than 0 is then a crash
        ),
        directory=directory,
        # Nothing of the person's own: checkov reads settings from variables and from the home directory.
        environment={
            "PATH": os.environ["PATH"],
            "HOME": str(directory),
            "TMPDIR": str(directory),
            "CKV_SKIP_PACKAGE_UPDATE_CHECK": "true",
        },
    )
    if finished.exit_code != 0:
        raise ScanError(f"checkov ended with {finished.exit_code}: {finished.stderr.strip()}")
    return read_report(finished.stdout, document)


def _parsable(document: Document) -> Document:
    """A copy without `terraform.required_version`: checkov's parser takes every member of `terraform` for
    a block, fails on that string, and then reads nothing of the file."""
    settings = {key: value for key, value in document["terraform"].items() if key != "required_version"}
    return document | {"terraform": settings}
