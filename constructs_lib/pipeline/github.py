"""GitHub's REST API of one repository, through the `gh` command that GitHub's runners have."""

import json
import re
import subprocess
from collections.abc import Iterator, Mapping
from typing import Any

from constructs_lib.pipeline.failures import PipelineError

BOT = "github-actions[bot]"
"""The user as which a workflow's own token writes."""

BODY_LIMIT = 65_536
"""The longest text of an issue or a comment, in characters."""

_PER_PAGE = 100
_REPOSITORY = re.compile(r"[\w.-]+/[\w.-]+")
_STATUS = re.compile(r"\(HTTP (\d{3})\)")


class NotFoundError(PipelineError):
    """GitHub has no such object, or the token may not see it."""


class GitHub:
    """Reads and writes the issues, comments and pull requests of a repository."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        repository = environment.get("GITHUB_REPOSITORY", "")
        if not _REPOSITORY.fullmatch(repository):
            raise PipelineError(
                "GITHUB_REPOSITORY is not set: must be OWNER/NAME, as in a job of GitHub Actions"
            )
        if not environment.get("GH_TOKEN"):
            raise PipelineError("GH_TOKEN is not set: must be the token of the job, ${{ github.token }}")
        self.repository = repository
        self._environment = dict(environment)

    def get(self, path: str) -> Any:  # noqa: ANN401 - what the API returns
        """Return an object."""
        return self._call("GET", path)

    def all(self, path: str, **query: str) -> Iterator[dict[str, Any]]:
        """Yield the objects of all pages of a list."""
        page = 0
        while True:
            page += 1
            parameters = query | {"per_page": str(_PER_PAGE), "page": str(page)}
            found = self._call("GET", path + "?" + "&".join(map("=".join, parameters.items())))
            yield from found
            if len(found) < _PER_PAGE:
                return

    def post(self, path: str, **fields: object) -> None:
        """Create an object."""
        self._call("POST", path, fields)

    def patch(self, path: str, **fields: object) -> None:
        """Change fields of an object."""
        self._call("PATCH", path, fields)

    def delete(self, path: str) -> None:
        """Delete an object."""
        self._call("DELETE", path)

    def _call(self, method: str, path: str, fields: Mapping[str, object] | None = None) -> Any:  # noqa: ANN401
        command = ["gh", "api", "--method", method, f"repos/{self.repository}/{path}"]
        if fields is not None:
            command += ["--input", "-"]
        try:
            finished = subprocess.run(  # noqa: S603 - texts of others are only in the standard input
                command,
                env=self._environment,
                input=None if fields is None else json.dumps(fields),
                stdin=subprocess.DEVNULL if fields is None else None,
                capture_output=True,
                encoding="utf-8",
                errors="replace",
                check=False,
            )
        except FileNotFoundError:
            raise PipelineError("gh is not on the path: install GitHub's command line") from None
        if finished.returncode != 0:
            raise _failure(f"{method} {path.partition('?')[0]}", finished.stderr)
        return json.loads(finished.stdout) if finished.stdout.strip() else None


def _failure(call: str, stderr: str) -> PipelineError:
    lines = stderr.strip().splitlines()
    message = f"gh api {call} failed: {lines[-1] if lines else 'without a message'}"
    status = _STATUS.search(message)
    return NotFoundError(message) if status and status[1] == "404" else PipelineError(message)


def written_by_a_workflow(each: Mapping[str, Any], marker: str) -> bool:
    """Return whether a workflow wrote this issue or comment; anybody can copy its marker."""
    author = (each.get("user") or {}).get("login")  # None if the user was deleted
    return author == BOT and str(each.get("body") or "").startswith(marker)


def marker_of(name: str) -> str:
    """Return the first line, which a reader does not see, of what a workflow keeps up to date."""
    return f"<!-- kept by a workflow: {name} -->"


def fenced(text: str) -> str:
    """Return the text as a block of code that nothing in it can end."""
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}text\n{text}\n{fence}"
