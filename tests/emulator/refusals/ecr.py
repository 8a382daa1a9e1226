"""ECR: repositories, their keys and policies, and the tags of images."""

import json
from collections import Counter
from typing import Any

from tests.emulator.calls import Call
from tests.emulator.refusals.policies import missing_principals
from tests.emulator.refusals.resource_policies import allows
from tests.emulator.refusals.rules import RefusedError, moto_refuses, refuses

moto_refuses("ecr", "CreateRepository", code="RepositoryAlreadyExistsException", kind="taken")
moto_refuses("ecr", "DeleteRepository", code="RepositoryNotEmptyException", kind="in use")
moto_refuses("ecr", "SetRepositoryPolicy", code="RepositoryNotFoundException", kind="not there yet")
moto_refuses("ecr", "SetRepositoryPolicy", code="InvalidParameterException", kind="malformed")
moto_refuses("ecr", "PutLifecyclePolicy", code="RepositoryNotFoundException", kind="not there yet")
moto_refuses("ecr", "PutLifecyclePolicy", code="InvalidParameterException", kind="malformed")


def _repository(call: Call) -> Any:  # noqa: ANN401 - moto's repository
    return call.backend("ecr").repositories.get(call.parameters.get("repositoryName"))


@refuses("ecr", "CreateRepository", kind="not there yet")
def key_not_usable(call: Call) -> None:
    """The key of a repository must exist, be enabled, and have a policy with which the caller creates grants
    for ECR.

    https://docs.aws.amazon.com/AmazonECR/latest/userguide/encryption-at-rest.html
    """
    arn = (call.parameters.get("encryptionConfiguration") or {}).get("kmsKey")
    if arn is None:
        return
    key = call.backend("kms").keys.get(arn.rpartition("/")[2])
    if key is None or key.key_state != "Enabled":
        raise RefusedError("KmsException", f"The KMS key {arn} does not exist or is not enabled.")
    context = {
        "kms:ViaService": f"ecr.{call.region}.amazonaws.com",
        "kms:CallerAccount": call.account_id,
        "kms:GrantIsForAWSResource": "true",
    }
    root = {f"arn:aws:iam::{call.account_id}:root"}
    if not all(
        allows(key.policy, principals=root, action=action, resource=arn, context=context)
        for action in ("kms:DescribeKey", "kms:CreateGrant")
    ):
        raise RefusedError("KmsException", f"The caller is not allowed to create grants for the key {arn}.")


@refuses("ecr", "SetRepositoryPolicy", kind="malformed")
def principals_of_a_policy(call: Call) -> None:
    """The principals of a repository's policy exist.

    https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-policies.html
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
    """
    try:
        missing = any(missing_principals(call.parameters.get("policyText") or ""))
    except ValueError:
        return
    if _repository(call) and missing:
        raise RefusedError(
            "InvalidParameterException",
            "Invalid parameter at 'PolicyText' failed to satisfy constraint: "
            "'Invalid repository policy provided'",
        )


@refuses("ecr", "PutLifecyclePolicy", kind="malformed")
def priorities_of_rules(call: Call) -> None:
    """Each rule of a lifecycle policy has a priority of its own.

    https://docs.aws.amazon.com/AmazonECR/latest/userguide/lifecycle_policy_parameters.html
    """
    try:
        rules = json.loads(call.parameters["lifecyclePolicyText"])["rules"]
        priorities = Counter(rule["rulePriority"] for rule in rules)
    except (ValueError, TypeError, KeyError):
        return
    if _repository(call) and any(count > 1 for count in priorities.values()):
        raise RefusedError(
            "InvalidParameterException",
            "Invalid parameter at 'LifecyclePolicyText' failed to satisfy constraint: "
            "'Lifecycle policy validation failure: rule priorities must be unique'",
        )


@refuses("ecr", "PutImage", kind="taken")
def tag_is_immutable(call: Call) -> None:
    """In a repository with immutable tags, no push gives the tag of an image to another one.

    https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-tag-mutability.html
    """
    repository, tag = _repository(call), call.parameters.get("imageTag")
    if repository is None or tag is None or not repository.is_tag_immutable():
        return
    manifest = call.parameters["imageManifest"]
    for image in repository.images:
        if tag in image.image_tags and image.image_manifest != manifest:
            raise RefusedError(
                "ImageTagAlreadyExistsException",
                f"The image tag '{tag}' already exists in the '{repository.name}' repository and cannot be "
                "overwritten because the repository is immutable.",
            )
