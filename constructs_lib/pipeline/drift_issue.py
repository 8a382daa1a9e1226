"""One open issue for each deployment that has drifted, closed when it has not any more."""

from collections.abc import Iterator
from typing import Any

from constructs_lib.pipeline.github import BODY_LIMIT, GitHub, fenced, marker_of, written_by_a_workflow

_ADVICE = """\
`pipenv run drift` found differences between the deployed resources and the code. The next deployment undoes
them, except those that docs/operations.md lists under "Drift". The first run without differences closes this
issue."""
_MAX_REPORT = BODY_LIMIT - 4_000


def keep(github: GitHub, name: str, report: str, run: str) -> str:
    """Open an issue with the report, or write it to the one that is open; return what was done."""
    body = "\n\n".join([marker_of(name), _ADVICE, fenced(_shortened(report)), f"Found by {run}"])
    issue = next(_open(github, name), None)
    if issue is None:
        github.post("issues", title=f"{name} has drifted", body=body)
        return "issue opened"
    github.patch(f"issues/{issue['number']}", body=body)
    return f"issue {issue['number']} renewed"


def close(github: GitHub, name: str) -> str:
    """Close the issues that are open for this deployment; return what was done."""
    numbers = [issue["number"] for issue in _open(github, name)]
    for number in numbers:
        github.patch(f"issues/{number}", state="closed", state_reason="completed")
    return f"issue {', '.join(map(str, numbers))} closed" if numbers else "no issue is open"


def _open(github: GitHub, name: str) -> Iterator[dict[str, Any]]:
    """Yield the issues; GitHub's list of issues contains the pull requests, too."""
    for each in list(github.all("issues", state="open")):
        if "pull_request" not in each and written_by_a_workflow(each, marker_of(name)):
            yield each


def _shortened(report: str) -> str:
    if len(report) <= _MAX_REPORT:
        return report
    kept = report[:_MAX_REPORT].rpartition("\n")[0] or report[:_MAX_REPORT]
    left = len(report[len(kept) :].strip().splitlines())
    return f"{kept}\n... and {left} more lines in the log of the run"
