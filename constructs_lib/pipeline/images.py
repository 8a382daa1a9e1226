"""The digest of an image, which is the same for the same image in every registry."""

import re

from constructs_lib.pipeline.failures import PipelineError

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


def valid_digest(digest: str) -> str:
    """Return the digest. Raises PipelineError if it is none."""
    if not _DIGEST.fullmatch(digest):
        raise PipelineError(f"the digest is {digest[:80]!r}: must be sha256: and 64 hexadecimal digits")
    return digest


def digest_of(image: str) -> str:
    """Return the digest of an image. Raises PipelineError if the image is named by a tag only."""
    _, _, digest = image.partition("@")
    if not _DIGEST.fullmatch(digest):
        raise PipelineError(
            f"the deployed image is {image}: must be named by its digest, REPOSITORY@sha256:..."
        )
    return digest
