"""`pipenv run drift`: what it lists, what it never shows, and how it ends."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from constructs_lib.commands.drift import differences
from tests.variables import inherited, variables_of

_CHECKOUT = Path(__file__).parents[3]
_EMPTY: dict[str, Any] = {"resource_changes": []}

# Notes each command that it is given, and answers `show` with the plan.
_TERRAFORM = """#!/bin/sh
echo "$@" >> "$COMMANDS"
pwd > "$FOLDER"
[ "$1" = "$FAILING" ] && echo "Error: no $1 today" >&2 && exit 1
[ "$1" = show ] && cat "$PLAN"
exit 0
"""


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
    return {"resource_changes": [{"address": "aws_thing.mine", "change": described}]}


def update(before: Mapping[str, object], after: Mapping[str, object], **marks: object) -> list[str]:
    """What is listed of a resource that differs so."""
    return list(differences(change(["update"], before, after, **marks)))


def checked(kind: str, status: str, *instances: Mapping[str, object]) -> dict[str, Any]:
    """A plan of one check."""
    address = {"kind": kind, "to_display": "check.rules"}
    return {"checks": [{"address": address, "status": status, "instances": list(instances)}]}


class TestDifferences:
    @pytest.mark.parametrize("actions", [["no-op"], ["read"]])
    def test_what_stays_and_what_is_only_read_are_none(self, actions: list[str]) -> None:
        assert list(differences(change(actions, {"a": 1}, {"a": 1}))) == []

    @pytest.mark.parametrize(("actions", "name"), [(["create"], "create"), (["delete"], "delete")])
    def test_what_is_missing_or_too_much_is_named(self, actions: list[str], name: str) -> None:
        before, after = (None, {"a": 1}) if name == "create" else ({"a": 1}, None)
        assert list(differences(change(actions, before, after))) == [f"{name} aws_thing.mine"]

    @pytest.mark.parametrize("actions", [["delete", "create"], ["create", "delete"]])
    def test_a_replacement_says_why(self, actions: list[str]) -> None:
        listed = list(differences(change(actions, {"a": 1, "b": 2}, {"a": 3, "b": 2})))
        assert listed == ["replace aws_thing.mine: a 1 -> 3"]

    def test_only_the_attributes_that_differ_are_listed(self) -> None:
        listed = update({"on": False, "name": "x", "gone": 1}, {"on": True, "name": "x", "gone": None})
        assert listed == ["update aws_thing.mine: gone 1 -> null, on false -> true"]

    def test_of_a_set_what_stands_in_one_of_the_two_only_is_listed(self) -> None:
        before = {"rule": [{"name": "a", "count": 1}, {"name": "b"}], "arns": ["x", "y"]}
        after = {"rule": [{"name": "b"}, {"name": "a", "count": 0}], "arns": ["y"]}
        assert update(before, after) == ['update aws_thing.mine: arns -"x", rule -"a" +"a"']

    def test_what_is_not_known_yet_is_said_to_be(self) -> None:
        listed = update({"arn": "x"}, {}, after_unknown={"arn": True})
        assert listed == ["update aws_thing.mine: arn (known after apply)"]

    def test_a_difference_takes_one_line_however_long_it_is(self) -> None:
        (listed,) = update({"text": "a\n" * 1000}, {"text": "b\n" * 1000})
        assert "\n" not in listed
        assert len(listed) < 250

    def test_of_long_texts_that_begin_alike_the_difference_is_shown(self) -> None:
        before, after = (f"{'a' * 1000}{end}{'c' * 1000}" for end in ("deny", "allow"))
        (listed,) = update({"text": before}, {"text": after})
        assert listed.startswith(f'update aws_thing.mine: text "...{"a" * 20}deny')
        assert f'-> "...{"a" * 20}allow' in listed

    @pytest.mark.parametrize("side", ["before_sensitive", "after_sensitive"])
    @pytest.mark.parametrize("marks", [{"secret": True}, {"secret": [{"inner": True}]}, True])
    def test_a_sensitive_value_is_never_shown(self, side: str, marks: object) -> None:
        before = {"secret": [{"inner": "hush-1"}]}
        after = {"secret": [{"inner": "hush-2"}]}
        listed = update(before, after, **{side: marks})
        assert listed == ["update aws_thing.mine: secret (sensitive)"]

    def test_an_output_is_named_without_its_value(self) -> None:
        plan = {"output_changes": {"url": {"actions": ["update"], "before": "a", "after": "b"}}}
        assert list(differences(plan)) == ["update output url"]

    def test_a_check_that_fails_says_what_it_found(self) -> None:
        problem = {"problems": [{"message": "sgr-1 is not ours"}]}
        assert list(differences(checked("check", "fail", problem, {}))) == ["check.rules: sgr-1 is not ours"]

    def test_a_check_that_cannot_be_made_yet_is_not_passed_over(self) -> None:
        """Where a rule of the stack's own is gone, whose the others are is known only once it is back."""
        (listed,) = differences(checked("check", "unknown", {}))
        assert listed == "check.rules: cannot be told until all above is put right"

    @pytest.mark.parametrize(("kind", "status"), [("check", "pass"), ("resource", "unknown")])
    def test_a_check_that_holds_and_what_follows_from_a_change_are_none(self, kind: str, status: str) -> None:
        assert list(differences(checked(kind, status, {}))) == []


class Job:
    """Runs of the nightly job with a Terraform that plans what it is told to."""

    def __init__(self, directory: Path) -> None:
        terraform = directory / "bin" / "terraform"
        terraform.parent.mkdir()
        terraform.write_text(_TERRAFORM, encoding="utf-8")
        terraform.chmod(0o755)
        self.commands, self.folder = directory / "commands", directory / "folder"
        self.temporary = directory / "temporary"
        self.temporary.mkdir()
        self._plan = directory / "plan.json"
        self._path = os.pathsep.join([str(terraform.parent), os.environ["PATH"]])

    def run(self, plan: Mapping[str, Any] = _EMPTY, **variables: str) -> subprocess.CompletedProcess[str]:
        """One run under these environment variables."""
        self._plan.write_text(json.dumps(plan), encoding="utf-8")
        told = {
            "COMMANDS": str(self.commands),
            "FOLDER": str(self.folder),
            "PLAN": str(self._plan),
            "FAILING": "none",
            "PATH": self._path,
            "TMPDIR": str(self.temporary),
        }
        return subprocess.run(
            (sys.executable, "-m", "constructs_lib.commands.drift"),
            cwd=_CHECKOUT,
            env=inherited() | variables_of("staging") | told | variables,
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture
def job(tmp_path: Path) -> Job:
    """The nightly job."""
    return Job(tmp_path)


class TestTheJob:
    def test_ends_with_0_when_nothing_differs(self, job: Job) -> None:
        finished = job.run()
        assert (finished.returncode, finished.stdout, finished.stderr) == (
            0,
            "payment-api-staging is as the code says\n",
            "",
        )

    def test_ends_with_2_and_lists_what_differs(self, job: Job) -> None:
        finished = job.run(change(["create"], None, {"a": 1}))
        assert finished.returncode == 2
        assert finished.stdout == "payment-api-staging is not as the code says\ncreate aws_thing.mine\n"

    def test_plans_the_system_without_a_lock_and_changes_nothing(self, job: Job) -> None:
        job.run()
        commands = job.commands.read_text(encoding="utf-8").splitlines()
        assert [each.split()[0] for each in commands] == ["init", "plan", "show"]
        assert "-lock=false" in commands[1]
        assert job.folder.read_text(encoding="utf-8").strip().endswith("/stacks/payment-api-staging")

    @pytest.mark.parametrize("step", ["init", "plan", "show"])
    def test_ends_with_1_and_terraforms_own_words_when_it_fails(self, job: Job, step: str) -> None:
        finished = job.run(FAILING=step)
        assert (finished.returncode, finished.stdout) == (1, "")
        assert finished.stderr == f"Error: no {step} today\n"

    def test_ends_with_1_and_the_refusal_when_a_setting_is_wrong(self, job: Job) -> None:
        finished = job.run(PAYMENT_API_SERVICE__CPU="3")
        assert (finished.returncode, finished.stdout) == (1, "")
        assert "PAYMENT_API_SERVICE__CPU" in finished.stderr
        assert "Traceback" not in finished.stderr

    def test_ends_with_1_when_there_is_no_terraform(self, job: Job, tmp_path: Path) -> None:
        # The kernel of the bindings needs node, which stands beside the interpreter.
        finished = job.run(PATH=f"{Path(sys.executable).parent}{os.pathsep}{tmp_path}")
        assert (finished.returncode, finished.stdout) == (1, "")
        assert finished.stderr == "terraform is not on the path\n"

    @pytest.mark.parametrize("failing", ["none", "plan"])
    def test_leaves_nothing_behind(self, job: Job, failing: str) -> None:
        job.run(FAILING=failing)
        assert list(job.temporary.iterdir()) == []
