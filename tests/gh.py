"""A stand-in for the `gh` command: `gh api` on a repository that is kept in a file.

It answers as GitHub's REST API documents: pages of at most 100, bodies of at most 65,536 characters, issues
that include pull requests, and `gh`'s own exit codes and messages. Started as a program, by its path.
"""

import json
import os
import re
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import parse_qs, urlsplit

BOT = "github-actions[bot]"
MAX_BODY = 65_536
_DEFAULT_PAGE, _MAX_PAGE = 30, 100

State = dict[str, Any]
REPOSITORY = "example/payments"


def repository(folder: Path, *, pull_requests: Mapping[int, str] = MappingProxyType({})) -> dict[str, str]:
    """Create a repository with pull requests in these states; return the variables of a job in it."""
    (folder / "bin").mkdir(parents=True)
    program = folder / "bin" / "gh"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -P "{__file__}" "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    pulls = [{"number": number, "state": state, "labels": []} for number, state in pull_requests.items()]
    state = {"repository": REPOSITORY, "issues": [], "comments": [], "pulls": pulls}
    (folder / "state.json").write_text(json.dumps(state), encoding="utf-8")
    return {
        "FAKE_GITHUB": str(folder),
        "GH_TOKEN": "a token",
        "GITHUB_REPOSITORY": REPOSITORY,
        "PATH": os.pathsep.join([str(folder / "bin"), os.environ["PATH"]]),
    }


class Refused(Exception):  # noqa: N818 - an answer of the API
    """An answer with a status that is an error."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


def issues(state: State, query: dict[str, str], _fields: State) -> object:
    """List issues and pull requests, open ones by default, the newest first."""
    wanted = query.get("state", "open")
    found = [each for each in state["issues"] if wanted in ("all", each["state"])]
    return _page(sorted(found, key=lambda each: -each["number"]), query)


def create_issue(state: State, _query: dict[str, str], fields: State) -> object:
    """Create an issue as the workflow's user."""
    number = 1 + max((each["number"] for each in state["issues"]), default=0)
    issue = {"number": number, "state": "open", "user": {"login": BOT}, **_checked(fields, {"title", "body"})}
    state["issues"].append(issue)
    return issue


def change_issue(state: State, _query: dict[str, str], fields: State, number: str) -> object:
    """Change an issue."""
    issue = _one(state["issues"], "number", number)
    issue.update(_checked(fields, {"title", "body", "state", "state_reason"}))
    return issue


def comments(state: State, query: dict[str, str], _fields: State, number: str) -> object:
    """List the comments of an issue or a pull request, the oldest first."""
    _one(state["issues"], "number", number)
    return _page([each for each in state["comments"] if each["issue"] == int(number)], query)


def create_comment(state: State, _query: dict[str, str], fields: State, number: str) -> object:
    """Write a comment as the workflow's user."""
    _one(state["issues"], "number", number)
    last = max((each["id"] for each in state["comments"]), default=0)
    comment = {"id": last + 1, "issue": int(number), "user": {"login": BOT}, **_checked(fields, {"body"})}
    state["comments"].append(comment)
    return comment


def change_comment(state: State, _query: dict[str, str], fields: State, id_: str) -> object:
    """Change a comment."""
    comment = _one(state["comments"], "id", id_)
    comment.update(_checked(fields, {"body"}))
    return comment


def delete_comment(state: State, _query: dict[str, str], _fields: State, id_: str) -> None:
    """Delete a comment; the answer has no content."""
    state["comments"].remove(_one(state["comments"], "id", id_))


def pull_request(state: State, _query: dict[str, str], _fields: State, number: str) -> object:
    """Return a pull request; an issue of that number is none."""
    return _one(state["pulls"], "number", number)


ROUTES: list[tuple[str, str, Callable[..., object]]] = [
    ("GET", "issues", issues),
    ("POST", "issues", create_issue),
    ("PATCH", r"issues/(\d+)", change_issue),
    ("GET", r"issues/(\d+)/comments", comments),
    ("POST", r"issues/(\d+)/comments", create_comment),
    ("PATCH", r"issues/comments/(\d+)", change_comment),
    ("DELETE", r"issues/comments/(\d+)", delete_comment),
    ("GET", r"pulls/(\d+)", pull_request),
]


def _one(objects: list[State], key: str, value: str) -> State:
    for each in objects:
        if each[key] == int(value):
            return each
    raise Refused(404, "Not Found")


def _page(objects: list[State], query: dict[str, str]) -> list[State]:
    size = min(int(query.get("per_page", _DEFAULT_PAGE)), _MAX_PAGE)
    start = (int(query.get("page", 1)) - 1) * size
    return objects[start : start + size]


def _checked(fields: State, known: set[str]) -> State:
    if not fields.keys() <= known:
        raise Refused(422, f"Invalid request. {sorted(fields.keys() - known)} are not permitted keys.")
    if len(fields.get("body", "")) > MAX_BODY:
        raise Refused(422, f"Validation Failed: body is too long (maximum is {MAX_BODY} characters)")
    return fields


def main(arguments: list[str]) -> int:
    """Answer one call; the state and the log are in the folder of FAKE_GITHUB."""
    folder = Path(os.environ["FAKE_GITHUB"])
    if not os.environ.get("GH_TOKEN"):
        print("To use GitHub CLI in a GitHub Actions workflow, set the GH_TOKEN variable.", file=sys.stderr)
        return 4
    api, option, method, target, *rest = arguments
    assert (api, option) == ("api", "--method")
    fields = json.load(sys.stdin) if rest == ["--input", "-"] else {}
    with (folder / "calls").open("a", encoding="utf-8") as log:
        log.write(f"{method} {target}\n")
    file = folder / "state.json"
    state = json.loads(file.read_text(encoding="utf-8"))
    address = urlsplit(target)
    query = {name: values[0] for name, values in parse_qs(address.query).items()}
    try:
        if os.environ.get("FAKE_GITHUB_FAILS"):
            raise Refused(502, "Server Error")
        answer = _answer(state, method, address.path, query, fields)
    except Refused as refused:
        print(json.dumps({"message": str(refused), "status": str(refused.status)}))
        print(f"gh: {refused} (HTTP {refused.status})", file=sys.stderr)
        return 1
    file.write_text(json.dumps(state), encoding="utf-8")
    if answer is not None:
        print(json.dumps(answer))
    return 0


def _answer(state: State, method: str, path: str, query: dict[str, str], fields: State) -> object:
    prefix = f"repos/{state['repository']}/"
    for of, pattern, route in ROUTES:
        found = re.fullmatch(pattern, path.removeprefix(prefix)) if path.startswith(prefix) else None
        if of == method and found:
            return route(state, query, fields, *found.groups())
    raise Refused(404, "Not Found")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
