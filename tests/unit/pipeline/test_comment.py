"""One comment for each deployment in a pull request, which each run renews."""

import pytest

from tests.gh import BOT, MAX_BODY
from tests.unit.pipeline.job import Job

_NUMBER = "7"


@pytest.fixture(autouse=True)
def _pull_request(job: Job) -> None:
    job.add_pull_request(int(_NUMBER), "open")


def comment(job: Job, text: str) -> int:
    """Write the review as the workflow does."""
    file = job.folder / "review.md"
    file.write_text(text, encoding="utf-8")
    return job.run("comment", "--pull-request", _NUMBER, "--file", str(file))


def bodies(job: Job) -> list[str]:
    """The texts of all comments, without the first line of those that a workflow keeps."""
    return [each["body"].partition("-->\n")[2] or each["body"] for each in job.state["comments"]]


def test_the_first_run_writes_a_comment(job: Job) -> None:
    assert comment(job, "# Review") == 0
    assert bodies(job) == ["# Review"]


def test_the_second_run_renews_the_comment(job: Job) -> None:
    comment(job, "old")
    comment(job, "new")
    assert bodies(job) == ["new"]


def test_the_comment_is_found_on_the_second_page(job: Job) -> None:
    for number in range(130):
        job.add("comments", id=number + 1, issue=7, user={"login": "somebody"}, body="discussion")
    comment(job, "old")
    comment(job, "new")
    assert bodies(job)[130:] == ["new"]


def test_exactly_one_full_page_of_comments_is_read_to_its_end(job: Job) -> None:
    for number in range(100):
        job.add("comments", id=number + 1, issue=7, user={"login": "somebody"}, body="discussion")
    comment(job, "new")
    assert bodies(job)[100:] == ["new"]
    assert [line for line in job.written("calls").splitlines() if "page=2" in line] != []


def test_staging_and_prod_have_a_comment_each(job: Job) -> None:
    comment(job, "of staging")
    job.set(ENVIRONMENT_SUFFIX="prod")
    comment(job, "of prod")
    comment(job, "of prod again")
    assert bodies(job) == ["of staging", "of prod again"]


def test_comments_of_two_runs_at_once_become_one(job: Job) -> None:
    comment(job, "one")
    (first,) = job.state["comments"]
    job.add("comments", **{**first, "id": 99})
    comment(job, "two")
    assert bodies(job) == ["two"]


@pytest.mark.parametrize("user", [{"login": "somebody"}, None])
def test_the_comment_of_somebody_who_copied_the_marker_stays(job: Job, user: object) -> None:
    comment(job, "one")
    (first,) = job.state["comments"]
    job.add("comments", **{**first, "id": 2, "user": user, "body": f"{first['body']} copied"})
    comment(job, "two")
    assert bodies(job) == ["two", "one copied"]


def test_what_looks_like_an_option_or_a_file_is_only_text(job: Job) -> None:
    text = "@/etc/passwd $(id) `id` ${{ github.token }} -f body=x\n\\u0000 é"
    comment(job, text)
    assert bodies(job) == [text]


def test_a_comment_of_the_longest_review_is_accepted(job: Job) -> None:
    assert comment(job, "x" * 65_000) == 0
    assert [len(each) for each in bodies(job)] == [65_000]


def test_a_longer_text_is_refused_before_the_old_comment_changes(
    job: Job, capsys: pytest.CaptureFixture[str]
) -> None:
    comment(job, "old")
    assert comment(job, "x" * MAX_BODY) == 1
    assert capsys.readouterr().err.endswith("characters: must be at most 65536\n")
    assert bodies(job) == ["old"]


def test_an_empty_review_is_refused(job: Job, capsys: pytest.CaptureFixture[str]) -> None:
    assert comment(job, "\n") == 1
    assert "is empty: must be" in capsys.readouterr().err


def test_a_review_that_is_missing_is_refused(job: Job, capsys: pytest.CaptureFixture[str]) -> None:
    assert job.run("comment", "--pull-request", _NUMBER, "--file", "missing.md") == 1
    assert capsys.readouterr().err == "missing.md does not exist: run the step review first\n"


def test_an_error_of_github_is_one_line(job: Job, capsys: pytest.CaptureFixture[str]) -> None:
    job.set(FAKE_GITHUB_FAILS="1")
    assert comment(job, "text") == 1
    assert capsys.readouterr().err == ("gh api GET issues/7/comments failed: gh: Server Error (HTTP 502)\n")


@pytest.mark.parametrize(
    ("variable", "message"),
    [
        ("GH_TOKEN", "GH_TOKEN is not set: must be"),
        ("GITHUB_REPOSITORY", "GITHUB_REPOSITORY is not set: must be OWNER/NAME"),
        ("ENVIRONMENT_SUFFIX", "ENVIRONMENT_SUFFIX is not set: must be"),
    ],
)
def test_a_variable_that_is_missing_is_named(
    job: Job, capsys: pytest.CaptureFixture[str], variable: str, message: str
) -> None:
    job.unset(variable)
    assert comment(job, "text") == 1
    assert capsys.readouterr().err.startswith(message)


def test_gh_that_is_missing_is_named(job: Job, capsys: pytest.CaptureFixture[str]) -> None:
    job.set(PATH=str(job.folder))
    assert comment(job, "text") == 1
    assert capsys.readouterr().err.startswith("gh is not on the path")


def test_the_stand_in_writes_as_the_user_that_is_looked_for(job: Job) -> None:
    comment(job, "text")
    assert job.state["comments"][0]["user"] == {"login": BOT}
