"""The fingerprint that a review prints as its last line."""

import re

from constructs_lib.pipeline.failures import PipelineError

_LINE = re.compile(r"fingerprint: ([0-9a-f]{8,128})")


def last_line_of(output: str) -> str:
    """Return the fingerprint. Raises PipelineError if the last line of the output is none."""
    lines = output.strip().splitlines()
    found = _LINE.fullmatch(lines[-1].strip()) if lines else None
    if found is None:
        raise PipelineError('the last line of the review is no fingerprint: must be "fingerprint: HEX"')
    return found[1]
