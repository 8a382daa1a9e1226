"""ECR: the digests of images."""

import hashlib

from moto.ecr.models import Image

from tests.emulator.gaps.patching import Method, replaces


@replaces(Image)
def _create_digest(_original: Method, self: Image) -> None:
    """The digest of an image is that of its manifest, so it is the same in every registry; moto makes one
    from the layers, or at random.

    https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ImageIdentifier.html
    """
    self._image_digest = f"sha256:{hashlib.sha256(self.image_manifest.encode()).hexdigest()}"
