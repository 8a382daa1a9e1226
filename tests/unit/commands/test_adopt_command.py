"""`pipenv run adopt`: the file that it writes, its output, and its exit codes."""

import gzip
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.variables import inherited

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
[ "$STATE" = '{"version": 4, "fail": true}' ] && echo "Error: state not readable" >&2 && exit 1
printf %s "$STATE"
"""
# A locale that has only ASCII characters and exists on every machine.
_ASCII = {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}


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
        self,
        *arguments: str,
        state: Mapping[str, Any] | None = None,
        before: str = "",
        path: str = "bin",
        **variables: str,
    ) -> subprocess.CompletedProcess[str]:
        """Run the command once; without a state, Terraform finds none.

        Terraform prints the text `before` before the state.
        """
        pulled = before + json.dumps({"version": 4, **state}, ensure_ascii=False) if state else before
        return subprocess.run(
            (sys.executable, "-m", "constructs_lib.commands.adopt", *arguments),
            cwd=_CHECKOUT,
            env=inherited()
            | {"CDKTF_OUTDIR": str(self._directory / "out"), "STATE": pulled}
            | {"PATH": os.pathsep.join([str(self._directory / path), os.environ["PATH"]] if path else [])}
            | variables,
            capture_output=True,
            encoding="utf-8",
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
        assert finished.stderr == "terraform state pull failed: state not readable\n"

    def test_it_exits_with_1_when_terraform_is_not_on_the_path(self, command: Command) -> None:
        finished = command.run("payment-api-dev", str(command.log), path="")
        assert (finished.returncode, finished.stdout) == (1, "")
        assert finished.stderr == "terraform is not on the path\n"

    @pytest.mark.parametrize(
        "log",
        [
            b"",
            (_CHECKOUT / "README.md").read_bytes(),
            (_CHECKOUT / "docs" / "operations.md").read_bytes(),
            gzip.compress(_CREATED.encode()),
            _CREATED.encode("utf-16"),
        ],
        ids=["empty", "README.md", "operations.md", "gzip", "UTF-16"],
    )
    def test_it_refuses_a_log_without_a_line_of_terraform_and_keeps_the_import_blocks(
        self, command: Command, log: bytes
    ) -> None:
        command.adopted.write_text("{}", encoding="utf-8")
        other = command.log.with_name("other.log")
        other.write_bytes(log)
        finished = command.run("payment-api-dev", str(command.log), str(other))
        assert (finished.returncode, finished.stdout) == (1, "")
        assert finished.stderr == (
            f"{other}: must be the output of terraform apply or cdktf deploy, as text in UTF-8, but no line "
            "of it is Terraform's\n"
        )
        assert command.adopted.read_text("utf-8") == "{}"

    @pytest.mark.parametrize(
        "line",
        [
            "\x1b[0m\x1b[1maws_vpc.main_1A2B: Refreshing state... [id=vpc-1]\x1b[0m",
            "payment-api-dev  aws_lb.main_1: Still creating... [10s elapsed]",
            "Plan: 1 to import, 2 to add, 0 to change, 0 to destroy.",
            "Apply complete! Resources: 0 added, 0 changed, 0 destroyed.",
            "No changes. Your infrastructure matches the configuration.",
            "Acquiring state lock. This may take a few moments...",
            "aws_vpc.main_1A2B=vpc-1",
        ],
    )
    def test_it_accepts_a_log_with_any_line_of_an_apply(self, command: Command, line: str) -> None:
        command.log.write_text(f"+ cdktf deploy\n{line}\n", encoding="utf-8")
        assert command.run("payment-api-dev", str(command.log)).returncode == 0

    def test_it_ignores_lines_of_a_wrapper_before_the_state(self, command: Command) -> None:
        vpc = {"mode": "managed", "type": "aws_vpc", "name": "main_1A2B"}
        state = {"resources": [{**vpc, "instances": [{"attributes": {"id": "vpc-1"}}]}]}
        finished = command.run("payment-api-dev", str(command.log), state=state, before="Using 1.11.4\n")
        assert (finished.returncode, finished.stderr) == (0, "")
        assert finished.stdout.startswith("0 to adopt\n")

    def test_it_exits_with_1_and_one_line_when_terraform_prints_no_state(self, command: Command) -> None:
        finished = command.run("payment-api-dev", str(command.log), before="Usage: tfenv")
        assert (finished.returncode, finished.stdout) == (1, "")
        assert finished.stderr == (
            'terraform state pull printed no complete JSON document, but "Usage: tfenv"\n'
        )

    def test_it_reads_a_state_with_any_characters_in_every_locale(self, command: Command) -> None:
        state = {"resources": [], "outputs": {"name": {"value": "grün …"}}}
        finished = command.run("payment-api-dev", str(command.log), state=state, **_ASCII)
        assert (finished.returncode, finished.stderr) == (0, "")

    def test_it_pulls_the_same_state_whatever_arguments_are_exported(self, command: Command) -> None:
        program = command.stack.parents[2] / "bin" / "terraform"
        checked = _TERRAFORM.replace("sh\n", "sh\nenv | grep ^TF_CLI_ARGS && exit 9\n", 1)
        program.write_text(checked, encoding="utf-8")
        finished = command.run(
            "payment-api-dev", str(command.log), TF_CLI_ARGS="-help", TF_CLI_ARGS_state_pull="-help"
        )
        assert finished.returncode == 0

    def test_it_refuses_a_workspace_that_was_selected_in_the_stacks_folder(self, command: Command) -> None:
        (command.stack / ".terraform").mkdir()
        (command.stack / ".terraform" / "environment").write_text("ci", encoding="utf-8")
        finished = command.run("payment-api-dev", str(command.log))
        assert (finished.returncode, finished.stdout) == (1, "")
        (line,) = finished.stderr.splitlines()
        assert f'the Terraform workspace in {command.stack} is "ci": must be "default"' in line

    def test_it_refuses_a_workspace_in_the_environment(self, command: Command) -> None:
        finished = command.run("payment-api-dev", str(command.log), TF_WORKSPACE="ci")
        assert finished.stderr.startswith('TF_WORKSPACE is "ci": must be "default" or not set')
        assert finished.returncode == 1
