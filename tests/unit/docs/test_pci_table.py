"""docs/pci-dss.md names only tests and resources that exist."""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from tests.unit.synthesis import Synthesized

CHECKOUT = Path(__file__).parents[3]
TABLES = CHECKOUT / "docs" / "pci-dss.md"
SECTIONS_WITH_TESTS = ("Shown by this stack", "Requirements beyond those controls")

CONTROL = re.compile(r"[A-Z][A-Za-z0-9]*\.[1-9]\d*")
REQUIREMENT = re.compile(r"(?:[1-9]|1[0-2])(?:\.\d+){0,3}")


@dataclass(frozen=True)
class Row:
    """A row of a table, with the section and the headings of the table."""

    section: str
    headings: tuple[str, ...]
    cells: tuple[str, ...]

    def cell(self, heading: str) -> str:
        """The cell under a heading, empty where the table has no such column."""
        return dict(zip(self.headings, self.cells, strict=True)).get(heading, "")

    @property
    def tests(self) -> list[str]:
        """The tests that the row names."""
        return re.findall(r"`([^`]+)`", self.cell("Test"))


def rows(text: str) -> Iterator[Row]:
    """Every row of every table of a Markdown text."""
    section = ""
    headings: tuple[str, ...] = ()
    for line in text.splitlines():
        if line.startswith("#"):
            section = line.lstrip("# ")
        if not line.startswith("|"):
            headings = ()
            continue
        cells = tuple(cell.strip() for cell in line.strip("|").split("|"))
        if not headings:
            headings = cells
        elif set(line) - set("|- "):
            yield Row(section, headings, cells)


ROWS = list(rows(TABLES.read_text(encoding="utf-8")))
CONTROLS = [row.cell("Control") for row in ROWS if row.headings[0] == "Control"]
REQUIREMENTS = [row.cell("Requirement") for row in ROWS if row.headings[0] == "Requirement"]


@cache
def names_of_tests(file: Path) -> frozenset[str]:
    """The names of the tests in a file, as pytest prints them after the file name."""
    if not file.is_file():
        return frozenset()
    body = ast.parse(file.read_text(encoding="utf-8")).body
    functions = {node.name for node in body if isinstance(node, ast.FunctionDef)}
    methods = {
        f"{class_.name}::{node.name}"
        for class_ in body
        if isinstance(class_, ast.ClassDef) and class_.name.startswith("Test")
        for node in class_.body
        if isinstance(node, ast.FunctionDef)
    }
    return frozenset(name for name in functions | methods if name.split("::")[-1].startswith("test_"))


def exists(test: str) -> bool:
    """Whether a test with this id exists: `<file>::<function>` or `<file>::<class>::<function>`."""
    file, _, name = test.partition("::")
    return name in names_of_tests(CHECKOUT / file)


@pytest.mark.parametrize("test", sorted({test for row in ROWS for test in row.tests}))
def test_every_named_test_exists(test: str) -> None:
    assert exists(test)


@pytest.mark.parametrize(
    "row",
    [row for row in ROWS if row.section in SECTIONS_WITH_TESTS],
    ids=lambda row: f"{row.headings[0]} {row.cells[0]}",
)
def test_every_row_that_claims_evidence_names_a_test(row: Row) -> None:
    assert row.tests


def test_every_named_resource_type_is_in_prod_or_a_stack_of_the_account(
    prod: Synthesized, state: Synthesized, images: Synthesized
) -> None:
    named = {type_ for row in ROWS for type_ in re.findall(r"`(aws_\w+)`", " ".join(row.cells))}
    assert named
    existing = {type_ for stack in (prod, state, images) for type_ in stack.document["resource"]}
    assert named <= existing


def test_every_control_id_is_well_formed() -> None:
    assert len(CONTROLS) > 50
    assert not [control for control in CONTROLS if not CONTROL.fullmatch(control)]


def test_no_control_is_listed_twice() -> None:
    assert not [control for control, count in Counter(CONTROLS).items() if count > 1]


def test_every_requirement_is_well_formed() -> None:
    cells = [row.cell("Requirement") for row in ROWS]
    assert not [
        cell for cell in cells if cell != "—" and not all(map(REQUIREMENT.fullmatch, cell.split(", ")))
    ]


def test_no_requirement_is_listed_twice() -> None:
    assert not [requirement for requirement, count in Counter(REQUIREMENTS).items() if count > 1]


@pytest.mark.parametrize(
    "test",
    [
        "tests/unit/test_gone.py::test_gone",
        "tests/unit/docs/test_pci_table.py",
        "tests/unit/docs/test_pci_table.py::test_gone",
        "tests/unit/docs/test_pci_table.py::exists",
        "tests/policy/test_policy.py::test_exceptions_toml_is_valid",
        "tests/policy/test_policy.py::TestVerdict::test_exceptions_toml_is_valid",
    ],
)
def test_an_id_of_a_missing_test_is_detected(test: str) -> None:
    assert not exists(test)
