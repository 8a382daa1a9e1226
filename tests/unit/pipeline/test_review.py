"""The step that reviews a plan, and hands its fingerprint on."""

import pytest

from constructs_lib.pipeline.failures import PipelineError
from constructs_lib.pipeline.fingerprint import last_line_of
from tests.unit.pipeline.job import Job

_FINGERPRINT = "0123456789abcdef" * 4
_OUTPUT = f"1 alarm goes\nfingerprint: {_FINGERPRINT}\n"


def review(job: Job, output: str, code: int) -> int:
    """Run the step with a review command that answers this."""
    job.script("review", output, code)
    return job.run("review", "--markdown", str(job.folder / "review.md"))


@pytest.mark.parametrize("code", [0, 2])
def test_a_review_hands_its_fingerprint_to_the_next_job(job: Job, code: int) -> None:
    assert review(job, _OUTPUT, code) == 0
    assert job.written("output") == f"fingerprint={_FINGERPRINT}\n"


def test_a_review_is_printed_and_put_into_the_summary(job: Job, capsys: pytest.CaptureFixture[str]) -> None:
    review(job, _OUTPUT, 2)
    assert capsys.readouterr().out == _OUTPUT
    assert job.written("summary") == "# Review\n\n"


def test_a_review_is_asked_for_with_the_file(job: Job) -> None:
    review(job, _OUTPUT, 0)
    assert job.written("scripts") == f"run review --markdown {job.folder}/review.md\n"


@pytest.mark.parametrize("code", [1, 3, 130])
def test_a_failed_review_fails_without_a_fingerprint_and_says_so_in_the_comment(job: Job, code: int) -> None:
    (job.folder / "review.md").write_text("an older review", encoding="utf-8")
    job.script("review", _OUTPUT, code)
    job.program("pipenv", f"exit {code}")
    assert job.run("review", "--markdown", str(job.folder / "review.md")) == 1
    assert job.written("output") == ""
    assert job.written("review.md") == (
        "## payment-api-staging\n\nThe plan could not be reviewed: see "
        "https://github.com/example/payments/actions/runs/17.\n"
    )
    assert job.written("summary").startswith("## payment-api-staging")


def test_a_review_that_wrote_no_file_has_failed(job: Job) -> None:
    job.program("pipenv", f"echo 'fingerprint: {_FINGERPRINT}'")
    assert job.run("review", "--markdown", str(job.folder / "review.md")) == 1
    assert job.written("output") == ""


@pytest.mark.parametrize(
    "output",
    [
        "",
        "fingerprint:",
        "fingerprint: XYZ",
        f"fingerprint: {_FINGERPRINT}\nmore",
        f"fingerprint: {_FINGERPRINT} fingerprint: {_FINGERPRINT}",
    ],
)
def test_output_that_does_not_end_with_a_fingerprint_is_refused(output: str) -> None:
    with pytest.raises(PipelineError, match="no fingerprint: must be"):
        last_line_of(output)


def test_pipenv_that_is_missing_is_named(job: Job, capsys: pytest.CaptureFixture[str]) -> None:
    job.set(PATH=str(job.folder))
    assert job.run("review", "--markdown", str(job.folder / "review.md")) == 1
    assert capsys.readouterr().err.startswith("pipenv is not on the path")


def test_a_step_by_hand_needs_no_runner(job: Job) -> None:
    job.unset("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY", "GITHUB_RUN_ID")
    assert review(job, _OUTPUT, 0) == 0


def test_an_output_of_two_lines_is_refused(job: Job) -> None:
    from constructs_lib.pipeline.runner import Runner  # noqa: PLC0415

    with pytest.raises(PipelineError, match="must be one line"):
        Runner({"GITHUB_OUTPUT": str(job.folder / "output")}).output(name="a\nother=b")
    assert job.written("output") == ""
