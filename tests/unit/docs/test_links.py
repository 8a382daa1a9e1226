"""What the README and docs/ refer to exists: pages, their sections, and files of the project."""

from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.unit.docs.pages import CHECKOUT, PAGES, anchors, code, links, name

# Written when the project is used, so not part of a fresh checkout.
WRITTEN_LATER = (".checkov/.venv",)


def broken_links(page: Path, text: str) -> list[str]:
    """The relative links of a page that lead nowhere."""
    broken = []
    for link in links(text):
        parts = urlsplit(link)
        if parts.scheme:
            continue
        target = (page.parent / parts.path).resolve() if parts.path else page
        is_page = target.is_file() and target.suffix == ".md"
        known = anchors(text if target == page else target.read_text("utf-8")) if is_page else set()
        if not target.exists() or (parts.fragment and parts.fragment not in known):
            broken.append(link)
    return broken


def missing_files(text: str) -> list[str]:
    """The texts in backticks that name a file or folder of the project that does not exist."""
    folders = {each.name for each in CHECKOUT.iterdir() if each.is_dir()}
    return [
        each
        for each in code(text)
        if not set(each) & set(" *<")
        and each not in WRITTEN_LATER
        and "/" in each
        and each.split("/")[0] in folders - {"cdktf.out"}
        and not (CHECKOUT / each.partition("::")[0]).exists()
    ]


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_links_lead_somewhere(page: Path) -> None:
    assert broken_links(page, page.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_files_of_the_project_exist(page: Path) -> None:
    assert missing_files(page.read_text(encoding="utf-8")) == []


def test_every_page_is_linked_from_another() -> None:
    linked = {
        (page.parent / urlsplit(link).path).resolve()
        for page in PAGES
        for link in links(page.read_text(encoding="utf-8"))
    }
    assert not {page for page in PAGES if page.name != "README.md"} - linked


@pytest.mark.parametrize(
    "link",
    ["missing.md", "docs/missing.md", "#missing", "docs/operations.md#missing", "docs/pci-dss.md#drift"],
)
def test_a_broken_link_is_reported(link: str) -> None:
    assert broken_links(CHECKOUT / "README.md", f"# Title\n\nSee [there]({link}).\n") == [link]


@pytest.mark.parametrize(
    "link", ["docs/operations.md#drift", "docs", "#a-title-with-code", "https://example.com/missing#there"]
)
def test_a_valid_link_is_not(link: str) -> None:
    assert broken_links(CHECKOUT / "README.md", f"# A title, with `code`\n\nSee [there]({link}).\n") == []


@pytest.mark.parametrize(
    ("path", "missing"),
    [
        ("constructs_lib/missing.py", True),
        ("tests/unit/missing", True),
        ("tests/unit", False),
        ("main.py", False),
        ("/aws/rds/cluster", False),
        ("kms:Decrypt", False),
    ],
)
def test_a_missing_file_is_reported(path: str, missing: bool) -> None:
    assert missing_files(f"It is in `{path}`.") == ([path] if missing else [])
