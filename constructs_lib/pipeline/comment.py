"""One comment in a pull request, renewed by each run."""

from constructs_lib.pipeline.failures import PipelineError
from constructs_lib.pipeline.github import BODY_LIMIT, GitHub, marker_of, written_by_a_workflow


def renew(github: GitHub, number: int, name: str, text: str) -> str:
    """Write the text to the comment of this name, created if it does not exist; return what was done.

    Raises PipelineError if GitHub would refuse the text, instead of leaving the old one unnoticed.
    """
    marker = marker_of(name)
    body = f"{marker}\n{text}"
    if not text.strip():
        raise PipelineError("the comment is empty: must be the review's Markdown")
    if len(body) > BODY_LIMIT:
        raise PipelineError(f"the comment has {len(body)} characters: must be at most {BODY_LIMIT}")
    comments = github.all(f"issues/{number}/comments")
    own = [each for each in comments if written_by_a_workflow(each, marker)]
    if not own:
        github.post(f"issues/{number}/comments", body=body)
        return "comment created"
    github.patch(f"issues/comments/{own[0]['id']}", body=body)
    # Two runs at once can each have created one.
    for each in own[1:]:
        github.delete(f"issues/comments/{each['id']}")
    return "comment renewed"
