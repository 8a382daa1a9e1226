"""The workflows and the actions of this project, as YAML."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

CHECKOUT = Path(__file__).parents[3]
GITHUB = CHECKOUT / ".github"
WORKFLOWS = sorted((GITHUB / "workflows").glob("*.yml"))
ACTIONS = sorted((GITHUB / "actions").glob("*/action.yml"))
EXPRESSION = re.compile(r"\$\{\{\s*(.*?)\s*\}\}", re.DOTALL)


@dataclass(frozen=True)
class Job:
    """A job of a workflow."""

    workflow: str
    name: str
    content: Mapping[str, Any]

    def __str__(self) -> str:
        return f"{self.workflow}-{self.name}"

    @property
    def is_a_call(self) -> bool:
        """Whether it calls another workflow, whose jobs have limits of their own."""
        return "uses" in self.content


@dataclass(frozen=True)
class Step:
    """A step of a job or of an action."""

    place: str
    content: Mapping[str, Any]

    def __str__(self) -> str:
        return f"{self.place}-{self.content['name']}".replace(" ", "-")


def load(path: Path) -> dict[str, Any]:
    """Return a document; YAML 1.1 reads the key `on` as true."""
    document: dict[Any, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return {"on" if key is True else str(key): value for key, value in document.items()}


def jobs() -> Iterator[Job]:
    """Yield all jobs of all workflows."""
    for path in WORKFLOWS:
        for name, content in load(path)["jobs"].items():
            yield Job(path.stem, name, content)


def steps() -> Iterator[Step]:
    """Yield all steps of all jobs and actions."""
    for job in jobs():
        for content in job.content.get("steps", []):
            yield Step(str(job), content)
    for path in ACTIONS:
        for content in load(path)["runs"]["steps"]:
            yield Step(path.parent.name, content)


def uses() -> Iterator[tuple[str, str]]:
    """Yield the file and the text after `uses:` with its comment, of every line that has one."""
    for path in (*WORKFLOWS, *ACTIONS):
        for line in path.read_text(encoding="utf-8").splitlines():
            if found := re.match(r"\s*(?:- )?uses:\s*(.+)", line):
                yield path.relative_to(GITHUB).as_posix(), found[1]


def texts(value: object) -> Iterator[str]:
    """Yield all strings in a document."""
    if isinstance(value, Mapping):
        for each in value.values():
            yield from texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from texts(each)
    elif isinstance(value, str):
        yield value


def expressions(value: object) -> set[str]:
    """Return all expressions in a document."""
    return {found for text in texts(value) for found in EXPRESSION.findall(text)}
