"""`pipenv run doctor`: its output and its exit codes, with a Terraform that does nothing."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from constructs_lib.commands import doctor
from tests.emulator.server import Emulator
from tests.unit.doctor.accounts import BUCKET, Dns, prepare
from tests.variables import inherited, variables_of

_CHECKOUT = Path(__file__).parents[3]
_TERRAFORM = """#!/bin/sh
echo "$*" >> "$COMMANDS"
[ "$1" = "$FAILING" ] && echo "Error: $1 failed" >&2 && exit 1
[ "$1" = version ] && echo '{"terraform_version": "1.11.4"}'
exit 0
"""
_UNREACHABLE = {
    "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
    "AWS_ACCESS_KEY_ID": "x",
    "AWS_SECRET_ACCESS_KEY": "x",
}


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """An environment with the settings of prod, and a Terraform that succeeds."""
    terraform = tmp_path / "bin" / "terraform"
    terraform.parent.mkdir()
    terraform.write_text(_TERRAFORM, encoding="utf-8")
    terraform.chmod(0o755)
    (tmp_path / "temporary").mkdir()
    return {
        **inherited(),
        **variables_of("prod"),
        "PATH": os.pathsep.join([str(terraform.parent), os.environ["PATH"]]),
        "COMMANDS": str(tmp_path / "commands"),
        "FAILING": "none",
        "TMPDIR": str(tmp_path / "temporary"),
    }


def run(environment: dict[str, str], **variables: str) -> subprocess.CompletedProcess[str]:
    """Run the command once, without a connection to AWS."""
    return subprocess.run(
        (sys.executable, "-m", "constructs_lib.commands.doctor"),
        cwd=_CHECKOUT,
        env=environment | _UNREACHABLE | variables,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


def test_it_exits_with_1_when_only_something_could_not_be_told(environment: dict[str, str]) -> None:
    finished = run(environment)
    assert (finished.returncode, finished.stderr) == (1, "")
    assert finished.stdout.splitlines() == [
        "payment-api-prod in us-east-1: 1 could not be told",
        "could not be told: whether the account is ready: Could not connect to the endpoint URL: "
        '"http://127.0.0.1:1/"',
    ]
    assert list(Path(environment["TMPDIR"]).iterdir()) == []
    commands = Path(environment["COMMANDS"]).read_text(encoding="utf-8").splitlines()
    assert commands == ["version -json", "init -backend=false -input=false -no-color"]


def test_it_exits_with_2_and_lists_each_refused_setting_beside_what_else_it_finds(
    environment: dict[str, str],
) -> None:
    finished = run(
        environment,
        PAYMENT_API_SERVICE__CPU="3",
        PAYMENT_API_SERVICE__PORT="80",
        TF_WORKSPACE="ci",
        FAILING="version",
    )
    assert (finished.returncode, finished.stderr) == (2, "")
    first, *lines = finished.stdout.splitlines()
    assert first == "The deployment: 4 found, 1 could not be told"
    assert [line.partition(" ")[0] for line in lines] == [
        "PAYMENT_API_SERVICE__PORT",
        "PAYMENT_API_SERVICE__CPU",
        "TF_WORKSPACE",
        "terraform",
        "could",
    ]
    assert lines[-1] == "could not be told: whether the account is ready: the settings are refused"


def test_providers_that_terraform_cannot_install_are_a_finding(environment: dict[str, str]) -> None:
    finished = run(environment, FAILING="init")
    assert finished.returncode == 2
    assert "Terraform cannot install its providers (terraform init failed: init failed): " in finished.stdout


@pytest.fixture
def ready(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Emulator]:
    """An account that is ready, whose credentials are those of this process."""
    with Emulator(databases=False) as emulator:
        prepare(emulator.account)
        for name, value in (environment | emulator.account.variables()).items():
            monkeypatch.setenv(name, value)
        yield emulator


def test_nothing_found_is_one_line_and_exit_code_0(ready: Emulator, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    environment = os.environ | {"CDKTF_OUTDIR": str(folder)}
    subject, report = doctor.examine(folder, environment, ask_dns=Dns(ready.account))
    assert doctor.summary(subject, report) == (
        "payment-api-prod in us-east-1, account 123456789012, as "
        "arn:aws:sts::123456789012:user/moto: nothing found"
    )
    assert (report.lines, doctor.exit_code(report)) == ([], 0)


def test_a_finding_of_the_account_is_exit_code_2(ready: Emulator, tmp_path: Path) -> None:
    ready.account.client("s3").delete_bucket(Bucket=BUCKET)
    folder = tmp_path / "out"
    folder.mkdir()
    environment = os.environ | {"CDKTF_OUTDIR": str(folder)}
    _, report = doctor.examine(folder, environment, ask_dns=Dns(ready.account))
    assert report.lines == [
        f"the state bucket {BUCKET} does not exist: pipenv run cdktf deploy payment-api-state"
    ]
    assert doctor.exit_code(report) == 2
