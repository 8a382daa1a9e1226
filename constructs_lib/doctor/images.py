"""The container image: whether it is in ECR, for which platforms, and what its scan found."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.request import urlopen

from constructs_lib.doctor.examination import Check, Examination
from constructs_lib.doctor.findings import Finding, UnknownError
from constructs_lib.settings.texts import ecr_repository

_MISSING = ("RepositoryNotFoundException", "ImageNotFoundException")
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
    answer = examined.aws.find("ecr", "batch_get_image", missing=_MISSING, **_ids(where), **_ACCEPTED)
    if answer is None or not answer["images"]:
        yield Finding(f"the image {image} does not exist", f"docker push {image}")
        return
    needed = _architecture(examined)
    manifest = json.loads(answer["images"][0]["imageManifest"])
    if needed not in (found := _platforms(examined, where, manifest)):
        yield Finding(
            f"the image {image} is for {', '.join(sorted(found))}, the tasks run on linux/{needed}",
            f"docker buildx build --platform linux/{needed} --push, and set PAYMENT_API_SERVICE__IMAGE to it",
        )


def _scan(examined: Examination) -> Iterator[Finding]:
    """Find what the scan of the image found."""
    image = examined.settings.service.image
    where = _in_ecr(image)
    if where is None:
        return
    command = f"aws ecr {{}} --repository-name {where['repositoryName']} --image-id {_shorthand(where)}"
    answer = examined.aws.find("ecr", "describe_images", missing=_MISSING, **_ids(where))
    if answer is None:
        return  # reported by _image
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


_ACCEPTED: dict[str, Any] = {"acceptedMediaTypes": _MEDIA_TYPES}


def _in_ecr(image: str) -> dict[str, Any] | None:
    """The repository and the ID of an image as ECR's arguments; None if it is in another registry."""
    repository = ecr_repository(image)
    if repository is None:
        return None
    name, _, digest = image.partition("@")
    id_ = {"imageDigest": digest} if digest else {"imageTag": name.rpartition(":")[2]}
    return {"registryId": repository.account_id, "repositoryName": repository.name, "imageId": id_}


def _ids(where: dict[str, Any]) -> dict[str, Any]:
    return {**{key: where[key] for key in ("registryId", "repositoryName")}, "imageIds": [where["imageId"]]}


def _shorthand(where: dict[str, Any]) -> str:
    return ",".join(f"{key}={value}" for key, value in where["imageId"].items())


def _architecture(examined: Examination) -> str:
    (task,) = (
        each
        for each in examined.resources("aws_ecs_task_definition").values()
        if each["family"] == examined.settings.name_prefix
    )
    return _ARCHITECTURES[task["runtime_platform"]["cpu_architecture"]]


def _platforms(examined: Examination, where: dict[str, Any], manifest: dict[str, Any]) -> set[str]:
    """The architectures of an image; if it is for one platform only, they are in its configuration."""
    if "manifests" in manifest:
        platforms = [each.get("platform", {}) for each in manifest["manifests"]]
        return {each["architecture"] for each in platforms if each.get("os") == "linux"}
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
