"""docs/pci-dss.md names tests and resources that are there."""

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
SHOWN = ("Shown by this stack", "Requirements beyond those controls")

CONTROL = re.compile(r"[A-Z][A-Za-z0-9]*\.[1-9]\d*")
REQUIREMENT = re.compile(r"(?:[1-9]|1[0-2])(?:\.\d+){0,3}")


@dataclass(frozen=True)
class Row:
    """A row of a table: the section it stands in, its table's headings, its cells."""

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
def names_in(file: Path) -> frozenset[str]:
    """The tests of a file, as pytest names them without the file."""
    if not file.is_file():
        return frozenset()
    body = ast.parse(file.read_text(encoding="utf-8")).body
    functions = {each.name for each in body if isinstance(each, ast.FunctionDef)}
    methods = {
        f"{group.name}::{each.name}"
        for group in body
        if isinstance(group, ast.ClassDef) and group.name.startswith("Test")
        for each in group.body
        if isinstance(each, ast.FunctionDef)
    }
    return frozenset(name for name in functions | methods if name.split("::")[-1].startswith("test_"))


def exists(test: str) -> bool:
    """Whether there is a test of this name: `<file>::<function>` or `<file>::<class>::<function>`."""
    file, _, name = test.partition("::")
    return name in names_in(CHECKOUT / file)


@pytest.mark.parametrize("test", sorted({test for row in ROWS for test in row.tests}))
def test_a_test_that_it_names_exists(test: str) -> None:
    assert exists(test)


@pytest.mark.parametrize(
    "row", [row for row in ROWS if row.section in SHOWN], ids=lambda row: f"{row.headings[0]} {row.cells[0]}"
)
def test_what_is_said_to_be_shown_has_a_test(row: Row) -> None:
    assert row.tests


def test_resources_that_it_names_are_in_prod_or_the_state_stack(
    prod: Synthesized, state: Synthesized
) -> None:
    named = {type_ for row in ROWS for type_ in re.findall(r"`(aws_\w+)`", " ".join(row.cells))}
    assert named
    assert named <= prod.document["resource"].keys() | state.document["resource"].keys()


def test_every_control_id_is_well_formed() -> None:
    assert len(CONTROLS) > 50
    assert not [control for control in CONTROLS if not CONTROL.fullmatch(control)]


def test_no_control_stands_twice() -> None:
    assert not [control for control, count in Counter(CONTROLS).items() if count > 1]


def test_every_requirement_is_well_formed() -> None:
    cells = [row.cell("Requirement") for row in ROWS]
    assert not [
        cell for cell in cells if cell != "—" and not all(map(REQUIREMENT.fullmatch, cell.split(", ")))
    ]


def test_no_requirement_has_two_rows_of_its_own() -> None:
    assert not [requirement for requirement, count in Counter(REQUIREMENTS).items() if count > 1]


@pytest.mark.parametrize(
    "test",
    [
        "tests/unit/test_gone.py::test_gone",
        "tests/unit/docs/test_pci_table.py",
        "tests/unit/docs/test_pci_table.py::test_gone",
        "tests/unit/docs/test_pci_table.py::exists",
        "tests/unit/network/test_vpc.py::test_none_hands_out_public_addresses",
        "tests/unit/network/test_vpc.py::TestVpc::test_none_hands_out_public_addresses",
    ],
)
def test_one_that_does_not_exist_is_found_out(test: str) -> None:
    assert not exists(test)
