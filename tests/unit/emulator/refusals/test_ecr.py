"""ECR refuses what would take an image away or give its tag to another, and policies that it cannot read."""

import hashlib
import json

import pytest

from tests.emulator.account import Account
from tests.unit.emulator.refusals.conftest import Refuses
from tests.unit.emulator.refusals.networks import Client

NAME = "payment-api"
MEDIA_TYPE = "application/vnd.oci.image.manifest.v1+json"


@pytest.fixture
def ecr(account: Account) -> Client:
    return account.client("ecr")


def manifest(version: str) -> str:
    """An image's manifest; every version has another."""
    layer = f"sha256:{hashlib.sha256(version.encode()).hexdigest()}"
    return json.dumps({"schemaVersion": 2, "mediaType": MEDIA_TYPE, "layers": [{"digest": layer}]})


def rule(**changes: object) -> dict[str, object]:
    selection = {
        "tagStatus": "untagged",
        "countType": "sinceImagePushed",
        "countUnit": "days",
        "countNumber": 90,
    }
    return {"rulePriority": 1, "selection": selection, "action": {"type": "expire"}, **changes}


def lifecycle(*rules: object) -> str:
    return json.dumps({"rules": rules})


def policy(principal: object) -> str:
    statement = {"Effect": "Allow", "Principal": principal, "Action": ["ecr:BatchGetImage"]}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


READERS = policy({"AWS": "arn:aws:iam::210987654321:root"})


def test_a_repository_whose_name_is_taken_is_refused(ecr: Client, refused: Refuses) -> None:
    ecr.create_repository(repositoryName=NAME)
    with refused("taken", "RepositoryAlreadyExistsException"):
        ecr.create_repository(repositoryName=NAME)


def test_a_repository_with_images_is_deleted_only_by_force(ecr: Client, refused: Refuses) -> None:
    ecr.create_repository(repositoryName=NAME)
    ecr.put_image(repositoryName=NAME, imageManifest=manifest("1"), imageTag="1.0.0")
    with refused("in use", "RepositoryNotEmptyException"):
        ecr.delete_repository(repositoryName=NAME)
    ecr.delete_repository(repositoryName=NAME, force=True)


def test_an_immutable_tag_is_not_given_to_another_image(ecr: Client, refused: Refuses) -> None:
    ecr.create_repository(repositoryName=NAME, imageTagMutability="IMMUTABLE")
    ecr.put_image(repositoryName=NAME, imageManifest=manifest("1"), imageTag="1.0.0")
    with refused("taken", "ImageTagAlreadyExistsException"):
        ecr.put_image(repositoryName=NAME, imageManifest=manifest("2"), imageTag="1.0.0")
    ecr.put_image(repositoryName=NAME, imageManifest=manifest("2"), imageTag="2.0.0")


def test_a_mutable_tag_moves_to_the_image_that_is_pushed_last(ecr: Client) -> None:
    ecr.create_repository(repositoryName=NAME)
    ecr.put_image(repositoryName=NAME, imageManifest=manifest("1"), imageTag="1.0.0")
    moved = ecr.put_image(repositoryName=NAME, imageManifest=manifest("2"), imageTag="1.0.0")
    (found,) = ecr.describe_images(repositoryName=NAME, imageIds=[{"imageTag": "1.0.0"}])["imageDetails"]
    assert found["imageDigest"] == moved["image"]["imageId"]["imageDigest"]


def test_the_digest_of_an_image_is_that_of_its_manifest(ecr: Client) -> None:
    for name in (NAME, "copies"):
        ecr.create_repository(repositoryName=name)
        pushed = ecr.put_image(repositoryName=name, imageManifest=manifest("1"), imageTag="1.0.0")
        digest = f"sha256:{hashlib.sha256(manifest('1').encode()).hexdigest()}"
        assert pushed["image"]["imageId"]["imageDigest"] == digest


class TestKey:
    def create(self, ecr: Client, arn: str) -> None:
        ecr.create_repository(
            repositoryName=NAME, encryptionConfiguration={"encryptionType": "KMS", "kmsKey": arn}
        )

    def test_a_key_that_does_not_exist_is_refused(self, ecr: Client, refused: Refuses) -> None:
        with refused("not there yet", "KmsException"):
            self.create(ecr, "arn:aws:kms:us-east-1:123456789012:key/absent")

    def test_a_disabled_key_is_refused(self, account: Account, ecr: Client, refused: Refuses) -> None:
        kms = account.client("kms")
        key = kms.create_key()["KeyMetadata"]
        kms.disable_key(KeyId=key["KeyId"])
        with refused("not there yet", "KmsException"):
            self.create(ecr, key["Arn"])
        kms.enable_key(KeyId=key["KeyId"])
        self.create(ecr, key["Arn"])

    def test_a_key_whose_policy_allows_no_grants_is_refused(
        self, account: Account, ecr: Client, refused: Refuses
    ) -> None:
        administration = {
            "Effect": "Allow",
            "Principal": {"AWS": "arn:aws:iam::123456789012:root"},
            "Action": ["kms:PutKeyPolicy", "kms:DescribeKey"],
            "Resource": "*",
        }
        document = json.dumps({"Version": "2012-10-17", "Statement": [administration]})
        key = account.client("kms").create_key(Policy=document)["KeyMetadata"]
        with refused("not there yet", "KmsException"):
            self.create(ecr, key["Arn"])


class TestPolicy:
    @pytest.mark.parametrize(
        "document",
        [
            "policy",
            policy({"AWS": "arn:aws:iam::123456789012:role/absent"}),
            policy({"AWS": "210987"}),
        ],
        ids=["no JSON", "absent role", "no account"],
    )
    def test_a_malformed_policy_is_refused(self, ecr: Client, refused: Refuses, document: str) -> None:
        ecr.create_repository(repositoryName=NAME)
        with refused("malformed", "InvalidParameterException"):
            ecr.set_repository_policy(repositoryName=NAME, policyText=document)
        ecr.set_repository_policy(repositoryName=NAME, policyText=READERS)

    def test_a_policy_needs_a_repository(self, ecr: Client, refused: Refuses) -> None:
        with refused("not there yet", "RepositoryNotFoundException"):
            ecr.set_repository_policy(repositoryName=NAME, policyText=READERS)


class TestLifecycle:
    @pytest.mark.parametrize(
        "document",
        [
            lifecycle(rule(action={"type": "delete everything that is older than this"})),
            lifecycle(rule(), rule()),
        ],
        ids=["unknown action", "equal priorities"],
    )
    def test_a_malformed_policy_is_refused(self, ecr: Client, refused: Refuses, document: str) -> None:
        ecr.create_repository(repositoryName=NAME)
        with refused("malformed", "InvalidParameterException"):
            ecr.put_lifecycle_policy(repositoryName=NAME, lifecyclePolicyText=document)
        ecr.put_lifecycle_policy(
            repositoryName=NAME, lifecyclePolicyText=lifecycle(rule(), rule(rulePriority=2))
        )

    def test_a_policy_needs_a_repository(self, ecr: Client, refused: Refuses) -> None:
        with refused("not there yet", "RepositoryNotFoundException"):
            ecr.put_lifecycle_policy(repositoryName=NAME, lifecyclePolicyText=lifecycle(rule()))
