"""`pipenv run adopt`: the file that it writes, its output, and its exit codes."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

_CHECKOUT = Path(__file__).parents[3]
_VPC = "aws_vpc.main_1A2B"
_CREATED = f"{_VPC}: Creation complete after 13s [id=vpc-1]\n"
_STACK = {
    "resource": {
        "aws_vpc": {"main_1A2B": {}},
        "aws_subnet": {"a_1": {"tags": {"Name": "payment-api-dev-a"}}},
    }
}

_TERRAFORM = """#!/bin/sh
[ "$*" = "state pull" ] || exit 9
[ "$STATE" = '{"fail": true}' ] && echo "Error: state not readable" >&2 && exit 1
printf %s "$STATE"
"""


class Command:
    """Runs `pipenv run adopt` with a fake Terraform that returns a given state."""

    def __init__(self, directory: Path) -> None:
        terraform = directory / "bin" / "terraform"
        terraform.parent.mkdir()
        terraform.write_text(_TERRAFORM, encoding="utf-8")
        terraform.chmod(0o755)
        self.stack = directory / "out" / "stacks" / "payment-api-dev"
        self.stack.mkdir(parents=True)
        (self.stack / "cdk.tf.json").write_text(json.dumps(_STACK), encoding="utf-8")
        self.adopted = self.stack / "adopted.tf.json"
        self.log = directory / "apply.log"
        self._directory = directory

    def run(
        self, *arguments: str, state: Mapping[str, Any] | None = None, path: str = "bin"
    ) -> subprocess.CompletedProcess[str]:
        """Run the command once; without a state, Terraform finds none."""
        pulled = json.dumps(state) if state else ""
        return subprocess.run(
            (sys.executable, "-m", "constructs_lib.commands.adopt", *arguments),
            cwd=_CHECKOUT,
            env=os.environ
            | {"CDKTF_OUTDIR": str(self._directory / "out"), "STATE": pulled}
            | {"PATH": os.pathsep.join([str(self._directory / path), os.environ["PATH"]] if path else [])},
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture
def command(tmp_path: Path) -> Command:
    """The command, a stack, and a log of a completed VPC and an incomplete subnet."""
    prepared = Command(tmp_path)
    prepared.log.write_text(_CREATED + "aws_subnet.a_1: Creating...\n", encoding="utf-8")
    return prepared


class TestCommand:
    def test_it_writes_import_blocks_beside_the_stack_and_lists_incomplete_operations(
        self, command: Command
    ) -> None:
        finished = command.run("payment-api-dev", str(command.log))
        assert (finished.returncode, finished.stderr) == (0, "")
        assert finished.stdout.splitlines() == [
            f"1 to adopt: the next apply imports what {command.adopted} lists",
            "aws_subnet.a_1: Creating did not complete, name payment-api-dev-a",
        ]
        assert json.loads(command.adopted.read_text("utf-8")) == {"import": [{"to": _VPC, "id": "vpc-1"}]}

    def test_it_deletes_the_import_blocks_when_the_state_has_every_resource(self, command: Command) -> None:
        command.adopted.write_text("{}", encoding="utf-8")
        instances = [{"attributes": {"id": "vpc-1"}}, {"attributes": {"id": "vpc-0"}, "deposed": "1"}]
        vpc = {"mode": "managed", "type": "aws_vpc", "name": "main_1A2B", "instances": instances}
        finished = command.run("payment-api-dev", str(command.log), state={"resources": [vpc]})
        assert finished.stdout.splitlines() == [
            "0 to adopt",
            "aws_subnet.a_1: Creating did not complete, name payment-api-dev-a",
        ]
        assert not command.adopted.exists()

    def test_it_reads_several_logs(self, command: Command, tmp_path: Path) -> None:
        second = tmp_path / "second.log"
        second.write_text(_CREATED.replace(_VPC, "aws_subnet.a_1"), encoding="utf-8")
        command.run("payment-api-dev", str(command.log), str(second))
        assert len(json.loads(command.adopted.read_text("utf-8"))["import"]) == 2

    def test_it_exits_with_1_when_the_log_does_not_exist(self, command: Command) -> None:
        finished = command.run("payment-api-dev", "missing.log")
        assert (finished.returncode, finished.stdout) == (1, "")
        assert finished.stderr == "missing.log: No such file or directory\n"

    def test_it_exits_with_1_when_the_stack_does_not_exist(self, command: Command) -> None:
        finished = command.run("payment-api-typo", str(command.log))
        assert (finished.returncode, finished.stdout) == (1, "")
        assert finished.stderr.endswith("payment-api-typo/cdk.tf.json: No such file or directory\n")

    def test_it_exits_with_1_and_prints_the_usage_without_a_log_argument(self, command: Command) -> None:
        finished = command.run("payment-api-dev")
        assert (finished.returncode, finished.stdout) == (1, "")
        assert finished.stderr == "usage: pipenv run adopt STACK LOG...\n"

    def test_it_exits_with_1_and_the_error_of_terraform_when_the_state_cannot_be_read(
        self, command: Command
    ) -> None:
        finished = command.run("payment-api-dev", str(command.log), state={"fail": True})
        assert (finished.returncode, finished.stdout) == (1, "")
        assert finished.stderr == "Error: state not readable\n"

    def test_it_exits_with_1_when_terraform_is_not_on_the_path(self, command: Command) -> None:
        finished = command.run("payment-api-dev", str(command.log), path="")
        assert (finished.returncode, finished.stdout) == (1, "")
        assert finished.stderr == "terraform is not on the path\n"
