"""The README and the pages of docs/, as a Markdown parser reads them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

CHECKOUT = Path(__file__).parents[3]
PAGES = [CHECKOUT / "README.md", *sorted((CHECKOUT / "docs").rglob("*.md"))]

# Rich, which prints the runs of the emulator, brings markdown-it-py with it.
_PARSER = MarkdownIt("commonmark").enable("table")
_COMMENT = re.compile(r"<!--\s*(.*?)\s*-->", re.DOTALL)


@dataclass(frozen=True)
class Block:
    """A block of code: the page, its line, its language and content, and the comments right above it."""

    page: Path
    line: int
    language: str
    content: str
    comments: tuple[str, ...]

    def __str__(self) -> str:
        return f"{name(self.page)}:{self.line}"


def name(page: Path) -> str:
    """The path of a page inside of the checkout."""
    return page.relative_to(CHECKOUT).as_posix()


def tokens(text: str) -> Iterator[Token]:
    """All tokens, those inside of paragraphs included."""
    for token in _PARSER.parse(text):
        yield token
        yield from token.children or ()


def links(text: str) -> list[str]:
    """The targets of links and images."""
    found = [token.attrGet("href") or token.attrGet("src") for token in tokens(text)]
    return [str(target) for target in found if target]


def code(text: str) -> list[str]:
    """The texts in backticks."""
    return [token.content for token in tokens(text) if token.type == "code_inline"]


def headings(text: str) -> list[tuple[str, str]]:
    """Level, such as h2, and text of each heading."""
    parsed = _PARSER.parse(text)
    return [
        (token.tag, parsed[index + 1].content)
        for index, token in enumerate(parsed)
        if token.type == "heading_open"
    ]


def anchors(text: str) -> set[str]:
    """The anchors that GitHub gives to the headings."""
    return {re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-") for _, text in headings(text)}


def blocks(page: Path) -> Iterator[Block]:
    """The blocks of code of a page."""
    comments: tuple[str, ...] = ()
    for token in _PARSER.parse(page.read_text(encoding="utf-8")):
        if token.type == "html_block":
            comments = (*comments, *_COMMENT.findall(token.content))
            continue
        if token.type == "fence":
            line = token.map[0] + 1 if token.map else 0
            yield Block(page, line, token.info.strip(), token.content, comments)
        comments = ()
