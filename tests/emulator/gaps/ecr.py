"""ECR: the digests of images."""

import hashlib
from typing import Any

from moto.ecr.models import ECRBackend, Image

from tests.emulator.gaps.patching import Method, replaces


@replaces(ECRBackend)
def put_image(
    original: Method,
    self: ECRBackend,
    repository_name: str,
    image_manifest: str,
    image_tag: str,
    image_manifest_mediatype: str | None = None,
    digest: str | None = None,
) -> Image:
    """The digest of an image is that of its manifest, so it is the same in every registry; moto makes one
    from the layers, or at random.

    https://github.com/opencontainers/image-spec/blob/main/descriptor.md#digests
    """
    calculated = f"sha256:{hashlib.sha256(image_manifest.encode()).hexdigest()}"
    arguments: tuple[Any, ...] = (repository_name, image_manifest, image_tag, image_manifest_mediatype)
    image: Image = original(self, *arguments, digest or calculated)
    return image
