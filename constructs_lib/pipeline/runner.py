"""What a step tells the steps and jobs after it, and the people who read the run."""

from collections.abc import Mapping
from pathlib import Path

from constructs_lib.pipeline.failures import PipelineError


class Runner:
    """The files of the runner of GitHub Actions; a person who runs a step by hand has none of them."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment

    def output(self, **values: str) -> None:
        """Set outputs of the step."""
        self._set("GITHUB_OUTPUT", values)

    def variable(self, **values: str) -> None:
        """Set variables of the steps that follow."""
        self._set("GITHUB_ENV", values)

    def summary(self, markdown: str) -> None:
        """Add to the summary of the job."""
        self._append("GITHUB_STEP_SUMMARY", f"{markdown}\n")

    @property
    def link(self) -> str:
        """The address of this run, or what it is otherwise."""
        names = ("GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_RUN_ID")
        server, repository, run = (self._environment.get(name) for name in names)
        return (
            f"{server}/{repository}/actions/runs/{run}" if server and repository and run else "a run by hand"
        )

    def _set(self, file: str, values: Mapping[str, str]) -> None:
        for name, value in values.items():
            if not value.isprintable():  # a line break would set a second one
                raise PipelineError(f"{name} has a character that cannot be printed: must be one line")
            self._append(file, f"{name}={value}\n")

    def _append(self, file: str, text: str) -> None:
        if path := self._environment.get(file):
            with Path(path).open("a", encoding="utf-8", newline="\n") as opened:
                opened.write(text)
