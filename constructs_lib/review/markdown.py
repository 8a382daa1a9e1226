"""A review as Markdown, for the comment of a pull request."""

import html
import re
from collections.abc import Iterator
from itertools import accumulate

from constructs_lib.review import safe
from constructs_lib.review.findings import TITLES, Kind
from constructs_lib.review.report import Group, Review
from constructs_lib.review.screen import FINGERPRINT, count_lines, headline

MAX_LENGTH = 65_000
"""GitHub refuses a comment with more than 65,536 characters."""

_FOLDED = (Kind.COST, Kind.ROUTINE)
_SPECIAL = re.compile(r"([\\`*_\[\]#|~$])")


def markdown(name: str, review: Review) -> str:
    """Return the text; what does not fit is left out from the end, and the text says how much."""
    head = f"### {escaped(headline(name, review))}\n"
    foot = f"\n`{FINGERPRINT}{review.fingerprint}`\n"
    blocks = list(_blocks(review))
    room = MAX_LENGTH - len(head) - len(foot) - len(_left_out(len(blocks)))
    fitting = sum(1 for length in accumulate(len(text) for text, _ in blocks) if length <= room)
    left = sum(1 for _, is_line in blocks[fitting:] if is_line)
    body = "".join(text for text, _ in blocks[:fitting])
    if left and body.count("<details>") > body.count("</details>"):
        body += "\n</details>\n"
    return f"{head}{body}{_left_out(left) if left else ''}{foot}"


def escaped(text: str) -> str:
    """Return the text without a meaning in Markdown or HTML."""
    return _SPECIAL.sub(r"\\\1", html.escape(text, quote=False))


def _left_out(count: int) -> str:
    return f"\n**{count} more lines do not fit in a comment: run the review.**\n"


def _blocks(review: Review) -> Iterator[tuple[str, bool]]:
    """The parts of the text in order, and whether each is a line that counts."""
    for kind, groups in review.sections.items():
        folded = kind in _FOLDED
        yield _beginning(TITLES[kind], len(groups), folded=folded), False
        for group in groups:
            yield f"- {_line(group)}\n", True
        if folded:
            yield "\n</details>\n", False
    if review.counts:
        yield _beginning("By capability", len(review.counts), folded=True), False
        for line in count_lines(review):
            yield f"- {escaped(line)}\n", True
        yield "\n</details>\n", False


def _beginning(title: str, count: int, *, folded: bool) -> str:
    if folded:
        return f"\n<details><summary>{escaped(title)} ({count})</summary>\n\n"
    return f"\n#### {escaped(title)}\n\n"


def _line(group: Group) -> str:
    addresses = dict.fromkeys(f"`{safe.address(each)}`" for each in group.addresses)
    return escaped(group.text) + (f": {', '.join(addresses)}" if addresses else "")
