"""The review as Markdown."""

import pytest
from markdown_it import MarkdownIt

from constructs_lib.review.findings import TITLES, Kind
from constructs_lib.review.markdown import MAX_LENGTH, escaped, markdown
from constructs_lib.review.report import Group, Review
from tests.unit.review.plans import destruction, first_apply, reviewed
from tests.unit.synthesis import Synthesized


def review(**groups: list[Group]) -> Review:
    """A review with these groups by the name of their kind."""
    sections = {kind: groups[kind.name] for kind in TITLES if kind.name in groups}
    return Review(sections=sections, counts={}, fingerprint="f" * 64)


def group(text: str, *addresses: str) -> Group:
    """A group of findings."""
    return Group(text, addresses, complete=False)


def test_all_findings_of_a_large_plan_fit(every: Synthesized) -> None:
    for document in (first_apply(every), destruction(every)):
        found = reviewed(document)
        text = markdown("payment-api", found)
        assert len(text) <= MAX_LENGTH
        assert "do not fit" not in text
        for groups in found.sections.values():
            assert all(escaped(each.text) in text for each in groups)


def test_the_gravest_come_first_and_the_least_important_are_folded() -> None:
    found = review(ROUTINE=[group("routine")], DATA=[group("data")], COST=[group("cost")])
    text = markdown("x", found)
    assert text.index("data") < text.index("cost") < text.index("routine")
    assert text.index("data") < text.index("<details>") < text.index("cost")
    assert text.count("<details>") == text.count("</details>") == 2


@pytest.mark.parametrize("count", [2_000, 20_000])
def test_what_does_not_fit_is_cut_from_the_end_and_counted(count: int) -> None:
    least = [group(f"routine {number} {'x' * 50}") for number in range(count)]
    text = markdown("x", review(DATA=[group("data")], ROUTINE=least))
    kept = text.count("- routine ")
    assert MAX_LENGTH - 200 < len(text) <= MAX_LENGTH
    assert f"**{count - kept} more lines do not fit in a comment" in text
    assert "- data\n" in text
    assert text.count("<details>") == text.count("</details>")
    assert text.endswith(f"`fingerprint: {'f' * 64}`\n")


def test_a_text_without_room_for_any_line_is_short_all_the_same() -> None:
    text = markdown("x", review(DATA=[group("y" * 2 * MAX_LENGTH)]))
    assert len(text) <= MAX_LENGTH
    assert "**1 more lines do not fit" in text


@pytest.mark.parametrize(
    "odd", ["<script>", "&amp;", "a_b_c", "`x`", "[a](b)", "*a*", "| a |", "# a", "~~a~~"]
)
def test_text_has_no_meaning_in_markdown_or_html(odd: str) -> None:
    rendered = MarkdownIt("gfm-like", {"linkify": False}).render(escaped(f"x {odd}"))
    plain = rendered.removeprefix("<p>").removesuffix("</p>\n")
    assert "<" not in plain
    assert plain.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&") == f"x {odd}"


def test_kinds_are_complete() -> None:
    assert list(TITLES) == sorted(Kind)
