"""A job of GitHub Actions: its variables, its files, `gh` on its repository, and scripts that tests write."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from constructs_lib.commands.pipeline import main
from constructs_lib.pipeline.github import GitHub
from tests import gh
from tests.variables import inherited


class Job:
    """Runs steps in this process; the programs that they start are stand-ins."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self._patch = monkeypatch
        self._state = folder / "state.json"
        variables = gh.repository(folder)
        (folder / "temporary").mkdir()
        for name in set(os.environ) - inherited().keys():
            monkeypatch.delenv(name)
        self.set(
            **variables,
            GITHUB_SERVER_URL="https://github.com",
            GITHUB_RUN_ID="17",
            GITHUB_OUTPUT=str(folder / "output"),
            GITHUB_ENV=str(folder / "variables"),
            GITHUB_STEP_SUMMARY=str(folder / "summary"),
            ENVIRONMENT_SUFFIX="staging",
            TMPDIR=str(folder / "temporary"),
        )

    def set(self, **variables: str) -> None:
        """Set variables of the job."""
        for name, value in variables.items():
            self._patch.setenv(name, value)

    def unset(self, *names: str) -> None:
        """Unset variables of the job."""
        for name in names:
            self._patch.delenv(name, raising=False)

    def program(self, name: str, script: str) -> None:
        """Put a shell script on the path."""
        program = self.folder / "bin" / name
        program.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        program.chmod(0o755)

    def script(self, name: str, output: str, code: int) -> None:
        """Let `pipenv run NAME` print this and exit with this code; it records its arguments."""
        (self.folder / name).write_text(output, encoding="utf-8")
        self.program(
            "pipenv",
            f'[ "$1 $2" = "run {name}" ] || exit 99\n'
            f'echo "$@" >> "{self.folder}/scripts"\ncat "{self.folder}/{name}"\n'
            f'[ "$3" != --markdown ] || [ {code} = 1 ] || echo "# Review" > "$4"\nexit {code}',
        )

    def run(self, *step: str) -> int:
        """Run a step."""
        return main(step)

    @property
    def github(self) -> GitHub:
        """The repository, as the steps use it."""
        return GitHub(os.environ)

    @property
    def state(self) -> dict[str, Any]:
        """What is in the repository."""
        state: dict[str, Any] = json.loads(self._state.read_text(encoding="utf-8"))
        return state

    def add(self, kind: str, **fields: object) -> None:
        """Add an issue, a comment or a pull request."""
        state = self.state
        state[kind].append(fields)
        self._state.write_text(json.dumps(state), encoding="utf-8")

    def add_pull_request(self, number: int, state: str, *labels: str) -> None:
        """Add a pull request; each also is in the list of issues."""
        self.add("pulls", number=number, state=state, labels=[{"name": label} for label in labels])
        self.add("issues", number=number, state=state, user={"login": "somebody"}, body=None, pull_request={})

    def written(self, name: str) -> str:
        """What was written to a file of the runner, or of the stand-ins."""
        file = self.folder / name
        return file.read_text(encoding="utf-8") if file.exists() else ""
