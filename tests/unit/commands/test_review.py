"""`pipenv run review`: its exit codes, its output, and what it refuses."""

import json
from pathlib import Path
from typing import Any

import pytest

from constructs_lib.review.markdown import MAX_LENGTH
from tests.unit.commands.jobs import Job
from tests.unit.review.plans import change, first_apply, plan
from tests.unit.synthesis import Synthesized

ROUTINE = plan(change("aws_lb", {"idle_timeout": 60}, {"idle_timeout": 61}))
GRAVE = plan(change("aws_s3_bucket", {"id": "b"}, None))


@pytest.fixture
def job(tmp_path: Path) -> Job:
    """The command."""
    return Job(tmp_path, "review")


def written(folder: Path, document: object) -> str:
    """The path of a file with a document."""
    file = folder / "given.json"
    file.write_text(json.dumps(document), encoding="utf-8")
    return str(file)


class TestPlanned:
    def test_it_exits_with_0_when_nothing_needs_a_second_pair_of_eyes_and_locks_nothing(
        self, job: Job
    ) -> None:
        finished = job.run(ROUTINE)
        assert job.called() == ["init", "plan", "show"]
        assert "-lock=false" in job.commands.read_text(encoding="utf-8").splitlines()[1]
        assert (finished.returncode, finished.stderr) == (0, "")
        assert finished.stdout.startswith(
            "payment-api-staging: 1 resource changes, nothing needs a second pair of eyes\n"
        )

    def test_it_exits_with_2_when_something_does_and_ends_with_the_fingerprint(self, job: Job) -> None:
        finished = job.run(GRAVE)
        assert (finished.returncode, finished.stderr) == (2, "")
        label, _, digits = finished.stdout.splitlines()[-1].partition(": ")
        assert (label, len(bytes.fromhex(digits))) == ("fingerprint", 32)

    def test_another_stack_can_be_named(self, job: Job) -> None:
        finished = job.run(ROUTINE, "payment-api-images")
        assert finished.stdout.startswith("payment-api-images: ")
        assert job.folder.read_text(encoding="utf-8").strip().endswith("/stacks/payment-api-images")

    def test_a_stack_that_does_not_exist_is_refused(self, job: Job) -> None:
        finished = job.run(ROUTINE, "payment-api-other")
        assert (finished.returncode, finished.stdout) == (1, "")
        assert finished.stderr == (
            'the stack "payment-api-other" does not exist: must be one of '
            "payment-api-images, payment-api-staging, payment-api-state\n"
        )

    def test_it_exits_with_1_when_terraform_fails(self, job: Job) -> None:
        finished = job.run(ROUTINE, FAILING="plan")
        assert (finished.returncode, finished.stdout) == (1, "")
        assert finished.stderr == "terraform plan failed: plan failed\n"
        assert list(job.temporary.iterdir()) == []

    def test_an_incomplete_plan_is_refused(self, job: Job) -> None:
        finished = job.run(plan(errored=True))
        assert (finished.returncode, finished.stdout) == (1, "")
        assert finished.stderr.startswith("the plan is incomplete because planning failed")


class TestGivenPlan:
    @pytest.mark.parametrize(("document", "code"), [(plan(), 0), (ROUTINE, 0), (GRAVE, 2)])
    def test_it_runs_no_terraform(
        self, job: Job, tmp_path: Path, document: dict[str, Any], code: int
    ) -> None:
        finished = job.run(GRAVE, "--plan", written(tmp_path, document))
        assert (finished.returncode, finished.stderr) == (code, "")
        assert finished.stdout.startswith("the plan: ")
        assert job.called() == []

    @pytest.mark.parametrize(
        "content", ["", "{", '"text"', "[]", "{}", '{"values": {}}', "[" * 100_000, "\x00", "ü"]
    )
    def test_what_is_no_plan_is_refused_in_one_line(self, job: Job, tmp_path: Path, content: str) -> None:
        file = tmp_path / "given.json"
        file.write_text(content, encoding="latin-1")
        finished = job.run(GRAVE, "--plan", str(file))
        assert (finished.returncode, finished.stdout) == (1, "")
        (line,) = finished.stderr.splitlines()
        assert line.startswith(f"{file}")
        assert line.endswith("must be the output of terraform show -json PLAN")

    def test_a_missing_file_is_refused_in_one_line(self, job: Job, tmp_path: Path) -> None:
        finished = job.run(GRAVE, "--plan", str(tmp_path / "missing.json"))
        assert (finished.returncode, finished.stdout) == (1, "")
        assert finished.stderr == f"{tmp_path / 'missing.json'}: No such file or directory\n"

    def test_a_relative_path_is_that_of_the_current_folder(self, job: Job, tmp_path: Path) -> None:
        written(tmp_path, ROUTINE)
        finished = job.run(GRAVE, "--plan", "given.json", "--markdown", "review.md", cwd=tmp_path)
        assert (finished.returncode, finished.stderr) == (0, "")
        assert (tmp_path / "review.md").read_text(encoding="utf-8").startswith("### the plan: ")

    def test_the_markdown_fits_in_a_comment(self, job: Job, tmp_path: Path, prod: Synthesized) -> None:
        job.run(GRAVE, "--plan", written(tmp_path, first_apply(prod)), "--markdown", "a.md", cwd=tmp_path)
        assert 1000 < len((tmp_path / "a.md").read_text(encoding="utf-8")) <= MAX_LENGTH


def test_a_wrong_argument_ends_with_1_because_2_is_a_result(job: Job) -> None:
    finished = job.run(GRAVE, "--plans", "x")
    assert (finished.returncode, finished.stdout) == (1, "")
    assert len(finished.stderr.splitlines()) == 1
