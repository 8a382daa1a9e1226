"""The README is short enough to be read, and names every script."""

import tomllib

from tests.unit.docs.pages import CHECKOUT, code

README = (CHECKOUT / "README.md").read_text(encoding="utf-8")


def test_it_has_at_most_150_lines() -> None:
    assert len(README.splitlines()) <= 150


def test_it_lists_every_script_of_the_pipfile() -> None:
    scripts = tomllib.loads((CHECKOUT / "Pipfile").read_text(encoding="utf-8"))["scripts"]
    assert {f"pipenv run {script}" for script in scripts} <= set(code(README))
