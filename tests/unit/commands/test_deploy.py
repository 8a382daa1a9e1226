"""`pipenv run deploy`: it applies the plan that was reviewed, and nothing else."""

import os
import pty
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.unit.commands.jobs import Job
from tests.unit.review.plans import change, plan, reviewed

PLAN = plan(change("aws_lb", {"idle_timeout": 60}, {"idle_timeout": 61}))
OTHER = plan(change("aws_lb", {"idle_timeout": 60}, {"idle_timeout": 62}))
EXPECTED = reviewed(PLAN).fingerprint
NOTHING_APPLIED = ["init", "plan", "show"]


@pytest.fixture
def job(tmp_path: Path) -> Job:
    """The command."""
    return Job(tmp_path, "deploy")


def answered(job: Job, answer: str) -> subprocess.CompletedProcess[bytes]:
    """Run the command on a terminal on which somebody answers."""
    master, terminal = pty.openpty()
    os.write(master, f"{answer}\n".encode())
    try:
        return subprocess.run(
            job.arguments(), env=job.environment(PLAN), stdin=terminal, capture_output=True, check=False
        )
    finally:
        os.close(terminal)
        os.close(master)


class TestExpected:
    def test_the_very_plan_file_with_the_expected_fingerprint_is_applied(self, job: Job) -> None:
        finished = job.run(PLAN, "--expect", EXPECTED)
        assert (finished.returncode, finished.stderr) == (0, "")
        assert finished.stdout == "Apply complete!\n"
        assert job.called() == [*NOTHING_APPLIED, "apply"]
        _, planned, shown, applied = job.commands.read_text(encoding="utf-8").splitlines()
        file = planned.partition("-out=")[2]
        assert "-lock=false" not in planned
        assert shown.split()[-1] == applied.split()[-1] == file

    def test_any_other_plan_is_refused_in_one_line_and_nothing_is_applied(self, job: Job) -> None:
        finished = job.run(OTHER, "--expect", EXPECTED)
        assert (finished.returncode, finished.stdout) == (1, "")
        (line,) = finished.stderr.splitlines()
        assert line.startswith("payment-api-staging: the plan is not the reviewed one")
        assert reviewed(OTHER).fingerprint in line
        assert job.called() == NOTHING_APPLIED

    @pytest.mark.parametrize("expected", ["", "abc", EXPECTED.upper(), f"fingerprint: {EXPECTED}"])
    def test_what_is_no_fingerprint_is_refused_before_anything_is_planned(
        self, job: Job, expected: str
    ) -> None:
        finished = job.run(PLAN, "--expect", expected)
        assert (finished.returncode, finished.stdout) == (1, "")
        assert finished.stderr.startswith("--expect must be the 64 hexadecimal digits")
        assert job.called() == []

    def test_nothing_is_applied_when_terraform_cannot_plan(self, job: Job) -> None:
        finished = job.run(PLAN, "--expect", EXPECTED, FAILING="plan")
        assert (finished.returncode, finished.stdout) == (1, "")
        assert finished.stderr == "terraform plan failed: plan failed\n"
        assert "apply" not in job.called()

    def test_it_exits_with_1_when_the_apply_fails(self, job: Job) -> None:
        finished = job.run(PLAN, "--expect", EXPECTED, FAILING="apply")
        assert (finished.returncode, finished.stdout) == (1, "")
        assert finished.stderr == "Error: apply failed\nterraform apply failed: exit code 1\n"

    def test_no_value_of_a_plan_is_printed(self, job: Job) -> None:
        secret = plan(change("aws_lambda_function", {"environment": "a"}, {"environment": "hidden-value"}))
        for arguments in (("--expect", EXPECTED), ("--expect", reviewed(secret).fingerprint)):
            finished = job.run(secret, *arguments)
            assert "hidden-value" not in finished.stdout + finished.stderr

    def test_a_state_that_could_not_be_written_is_kept(self, job: Job, tmp_path: Path) -> None:
        terraform = tmp_path / "bin" / "terraform"
        script = terraform.read_text(encoding="utf-8")
        failing = script.replace(
            "exit 0\n", '[ "$1" = apply ] && echo lost > errored.tfstate && exit 1\nexit 0\n'
        )
        terraform.write_text(failing, encoding="utf-8")
        folder = tmp_path / "current"
        folder.mkdir()
        finished = job.run(PLAN, "--expect", EXPECTED, cwd=folder)
        assert finished.returncode == 1
        assert (folder / "errored.tfstate").read_text(encoding="utf-8") == "lost\n"
        assert f"terraform state push {folder}/errored.tfstate" in finished.stderr


class TestWithoutExpectation:
    def test_without_a_terminal_it_refuses_and_names_the_option(self, job: Job) -> None:
        finished = job.run(PLAN)
        assert (finished.returncode, finished.stdout) == (1, "")
        (line,) = finished.stderr.splitlines()
        assert line.endswith("pass the fingerprint of pipenv run review with --expect")
        assert job.called() == []

    def test_yes_applies_the_plan_that_was_shown(self, job: Job) -> None:
        finished = answered(job, "yes")
        assert finished.returncode == 0
        assert f"fingerprint: {EXPECTED}".encode() in finished.stdout
        assert job.called() == [*NOTHING_APPLIED, "apply"]

    @pytest.mark.parametrize("answer", ["", "YES"])
    def test_any_other_answer_applies_nothing(self, job: Job, answer: str) -> None:
        finished = answered(job, answer)
        assert (finished.returncode, finished.stderr) == (1, b"Nothing has been applied.\n")
        assert job.called() == NOTHING_APPLIED


@pytest.mark.parametrize(("step", "number"), [("plan", signal.SIGTERM), ("apply", signal.SIGINT)])
def test_terraform_ends_by_itself_after_an_interruption(job: Job, step: str, number: signal.Signals) -> None:
    process = subprocess.Popen(
        job.arguments("--expect", EXPECTED), env=job.environment(PLAN, HANGING=step), stderr=subprocess.PIPE
    )
    hanging = Path(f"{job.commands}.hanging")
    deadline = time.monotonic() + 120
    while not hanging.exists() and time.monotonic() < deadline:
        time.sleep(0.1)
    process.send_signal(number)
    _, errors = process.communicate(timeout=120)
    assert (process.returncode, errors) == (130, b"")
    assert job.called()[-2:] == [step, "interrupted"]
    assert list(job.temporary.iterdir()) == []
