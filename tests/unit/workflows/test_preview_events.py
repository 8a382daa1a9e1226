"""Which events of a pull request deploy or destroy its preview, as the conditions of the jobs say."""

import json
import re
from typing import Any

import pytest

from tests.unit.workflows.files import GITHUB, load

_OURS, _FORK = "example/payments", "somebody/payments"
_NAME = re.compile(r"github(?:\.[\w*]+)+")


def event(
    action: str, *labels: str, label: str | None = None, state: str = "open", repository: str = _OURS
) -> dict[str, Any]:
    """The context `github` of an event; `label` is the one that was added or removed."""
    return {
        "repository": _OURS,
        "event": {
            "action": action,
            "label": {"name": label},
            "pull_request": {
                "state": state,
                "labels": [{"name": each} for each in labels],
                "head": {"repo": {"full_name": repository}},
            },
        },
    }


def holds(condition: str, github: dict[str, Any]) -> bool:
    """Evaluate a condition, whose operators have Python's precedence."""

    def value(name: str) -> object:
        found: Any = {"github": github}
        for part in name.split("."):
            if isinstance(found, list):
                found = found if part == "*" else [each[part] for each in found]
            else:
                found = found[part]
        return found

    python = condition.replace("&&", " and ").replace("||", " or ").replace("\n", " ")
    python = _NAME.sub(lambda name: f"value({name[0]!r})", python)
    functions = {"value": value, "contains": lambda items, item: item in items, "fromJSON": json.loads}
    return bool(eval(f"({python})", {"__builtins__": {}}, functions))  # noqa: S307 - of our own workflow


def jobs_of(github: dict[str, Any]) -> list[str]:
    """The jobs that run for an event of a type that the workflow is started by."""
    workflow = load(GITHUB / "workflows" / "preview.yml")
    if github["event"]["action"] not in workflow["on"]["pull_request"]["types"]:
        return []
    return [name for name, job in workflow["jobs"].items() if holds(job["if"], github)]


@pytest.mark.parametrize(
    "github",
    [
        event("labeled", "preview", label="preview"),
        event("labeled", "bug", "preview", label="preview"),
        event("synchronize", "preview"),
        event("reopened", "bug", "preview"),
    ],
)
def test_the_label_and_each_new_commit_deploy(github: dict[str, Any]) -> None:
    assert jobs_of(github) == ["deploy"]


@pytest.mark.parametrize(
    "github",
    [event("closed", "preview", state="closed"), event("unlabeled", label="preview")],
)
def test_the_end_of_the_pull_request_and_of_the_label_destroys(github: dict[str, Any]) -> None:
    assert jobs_of(github) == ["destroy"]


@pytest.mark.parametrize(
    "github",
    [
        event("opened", "preview"),  # GitHub also sends `labeled`
        event("synchronize"),
        event("synchronize", "previews"),
        event("reopened", "bug"),
        event("labeled", "preview", "bug", label="bug"),
        event("unlabeled", "preview", label="bug"),
        event("closed", "bug", state="closed"),
        event("labeled", "preview", label="preview", state="closed"),
        event("synchronize", "preview", state="closed"),
    ],
)
def test_other_events_do_nothing(github: dict[str, Any]) -> None:
    assert jobs_of(github) == []


@pytest.mark.parametrize(
    "github",
    [
        event("labeled", "preview", label="preview", repository=_FORK),
        event("synchronize", "preview", repository=_FORK),
        event("closed", "preview", state="closed", repository=_FORK),
        event("unlabeled", label="preview", repository=_FORK),
    ],
)
def test_a_fork_never_gets_a_preview(github: dict[str, Any]) -> None:
    assert jobs_of(github) == []
