"""docs/operations.md says what the workflows need to be set up."""

import json
import re

from constructs_lib.settings.loader import load_settings
from tests.unit.docs.pages import CHECKOUT, blocks, code
from tests.unit.workflows.files import WORKFLOWS, expressions, jobs, load

_PAGE = CHECKOUT / "docs" / "operations.md"
_SECTION = _PAGE.read_text(encoding="utf-8").partition("\n## From a pull request to production\n")[2]
_SECTION = _SECTION.partition("\n## ")[0]
_CODE = code(_SECTION)


def test_every_variable_of_the_repository_is_documented_and_used() -> None:
    used = {
        name
        for path in WORKFLOWS
        for expression in expressions(load(path))
        for name in re.findall(r"\bvars\.(\w+)", expression)
    }
    documented = {name for name in _CODE if re.fullmatch(r"(STAGING|PROD|PREVIEW)_[A-Z_]+", name)}
    assert documented == used


def test_every_environment_and_every_workflow_that_starts_by_itself_is_documented() -> None:
    started = {path.stem for path in WORKFLOWS if "workflow_call" not in load(path)["on"]}
    suffixes = {each.content["with"]["suffix"] for each in jobs() if each.is_a_call}
    assert started | suffixes | {"preview"} <= set(_CODE)


def test_the_example_of_the_settings_is_valid() -> None:
    (example,) = (
        block for block in blocks(_PAGE) if block.language == "json" and "payment_api" in block.content
    )
    settings = load_settings({"ENVIRONMENT_SUFFIX": "staging"}, json.loads(example.content))
    assert len(settings.database.secret_reader_arns) == 3
