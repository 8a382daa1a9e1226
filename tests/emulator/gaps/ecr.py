"""ECR: the digests of images, the content of layers, and the vulnerabilities that a scan finds."""

import hashlib
from typing import Any

from moto.core.responses import ActionResult
from moto.ecr.exceptions import LayersNotFoundException
from moto.ecr.models import ECRBackend, Image
from moto.ecr.responses import ECRResponse
from moto.s3.models import s3_backends

from tests.emulator.gaps.patching import Method, extra_state, replaces
from tests.emulator.policy_evaluation import policy
from tests.emulator.serving import endpoint

# Where the layers of all registries are, as AWS has a bucket of its own for those of a region.
_LAYERS_ACCOUNT, _LAYERS_BUCKET = "000000000000", "starport-layers"
_READ_BY_ALL = policy(
    {
        "Effect": "Allow",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{_LAYERS_BUCKET}/*",
    }
).encode()


@replaces(Image)
def _create_digest(_original: Method, self: Image) -> None:
    """The digest of an image is that of its manifest, so it is the same in every registry; moto makes one
    from the layers, or at random.

    https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ImageIdentifier.html
    """
    self._image_digest = f"sha256:{hashlib.sha256(self.image_manifest.encode()).hexdigest()}"


@replaces(ECRBackend)
def complete_layer_upload(
    original: Method,
    self: ECRBackend,
    repository_name: str,
    upload_id: str,
    layer_digests: list[str],
    registry_id: str | None = None,
) -> dict[str, Any]:
    """A layer, or an image's configuration, can be downloaded after its upload; moto keeps only its size.

    https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_CompleteLayerUpload.html
    """
    repository = self._get_repository(repository_name, registry_id)
    upload = repository.uploads.get(upload_id)
    content = bytes(upload.layer_parts) if upload else b""
    answer: dict[str, Any] = original(self, repository_name, upload_id, layer_digests, registry_id)
    extra_state(repository, "layers")[answer["layerDigest"]] = content
    return answer


@replaces(ECRResponse)
def get_download_url_for_layer(_original: Method, self: ECRResponse) -> ActionResult:
    """GetDownloadUrlForLayer returns a pre-signed URL of S3, for which no credentials are needed.

    https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_GetDownloadUrlForLayer.html
    """
    name, digest = self._get_param("repositoryName"), self._get_param("layerDigest")
    repository = self.ecr_backend._get_repository(name, self._get_param("registryId"))
    content = extra_state(repository, "layers").get(digest)
    if content is None:
        raise LayersNotFoundException(digest, name, repository.registry_id)
    backend = s3_backends[_LAYERS_ACCOUNT]["aws"]
    if _LAYERS_BUCKET not in backend.buckets:
        backend.create_bucket(_LAYERS_BUCKET, "us-east-1")
        backend.put_bucket_policy(_LAYERS_BUCKET, _READ_BY_ALL)
    backend.put_object(_LAYERS_BUCKET, digest.replace(":", "-"), content)
    url = f"{endpoint()}/{_LAYERS_BUCKET}/{digest.replace(':', '-')}"
    return ActionResult({"downloadUrl": url, "layerDigest": digest})


@replaces(ECRBackend)
def describe_image_scan_findings(
    original: Method, self: ECRBackend, registry_id: str, repository_name: str, image_id: dict[str, Any]
) -> dict[str, Any]:
    """DescribeImageScanFindings counts the vulnerabilities of an image. moto reports one of its own for
    every image; here an image has those that a test has planted.

    https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_DescribeImageScanFindings.html
    """
    answer: dict[str, Any] = original(self, registry_id, repository_name, image_id)
    repository = self._get_repository(repository_name, registry_id)
    image = repository._get_image(image_id.get("imageTag"), image_id.get("imageDigest"))
    counts = dict(extra_state(image, "vulnerabilities"))
    findings = {**answer["imageScanFindings"], "findings": [], "findingSeverityCounts": counts}
    return {**answer, "imageScanFindings": findings}
