"""`pipenv run drift`: the differences that it lists, the values that it hides, and its exit codes."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from constructs_lib.commands.drift import differences
from tests.unit.commands.jobs import NO_CHANGE, Job
from tests.unit.commands.noexec import mounted_noexec

_HERE = Path(__file__).parent
# A locale that has only ASCII characters and exists on every machine.
_ASCII = {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}


def change(actions: list[str], before: object, after: object, **marks: object) -> dict[str, Any]:
    """A plan of one resource."""
    described = {
        "actions": actions,
        "before": before,
        "after": after,
        "before_sensitive": marks.get("before_sensitive", {}),
        "after_sensitive": marks.get("after_sensitive", {}),
        "after_unknown": marks.get("after_unknown", {}),
    }
    return {"resource_changes": [{"address": "aws_thing.main", "change": described}]}


def update(before: Mapping[str, object], after: Mapping[str, object], **marks: object) -> list[str]:
    """The lines for a resource with these attributes before and after."""
    return list(differences(change(["update"], before, after, **marks)))


def check(kind: str, status: str, *instances: Mapping[str, object]) -> dict[str, Any]:
    """A plan of one check."""
    address = {"kind": kind, "to_display": "check.rules"}
    return {"checks": [{"address": address, "status": status, "instances": list(instances)}]}


class TestDifferences:
    @pytest.mark.parametrize("actions", [["no-op"], ["read"]])
    def test_an_unchanged_resource_and_a_data_source_are_not_listed(self, actions: list[str]) -> None:
        assert list(differences(change(actions, {"a": 1}, {"a": 1}))) == []

    @pytest.mark.parametrize("action", ["create", "delete"])
    def test_a_resource_to_create_or_delete_is_listed_by_its_address(self, action: str) -> None:
        before, after = (None, {"a": 1}) if action == "create" else ({"a": 1}, None)
        assert list(differences(change([action], before, after))) == [f"{action} aws_thing.main"]

    @pytest.mark.parametrize("actions", [["delete", "create"], ["create", "delete"]])
    def test_a_replacement_lists_the_attributes_that_differ(self, actions: list[str]) -> None:
        listed = list(differences(change(actions, {"a": 1, "b": 2}, {"a": 3, "b": 2})))
        assert listed == ["replace aws_thing.main: a 1 -> 3"]

    def test_only_the_attributes_that_differ_are_listed(self) -> None:
        listed = update({"on": False, "name": "x", "gone": 1}, {"on": True, "name": "x", "gone": None})
        assert listed == ["update aws_thing.main: gone 1 -> null, on false -> true"]

    def test_a_set_lists_only_the_members_that_were_added_or_removed(self) -> None:
        before = {"rule": [{"name": "a", "count": 1}, {"name": "b"}], "arns": ["x", "y"]}
        after = {"rule": [{"name": "b"}, {"name": "a", "count": 0}], "arns": ["y"]}
        assert update(before, after) == ['update aws_thing.main: arns -"x", rule -"a" +"a"']

    def test_a_value_that_is_computed_at_apply_is_listed_as_known_after_apply(self) -> None:
        listed = update({"arn": "x"}, {}, after_unknown={"arn": True})
        assert listed == ["update aws_thing.main: arn (known after apply)"]

    def test_a_difference_of_long_values_is_shortened_to_one_line(self) -> None:
        (listed,) = update({"text": "a\n" * 1000}, {"text": "b\n" * 1000})
        assert "\n" not in listed
        assert len(listed) < 250

    def test_the_common_prefix_of_long_texts_is_cut_off(self) -> None:
        before, after = (f"{'a' * 1000}{end}{'c' * 1000}" for end in ("deny", "allow"))
        (listed,) = update({"text": before}, {"text": after})
        assert listed.startswith(f'update aws_thing.main: text "...{"a" * 20}deny')
        assert f'-> "...{"a" * 20}allow' in listed

    @pytest.mark.parametrize("side", ["before_sensitive", "after_sensitive"])
    @pytest.mark.parametrize("marks", [{"secret": True}, {"secret": [{"inner": True}]}, True])
    def test_a_sensitive_value_is_never_shown(self, side: str, marks: object) -> None:
        before = {"secret": [{"inner": "secret-1"}]}
        after = {"secret": [{"inner": "secret-2"}]}
        listed = update(before, after, **{side: marks})
        assert listed == ["update aws_thing.main: secret (sensitive)"]

    def test_an_output_is_listed_without_its_value(self) -> None:
        plan = {"output_changes": {"url": {"actions": ["update"], "before": "a", "after": "b"}}}
        assert list(differences(plan)) == ["update output url"]

    def test_a_failed_check_is_listed_with_its_error_message(self) -> None:
        problem = {"problems": [{"message": "sgr-1 is unknown"}]}
        assert list(differences(check("check", "fail", problem, {}))) == ["check.rules: sgr-1 is unknown"]

    def test_a_check_that_cannot_be_evaluated_yet_is_listed(self) -> None:
        """While a rule of the stack is missing, Terraform cannot tell which of the others are foreign."""
        (listed,) = differences(check("check", "unknown", {}))
        assert listed == "check.rules: cannot be evaluated until the changes above are applied"

    @pytest.mark.parametrize(("kind", "status"), [("check", "pass"), ("resource", "unknown")])
    def test_a_passed_check_and_the_unknown_status_of_a_resource_are_not_listed(
        self, kind: str, status: str
    ) -> None:
        assert list(differences(check(kind, status, {}))) == []


@pytest.fixture
def job(tmp_path: Path) -> Job:
    """The nightly job."""
    return Job(tmp_path, "drift")


class TestJob:
    def test_it_exits_with_0_when_nothing_has_drifted(self, job: Job) -> None:
        finished = job.run()
        assert (finished.returncode, finished.stdout, finished.stderr) == (
            0,
            "payment-api-staging has not drifted\n",
            "",
        )

    def test_it_exits_with_2_and_lists_what_has_drifted(self, job: Job) -> None:
        finished = job.run(change(["create"], None, {"a": 1}))
        assert finished.returncode == 2
        assert finished.stdout == "payment-api-staging has drifted\ncreate aws_thing.main\n"

    def test_it_only_plans_and_does_not_lock_the_state(self, job: Job) -> None:
        job.run()
        commands = job.commands.read_text(encoding="utf-8").splitlines()
        assert [command.split()[0] for command in commands] == ["init", "plan", "show"]
        assert "-lock=false" in commands[1]
        assert job.folder.read_text(encoding="utf-8").strip().endswith("/stacks/payment-api-staging")

    @pytest.mark.parametrize("step", ["init", "plan", "show"])
    def test_it_exits_with_1_and_the_error_of_terraform_when_terraform_fails(
        self, job: Job, step: str
    ) -> None:
        finished = job.run(FAILING=step)
        assert (finished.returncode, finished.stdout) == (1, "")
        assert finished.stderr == f"terraform {step} failed: {step} failed\n"

    def test_it_exits_with_1_and_names_the_variable_when_a_setting_is_invalid(self, job: Job) -> None:
        finished = job.run(PAYMENT_API_SERVICE__CPU="3")
        assert (finished.returncode, finished.stdout) == (1, "")
        assert "PAYMENT_API_SERVICE__CPU" in finished.stderr
        assert "Traceback" not in finished.stderr

    def test_it_exits_with_1_when_terraform_is_not_on_the_path(self, job: Job, tmp_path: Path) -> None:
        # The jsii kernel needs node, which is installed beside the interpreter.
        finished = job.run(PATH=f"{Path(sys.executable).parent}{os.pathsep}{tmp_path}")
        assert (finished.returncode, finished.stdout) == (1, "")
        assert finished.stderr == "terraform is not on the path\n"

    @pytest.mark.parametrize("failing", ["none", "plan"])
    def test_it_leaves_no_temporary_files(self, job: Job, failing: str) -> None:
        job.run(FAILING=failing)
        assert list(job.temporary.iterdir()) == []

    def test_it_plans_the_same_whatever_terraform_variables_are_exported(self, job: Job) -> None:
        exported = {
            "TF_CLI_ARGS": "-compact-warnings",
            "TF_CLI_ARGS_plan": "-refresh=false -detailed-exitcode",
            "TF_CLI_ARGS_show": "-no-color",
            "TF_VAR_any": "x",
            "TF_INPUT": "1",
            "TF_REATTACH_PROVIDERS": "{}",
            "TF_LOG": "trace",
            "TF_DATA_DIR": "elsewhere",
        }
        kept = {"TF_PLUGIN_CACHE_DIR": "cache", "TF_CLI_CONFIG_FILE": "file"}
        job.run(NO_CHANGE, before="", start=(), cwd=_HERE, **exported, **kept)
        variables = dict(line.split("=", 1) for line in job.variables.read_text("utf-8").splitlines())
        assert variables.pop("TF_DATA_DIR").startswith(str(job.temporary))
        assert variables == {"TF_IN_AUTOMATION": "1", "TF_INPUT": "0", **kept}

    def test_it_refuses_a_named_workspace_before_it_runs_terraform(self, job: Job) -> None:
        finished = job.run(TF_WORKSPACE="ci")
        assert (finished.returncode, finished.stdout) == (1, "")
        (line,) = finished.stderr.splitlines()
        assert line.startswith('TF_WORKSPACE is "ci": must be "default" or not set')
        assert not job.commands.exists()

    def test_it_ignores_lines_of_a_wrapper_before_the_plan(self, job: Job) -> None:
        finished = job.run(change(["create"], None, {}), before="Using Terraform 1.11.4\n")
        assert (finished.returncode, finished.stderr) == (2, "")

    def test_it_exits_with_1_and_one_line_when_terraform_prints_no_plan(self, job: Job) -> None:
        finished = job.run(before="Usage: ")
        assert (finished.returncode, finished.stdout) == (1, "")
        (line,) = finished.stderr.splitlines()
        assert line.startswith('terraform show printed no complete JSON document, but "Usage: ')

    def test_it_reads_and_prints_all_characters_in_every_locale(self, job: Job) -> None:
        problem = {"problems": [{"message": "grün …"}]}
        finished = job.run(check("check", "fail", problem), before="", start=(), cwd=_HERE, **_ASCII)
        assert (finished.returncode, finished.stderr) == (2, "")
        assert finished.stdout.endswith("check.rules: gr\\xfcn ...\n")

    def test_providers_are_started_elsewhere_when_the_temporary_folder_is_mounted_noexec(
        self, job: Job
    ) -> None:
        finished = job.run(start=mounted_noexec(job.temporary))
        assert (finished.returncode, finished.stderr) == (0, "")
