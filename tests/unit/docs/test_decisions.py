"""Every decision has its context, its alternatives and its consequences, and is in the list."""

from pathlib import Path

import pytest

from tests.unit.docs.pages import CHECKOUT, headings, links, name

FOLDER = CHECKOUT / "docs" / "decisions"
LIST = FOLDER / "README.md"
DECISIONS = [page for page in sorted(FOLDER.glob("*.md")) if page != LIST]


@pytest.mark.parametrize("page", DECISIONS, ids=name)
def test_a_decision_has_its_sections(page: Path) -> None:
    sections = [text for tag, text in headings(page.read_text(encoding="utf-8")) if tag == "h2"]
    assert sections == ["Context", "Decision", "Alternatives", "Consequences"]


def test_the_list_has_every_decision() -> None:
    assert sorted(links(LIST.read_text(encoding="utf-8"))) == [page.name for page in DECISIONS]
