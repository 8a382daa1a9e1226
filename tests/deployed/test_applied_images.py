"""The stack of the images on the emulator: applied once per account, changed, and never destroyed."""

import hashlib
import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from constructs_lib.settings.names import IMAGES_STACK
from tests.deployed.images import IMAGES, IMAGES_OF_PROD
from tests.deployed.test_changed_settings import planned_actions
from tests.emulator.background import Background
from tests.emulator.deployment import Deployment
from tests.emulator.terraform import Terraform, TerraformError
from tests.setting_changes import CREATE, DELETE, UPDATE

_REPOSITORY = "payment-api"
_READERS = "PAYMENT_API_IMAGES__READER_ACCOUNT_IDS"
_POLICY = "aws_ecr_repository_policy.readers"
_MEDIA_TYPE = "application/vnd.oci.image.manifest.v1+json"


@pytest.fixture(scope="module")
def images(background: Background) -> Deployment:
    return background.result(IMAGES)


@pytest.fixture(scope="module")
def images_of_prod(background: Background) -> Deployment:
    return background.result(IMAGES_OF_PROD)


@pytest.fixture
def repository(images: Deployment) -> dict[str, Any]:
    """The repository as ECR describes it."""
    (found,) = images.account.client("ecr").describe_repositories()["repositories"]
    return dict(found)


def _manifest(version: str) -> str:
    layer = f"sha256:{hashlib.sha256(version.encode()).hexdigest()}"
    return json.dumps({"schemaVersion": 2, "mediaType": _MEDIA_TYPE, "layers": [{"digest": layer}]})


@pytest.fixture
def pushed(images: Deployment) -> Iterator[str]:
    """The digest of an image that was pushed with the tag 1.0.0."""
    ecr = images.account.client("ecr")
    image = ecr.put_image(repositoryName=_REPOSITORY, imageManifest=_manifest("1"), imageTag="1.0.0")
    digest = image["image"]["imageId"]["imageDigest"]
    yield digest
    ecr.batch_delete_image(repositoryName=_REPOSITORY, imageIds=[{"imageDigest": digest}])


def test_a_second_plan_is_empty(images: Deployment) -> None:
    plan = images.images.plan()
    assert plan.empty, plan.text


def test_the_repository_is_immutable_scanned_and_encrypted_with_the_key_of_the_stack(
    images: Deployment, repository: dict[str, Any]
) -> None:
    aliases = images.account.client("kms").list_aliases()["Aliases"]
    (key,) = (each["TargetKeyId"] for each in aliases if each["AliasName"] == "alias/payment-api-images")
    assert repository["repositoryName"] == _REPOSITORY
    assert repository["imageTagMutability"] == "IMMUTABLE"
    assert repository["imageScanningConfiguration"] == {"scanOnPush": True}
    assert repository["encryptionConfiguration"]["encryptionType"] == "KMS"
    assert repository["encryptionConfiguration"]["kmsKey"].endswith(f":key/{key}")


def test_the_outputs_name_the_repository(images: Deployment, repository: dict[str, Any]) -> None:
    assert images.images.outputs() == {
        "repository_url": repository["repositoryUri"],
        "repository_arn": repository["repositoryArn"],
    }


def test_its_state_is_in_the_bucket_of_the_state_stack(images: Deployment) -> None:
    bucket = images.state.outputs()["state_bucket"]
    listed = images.account.client("s3").list_objects_v2(Bucket=bucket)["Contents"]
    assert [each["Key"] for each in listed] == ["payment-api/images/terraform.tfstate"]


def test_terraform_refuses_to_destroy_the_stack_and_deletes_nothing(images: Deployment) -> None:
    before = images.images.addresses()
    with pytest.raises(TerraformError, match="Instance cannot be destroyed"):
        images.images.destroy()
    assert images.images.addresses() == before


def test_a_plan_in_a_named_workspace_is_refused(images: Deployment, tmp_path: Path) -> None:
    environment = {**images.environment, "TF_WORKSPACE": "ci"}
    terraform = Terraform(images.stacks[IMAGES_STACK], tmp_path / "stack", environment=environment)
    # A state of its own: the backend creates one for the workspace before Terraform evaluates the condition.
    terraform.init(key="another")
    with pytest.raises(TerraformError, match="The stack must be in the Terraform workspace default"):
        terraform.plan()


def _changed(images: Deployment, name: str, readers: str) -> Terraform:
    return images.with_settings(name, {_READERS: readers}, stack=IMAGES_STACK)


def test_another_reader_changes_only_the_policy_in_place(images: Deployment) -> None:
    plan = _changed(images, "another", '["012345678901"]').plan(refresh=False)
    assert planned_actions(plan) == {_POLICY: UPDATE}


def test_without_readers_the_policy_is_deleted_and_with_one_it_is_created(images: Deployment) -> None:
    none = _changed(images, "none", "[]")
    assert planned_actions(none.plan(refresh=False)) == {_POLICY: DELETE}
    none.apply()
    ecr = images.account.client("ecr")
    with pytest.raises(ecr.exceptions.RepositoryPolicyNotFoundException):
        ecr.get_repository_policy(repositoryName=_REPOSITORY)

    assert planned_actions(images.images.plan(refresh=False)) == {_POLICY: CREATE}
    images.images.apply()
    policy = json.loads(ecr.get_repository_policy(repositoryName=_REPOSITORY)["policyText"])
    assert policy["Statement"][0]["Principal"]["AWS"] == [
        "arn:aws:iam::012345678901:root",
        "arn:aws:iam::999999999999:root",
    ]


def test_a_tag_is_not_given_to_another_image(images: Deployment, pushed: str) -> None:
    ecr = images.account.client("ecr")
    with pytest.raises(ecr.exceptions.ImageTagAlreadyExistsException):
        ecr.put_image(repositoryName=_REPOSITORY, imageManifest=_manifest("2"), imageTag="1.0.0")
    (found,) = ecr.describe_images(repositoryName=_REPOSITORY)["imageDetails"]
    assert (found["imageDigest"], found["imageTags"]) == (pushed, ["1.0.0"])


def test_ecr_refuses_to_delete_the_repository_while_it_has_images(images: Deployment, pushed: str) -> None:
    ecr = images.account.client("ecr")
    with pytest.raises(ecr.exceptions.RepositoryNotEmptyException):
        ecr.delete_repository(repositoryName=_REPOSITORY)
    assert [each["imageDigest"] for each in ecr.list_images(repositoryName=_REPOSITORY)["imageIds"]] == [
        pushed
    ]


def test_an_image_has_the_same_digest_in_the_repository_of_another_account(
    images: Deployment, images_of_prod: Deployment, pushed: str
) -> None:
    """Pulled from one repository and pushed to the other, as docs/operations.md says."""
    pull = partial(images.account.client("ecr").batch_get_image, repositoryName=_REPOSITORY)
    (pulled,) = pull(imageIds=[{"imageDigest": pushed}])["images"]
    target = images_of_prod.account.client("ecr")
    target.put_image(repositoryName=_REPOSITORY, imageManifest=pulled["imageManifest"], imageTag="1.0.0")

    (found,) = target.describe_images(repositoryName=_REPOSITORY, imageIds=[{"imageTag": "1.0.0"}])[
        "imageDetails"
    ]
    assert found["imageDigest"] == pushed
    target.batch_delete_image(repositoryName=_REPOSITORY, imageIds=[{"imageDigest": pushed}])
