"""One open issue for each deployment that has drifted."""

import pytest

from tests.gh import MAX_BODY
from tests.unit.pipeline.job import Job

_DRIFTED = "payment-api-staging has drifted\nupdate aws_thing.main: on false -> true\n"
_CLEAN = "payment-api-staging has not drifted\n"


def drift(job: Job, report: str, code: int) -> int:
    """Run the step with a drift command that answers this."""
    job.script("drift", report, code)
    return job.run("drift")


def open_issues(job: Job) -> list[str]:
    """The titles of the open issues that are no pull requests."""
    return [
        each["title"]
        for each in job.state["issues"]
        if each["state"] == "open" and "pull_request" not in each
    ]


def test_drift_opens_an_issue_with_the_differences_and_the_run(job: Job) -> None:
    assert drift(job, _DRIFTED, 2) == 0
    assert open_issues(job) == ["payment-api-staging has drifted"]
    body = job.state["issues"][0]["body"]
    assert f"```text\n{_DRIFTED}```" in body
    assert body.endswith("Found by https://github.com/example/payments/actions/runs/17")


def test_drift_on_the_next_night_renews_the_issue(job: Job) -> None:
    drift(job, _DRIFTED, 2)
    drift(job, _DRIFTED.replace("main", "other"), 2)
    assert open_issues(job) == ["payment-api-staging has drifted"]
    assert "aws_thing.other" in job.state["issues"][0]["body"]
    assert "aws_thing.main" not in job.state["issues"][0]["body"]


def test_a_night_without_drift_closes_the_issue(job: Job) -> None:
    drift(job, _DRIFTED, 2)
    assert drift(job, _CLEAN, 0) == 0
    assert open_issues(job) == []
    assert job.state["issues"][0]["state_reason"] == "completed"


def test_drift_after_it_was_closed_opens_a_new_issue(job: Job) -> None:
    for report, code in ((_DRIFTED, 2), (_CLEAN, 0), (_DRIFTED, 2)):
        drift(job, report, code)
    assert [each["state"] for each in job.state["issues"]] == ["closed", "open"]


def test_without_drift_and_without_an_issue_nothing_is_written(job: Job) -> None:
    assert drift(job, _CLEAN, 0) == 0
    assert job.state["issues"] == []


def test_a_failed_look_changes_no_issue_and_fails(job: Job, capsys: pytest.CaptureFixture[str]) -> None:
    drift(job, _DRIFTED, 2)
    before = job.state
    assert drift(job, "", 1) == 1
    assert job.state == before
    assert capsys.readouterr().err.startswith("drift could not be determined (exit code 1)")


def test_staging_and_prod_have_an_issue_each(job: Job) -> None:
    drift(job, _DRIFTED, 2)
    job.set(ENVIRONMENT_SUFFIX="prod")
    drift(job, _DRIFTED, 2)
    drift(job, _CLEAN, 0)
    assert open_issues(job) == ["payment-api-staging has drifted"]


@pytest.mark.parametrize(
    ("author", "kind"), [("somebody", {}), ("github-actions[bot]", {"pull_request": {}})]
)
def test_an_issue_that_no_workflow_wrote_is_left_alone(
    job: Job, author: str, kind: dict[str, object]
) -> None:
    drift(job, _DRIFTED, 2)
    copied = job.state["issues"][0] | {"number": 2, "user": {"login": author}} | kind
    job.add("issues", **copied)
    drift(job, _CLEAN, 0)
    assert [each["state"] for each in job.state["issues"]] == ["closed", "open"]


def test_the_issue_is_found_behind_a_page_of_others(job: Job) -> None:
    drift(job, _DRIFTED, 2)
    for number in range(2, 140):
        job.add_pull_request(number, "open")
    drift(job, _DRIFTED, 2)
    drift(job, _CLEAN, 0)
    assert open_issues(job) == []


def test_nothing_in_the_report_ends_the_block_of_code(job: Job) -> None:
    report = 'x has drifted\nupdate a.b: name "a" -> "```\n@everybody ![x](https://example.net)"\n'
    drift(job, report, 2)
    assert f"\n\n````text\n{report}````\n\n" in job.state["issues"][0]["body"]


def test_a_long_report_is_shortened_to_what_an_issue_holds(job: Job) -> None:
    report = "x has drifted\n" + "create aws_thing.main\n" * 10_000
    assert drift(job, report, 2) == 0
    body = job.state["issues"][0]["body"]
    assert len(body) <= MAX_BODY
    kept = body.count("create aws_thing.main\n")
    assert f"... and {10_000 - kept} more lines in the log of the run" in body


def test_the_report_is_in_the_log_of_the_run(job: Job, capsys: pytest.CaptureFixture[str]) -> None:
    drift(job, _DRIFTED, 2)
    assert capsys.readouterr().out == f"{_DRIFTED}issue opened\n"
