"""ECR: the digests of images, the content of layers, and the vulnerabilities that a scan finds."""

import hashlib
from typing import Any

from moto.core.exceptions import ServiceException
from moto.core.responses import ActionResult
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


class LayersNotFoundException(ServiceException):
    code = "LayersNotFoundException"


def _repository(response: ECRResponse) -> Any:  # noqa: ANN401 - moto's repository
    name, registry = response._get_param("repositoryName"), response._get_param("registryId")
    return response.ecr_backend._get_repository(name, registry)


@replaces(Image)
def _create_digest(_original: Method, self: Image) -> None:
    """The digest of an image is that of its manifest, so it is the same in every registry; moto makes one
    from the layers, or at random.

    https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ImageIdentifier.html
    """
    self._image_digest = f"sha256:{hashlib.sha256(self.image_manifest.encode()).hexdigest()}"


@replaces(ECRResponse)
def complete_layer_upload(original: Method, self: ECRResponse) -> ActionResult:
    """A layer, or an image's configuration, can be downloaded after its upload; moto keeps only its size.

    https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_CompleteLayerUpload.html
    """
    repository = _repository(self)
    upload = repository.uploads.get(self._get_param("uploadId"))
    content = bytes(upload.layer_parts) if upload else b""
    answer: ActionResult = original(self)
    backend = s3_backends[_LAYERS_ACCOUNT]["aws"]
    if _LAYERS_BUCKET not in backend.buckets:
        backend.create_bucket(_LAYERS_BUCKET, "us-east-1")
        backend.put_bucket_policy(_LAYERS_BUCKET, _READ_BY_ALL)
    digest = hashlib.sha256(content).hexdigest()
    backend.put_object(_LAYERS_BUCKET, digest, content)
    extra_state(repository, "layers")[f"sha256:{digest}"] = f"{endpoint()}/{_LAYERS_BUCKET}/{digest}"
    return answer


@replaces(ECRResponse)
def get_download_url_for_layer(_original: Method, self: ECRResponse) -> ActionResult:
    """GetDownloadUrlForLayer returns a pre-signed URL of S3, for which no credentials are needed.

    https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_GetDownloadUrlForLayer.html
    """
    digest = self._get_param("layerDigest")
    url = extra_state(_repository(self), "layers").get(digest)
    if url is None:
        raise LayersNotFoundException(f"The layer {digest} does not exist.")
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
