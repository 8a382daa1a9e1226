"""The container image: whether it is in ECR, for which platforms, and what its scan found."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.request import urlopen

from constructs_lib.doctor.examination import Check, Examination
from constructs_lib.doctor.findings import Finding, UnknownError
from constructs_lib.settings.texts import ecr_repository

_MEDIA_TYPES = [
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.docker.distribution.manifest.v2+json",
]
# The names of ECS and of image manifests for the same processors.
_ARCHITECTURES = {"X86_64": "amd64", "ARM64": "arm64"}
_GRAVE = ("CRITICAL", "HIGH")
_SCANNED = ("COMPLETE", "ACTIVE")
_SECONDS = 20


def _image(examined: Examination) -> Iterator[Finding]:
    """Find an image that the tasks could not pull, or not start."""
    image = examined.settings.service.image
    where = _in_ecr(image)
    if where is None:
        return
    manifest = _manifest(examined, where)
    if manifest is None:
        yield Finding(f"the image {image} does not exist", f"docker push {image}")
        return
    needed = _architecture(examined)
    if needed not in (found := _platforms(examined, where, manifest)):
        yield Finding(
            f"the image {image} is for {', '.join(sorted(found))}, the tasks run on linux/{needed}",
            f"docker buildx build --platform linux/{needed} --push, and set PAYMENT_API_SERVICE__IMAGE to it",
        )


def _scan(examined: Examination) -> Iterator[Finding]:
    """Find what the scan of the image found; ECR scans the image of each platform, not their index."""
    image = examined.settings.service.image
    where = _in_ecr(image)
    manifest = where and _manifest(examined, where)
    if where is None or manifest is None:
        return  # reported by _image
    if "manifests" in manifest:
        digests = _digests(manifest)
        if _architecture(examined) not in digests:
            return  # reported by _image
        where = {**where, "imageId": {"imageDigest": digests[_architecture(examined)]}}
    command = f"aws ecr {{}} --repository-name {where['repositoryName']} --image-id {_shorthand(where)}"
    scan = examined.aws.find(
        "ecr", "describe_image_scan_findings", missing=("ScanNotFoundException",), **where
    )
    if scan is None:
        yield Finding(f"the image {image} has not been scanned", command.format("start-image-scan"))
        return
    if (status := scan["imageScanStatus"]["status"]) not in _SCANNED:
        raise UnknownError(f"the status of the scan is {status}")
    counts = scan["imageScanFindings"].get("findingSeverityCounts", {})
    if grave := [f"{counts[each]} {each.lower()}" for each in _GRAVE if counts.get(each)]:
        yield Finding(
            f"the scan of the image {image} found {' and '.join(grave)} vulnerabilities",
            f"{command.format('describe-image-scan-findings')} lists them; rebuild the image on packages "
            "without them",
        )


def _manifest(examined: Examination, where: dict[str, Any]) -> dict[str, Any] | None:
    """The manifest of an image, or the index of its platforms; None if there is no such image."""
    answer = examined.aws.find(
        "ecr",
        "batch_get_image",
        missing=("RepositoryNotFoundException",),
        registryId=where["registryId"],
        repositoryName=where["repositoryName"],
        imageIds=[where["imageId"]],
        acceptedMediaTypes=_MEDIA_TYPES,
    )
    if answer is None or not answer["images"]:
        return None
    manifest: dict[str, Any] = json.loads(answer["images"][0]["imageManifest"])
    return manifest


def _in_ecr(image: str) -> dict[str, Any] | None:
    """The repository and the ID of an image as ECR's arguments; None if it is in another registry."""
    repository = ecr_repository(image)
    if repository is None:
        return None
    name, _, digest = image.partition("@")
    id_ = {"imageDigest": digest} if digest else {"imageTag": name.rpartition(":")[2]}
    return {"registryId": repository.account_id, "repositoryName": repository.name, "imageId": id_}


def _shorthand(where: dict[str, Any]) -> str:
    return ",".join(f"{key}={value}" for key, value in where["imageId"].items())


def _architecture(examined: Examination) -> str:
    (task,) = (
        each
        for each in examined.resources("aws_ecs_task_definition").values()
        if each["family"] == examined.settings.name_prefix
    )
    return _ARCHITECTURES[task["runtime_platform"]["cpu_architecture"]]


def _digests(index: dict[str, Any]) -> dict[str, str]:
    """Architecture → digest of the image for it, of those for Linux."""
    return {
        each["platform"]["architecture"]: each["digest"]
        for each in index["manifests"]
        if each.get("platform", {}).get("os") == "linux"
    }


def _platforms(examined: Examination, where: dict[str, Any], manifest: dict[str, Any]) -> set[str]:
    """The architectures of an image; if it is for one platform only, they are in its configuration."""
    if "manifests" in manifest:
        return {*_digests(manifest)}
    layer = examined.aws.get(
        "ecr",
        "get_download_url_for_layer",
        registryId=where["registryId"],
        repositoryName=where["repositoryName"],
        layerDigest=manifest["config"]["digest"],
    )
    try:
        with urlopen(layer["downloadUrl"], timeout=_SECONDS) as answer:  # noqa: S310 - a URL of ECR
            return {str(json.load(answer)["architecture"])}
    except (OSError, ValueError, KeyError) as error:
        raise UnknownError(f"the configuration of the image cannot be read: {error}") from error


CHECKS = (Check("the image", _image), Check("the scan of the image", _scan))
