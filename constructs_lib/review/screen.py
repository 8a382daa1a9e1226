"""A review as plain text of one screen."""

import textwrap
from collections.abc import Iterator, Mapping

from constructs_lib.review import safe
from constructs_lib.review.findings import TITLES, Kind
from constructs_lib.review.report import Group, Review

_WIDTH = 110
_MOST_GROUPS = 26
_FEWEST_OF_A_KIND = 3
_SHOWN_ADDRESSES = 2

FINGERPRINT = "fingerprint: "


def screen(name: str, review: Review) -> str:
    """Return the text; its last line is the fingerprint."""
    return "\n".join(_lines(name, review))


def headline(name: str, review: Review) -> str:
    """Return what the plan does in one line."""
    if not review.changes and not review.sections:
        return f"{name}: the plan changes nothing"
    changes = "1 resource changes" if review.changes == 1 else f"{review.changes} resources change"
    whether = "this plan" if review.needs_second_pair_of_eyes else "nothing"
    return f"{name}: {changes}, {whether} needs a second pair of eyes"


def group_text(group: Group, *, most: int = _SHOWN_ADDRESSES) -> str:
    """Return the text of a group with the names of its resources, and how many more there are."""
    names = list(dict.fromkeys(safe.label(each) for each in group.addresses))
    if not names or group.complete:
        return group.text
    left = len(names) - most
    shown = ", ".join(names[:most])
    return f"{group.text}: {shown} and {left} more" if left > 0 else f"{group.text}: {shown}"


def count_lines(review: Review) -> Iterator[str]:
    """Yield a line for each capability."""
    for capability, counter in review.counts.items():
        counts = ", ".join(f"{count} {verb}" for verb, count in sorted(counter.items()))
        yield f"{capability}: {counts}"


def _lines(name: str, review: Review) -> Iterator[str]:
    yield headline(name, review)
    limits = _limits(review)
    for kind, groups in review.sections.items():
        yield ""
        yield TITLES[kind]
        for group in groups[: limits[kind]]:
            yield from textwrap.wrap(
                group_text(group),
                _WIDTH,
                initial_indent="- ",
                subsequent_indent="  ",
                break_long_words=False,
                break_on_hyphens=False,
            )
        if left := len(groups) - limits[kind]:
            yield f"  and {left} more: --markdown FILE has all of them"
    if review.counts:
        yield ""
        yield "By capability"
        yield from (f"- {line}" for line in count_lines(review))
    yield ""
    yield f"{FINGERPRINT}{review.fingerprint}"


def _limits(review: Review) -> Mapping[Kind, int]:
    """How many groups of each kind fit on one screen; the least grave are cut first."""
    limits = {kind: len(groups) for kind, groups in review.sections.items()}
    for kind in reversed(limits):
        excess = sum(limits.values()) - _MOST_GROUPS
        if excess <= 0:
            break
        limits[kind] = max(min(limits[kind], _FEWEST_OF_A_KIND), limits[kind] - excess)
    return limits
