"""Which preview deployments exist for a reason: an open pull request with the label."""

import re

from constructs_lib.pipeline.github import GitHub, NotFoundError

LABEL = "preview"
PREFIX = "pr-"
_SUFFIX = re.compile(rf"{PREFIX}([1-9][0-9]{{0,8}})")


def number_of(suffix: str) -> int | None:
    """Return the number of the pull request of a preview deployment, or None for another deployment."""
    found = _SUFFIX.fullmatch(suffix)
    return int(found[1]) if found else None


def why_kept(github: GitHub, number: int) -> str | None:
    """Return why the deployment of this pull request must stay, or None if nothing needs it any more."""
    try:
        pull_request = github.get(f"pulls/{number}")
    except NotFoundError:
        return f"there is no pull request {number}, so a person has deployed it"
    labels = {label["name"] for label in pull_request["labels"]}
    if pull_request["state"] == "open" and LABEL in labels:
        return f"pull request {number} is open and has the label {LABEL}"
    return None
