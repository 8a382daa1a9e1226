"""S3 refuses what AWS refuses about buckets and objects."""

from typing import Any

import boto3
import pytest
from botocore.config import Config

from tests.emulator.account import Account
from tests.emulator.server import Emulator
from tests.unit.emulator.refusals.conftest import Refuses
from tests.unit.emulator.refusals.resources import ABSENT_ROLE, policy

ALLOW = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::bucket-1/*"}
RETENTION = {"Mode": "GOVERNANCE", "Days": 3}


@pytest.fixture
def bucket(account: Account) -> str:
    account.client("s3").create_bucket(Bucket="bucket-1")
    return "bucket-1"


@pytest.fixture
def locked(account: Account) -> str:
    s3 = account.client("s3")
    s3.create_bucket(Bucket="locked-1", ObjectLockEnabledForBucket=True)
    lock(account, "locked-1", RETENTION)
    return "locked-1"


def lock(account: Account, bucket: str, retention: dict[str, Any]) -> None:
    account.client("s3").put_object_lock_configuration(
        Bucket=bucket,
        ObjectLockConfiguration={"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": retention}},
    )


def test_a_bucket_with_objects_cannot_be_deleted(account: Account, bucket: str, refused: Refuses) -> None:
    s3 = account.client("s3")
    s3.put_object(Bucket=bucket, Key="key", Body=b"")
    with refused("in use", "BucketNotEmpty"):
        s3.delete_bucket(Bucket=bucket)


def test_a_bucket_with_only_old_versions_cannot_be_deleted(
    account: Account, locked: str, refused: Refuses
) -> None:
    s3 = account.client("s3")
    s3.put_object(Bucket=locked, Key="key", Body=b"")
    s3.delete_object(Bucket=locked, Key="key")
    with refused("in use", "BucketNotEmpty"):
        s3.delete_bucket(Bucket=locked)


def test_a_locked_version_cannot_be_deleted(account: Account, locked: str, refused: Refuses) -> None:
    s3 = account.client("s3")
    version = s3.put_object(Bucket=locked, Key="key", Body=b"")["VersionId"]
    with refused("protected", "AccessDenied"):
        s3.delete_object(Bucket=locked, Key="key", VersionId=version)
    answer = s3.delete_objects(Bucket=locked, Delete={"Objects": [{"Key": "key", "VersionId": version}]})
    assert [each["Code"] for each in answer["Errors"]] == ["AccessDenied"]
    s3.delete_object(Bucket=locked, Key="key", VersionId=version, BypassGovernanceRetention=True)


def test_the_name_of_a_bucket_is_taken_in_every_account(
    emulator: Emulator, account: Account, bucket: str, refused: Refuses
) -> None:
    other = emulator.other_account("210987654321").client("s3")
    with refused("taken", "BucketAlreadyExists"):
        other.create_bucket(Bucket=bucket)
    account.client("s3").create_bucket(Bucket=bucket)  # us-east-1 returns the existing bucket


def test_a_bucket_of_another_region_is_taken(account: Account, refused: Refuses) -> None:
    s3 = Account(account.endpoint, "eu-west-1", account.credentials).client("s3")
    arguments = {"Bucket": "bucket-2", "CreateBucketConfiguration": {"LocationConstraint": "eu-west-1"}}
    s3.create_bucket(**arguments)
    with refused("taken", "BucketAlreadyOwnedByYou"):
        s3.create_bucket(**arguments)


@pytest.mark.parametrize("name", ["Bucket-1", "192.0.2.1", "a..b", "xn--bucket", "bucket--ol-s3", "a_b"])
def test_the_name_of_a_bucket_is_valid(account: Account, refused: Refuses, name: str) -> None:
    with refused("malformed", "InvalidBucketName"):
        account.client("s3").create_bucket(Bucket=name)


@pytest.mark.parametrize(
    "document",
    [
        "{",
        policy({key: value for key, value in ALLOW.items() if key != "Principal"}),
        policy(ALLOW | {"Effect": "Maybe"}),
        policy(ALLOW | {"Action": "ec2:RunInstances"}),
        policy(ALLOW | {"Resource": "arn:aws:s3:::another/*"}),
        policy(ALLOW | {"Principal": {"AWS": ABSENT_ROLE}}),
        policy(*[ALLOW | {"Sid": f"Statement{number}"} for number in range(200)]),
    ],
)
def test_a_bucket_policy_is_valid_and_its_principals_exist(
    account: Account, bucket: str, refused: Refuses, document: str
) -> None:
    with refused("malformed", "MalformedPolicy"):
        account.client("s3").put_bucket_policy(Bucket=bucket, Policy=document)


def test_a_public_policy_can_be_blocked(account: Account, bucket: str, refused: Refuses) -> None:
    s3 = account.client("s3")
    s3.put_bucket_policy(Bucket=bucket, Policy=policy(ALLOW))
    block = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
    s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=dict.fromkeys(block, True))
    with refused("protected", "AccessDenied"):
        s3.put_bucket_policy(Bucket=bucket, Policy=policy(ALLOW))
    limited = {"Condition": {"StringEquals": {"aws:SourceAccount": "123456789012"}}}
    s3.put_bucket_policy(Bucket=bucket, Policy=policy(ALLOW | limited))
    s3.put_bucket_policy(Bucket=bucket, Policy=policy(ALLOW | {"Effect": "Deny"}))


def test_a_bucket_of_enforced_ownership_has_no_acls(account: Account, bucket: str, refused: Refuses) -> None:
    s3 = account.client("s3")
    s3.put_bucket_ownership_controls(
        Bucket=bucket, OwnershipControls={"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    )
    with refused("protected", "AccessControlListNotSupported"):
        s3.put_bucket_acl(Bucket=bucket, ACL="private")
    with refused("protected", "AccessControlListNotSupported"):
        s3.put_object(Bucket=bucket, Key="key", ACL="public-read", Body=b"")
    s3.put_object(Bucket=bucket, Key="key", Body=b"")
    with refused("protected", "AccessControlListNotSupported"):
        s3.put_object_acl(Bucket=bucket, Key="key", ACL="private")


def test_versioning_of_a_locked_bucket_cannot_be_suspended(
    account: Account, locked: str, refused: Refuses
) -> None:
    with refused("protected", "InvalidBucketState"):
        account.client("s3").put_bucket_versioning(
            Bucket=locked, VersioningConfiguration={"Status": "Suspended"}
        )


def test_object_lock_requires_versioning(account: Account, bucket: str, refused: Refuses) -> None:
    with refused("not there yet", "InvalidBucketState"):
        lock(account, bucket, RETENTION)


@pytest.mark.parametrize(
    ("retention", "code"),
    [
        ({"Mode": "GOVERNANCE"}, "MalformedXML"),
        ({"Mode": "GOVERNANCE", "Days": 1, "Years": 1}, "MalformedXML"),
        ({"Mode": "GOVERNANCE", "Days": 0}, "InvalidArgument"),
    ],
)
def test_a_default_retention_has_one_positive_period(
    account: Account, locked: str, refused: Refuses, retention: dict[str, Any], code: str
) -> None:
    with refused("malformed", code):
        lock(account, locked, retention)


def test_an_upload_to_a_locked_bucket_requires_a_checksum(
    account: Account, locked: str, refused: Refuses
) -> None:
    # As older AWS CLIs do, without a checksum unless they are told to send one.
    s3 = boto3.session.Session().client(
        "s3",
        endpoint_url=account.endpoint,
        region_name=account.region,
        aws_access_key_id=account.credentials.access_key_id,
        aws_secret_access_key=account.credentials.secret_access_key,
        config=Config(request_checksum_calculation="when_required", proxies={}),
    )
    s3.meta.events.register("before-call.s3.PutObject", _without_checksum)
    with refused("malformed", "InvalidRequest"):
        s3.put_object(Bucket=locked, Key="key", Body=b"state")
    account.client("s3").put_object(Bucket=locked, Key="key", Body=b"state", ChecksumAlgorithm="SHA256")


def _without_checksum(params: dict[str, Any], **_: Any) -> None:  # noqa: ANN401 - botocore's event
    for name in [each for each in params["headers"] if "checksum" in each.lower() or each == "Content-MD5"]:
        del params["headers"][name]


EXPIRE: dict[str, Any] = {"ID": "expire", "Status": "Enabled", "Filter": {"Prefix": ""}}


@pytest.mark.parametrize(
    ("rules", "code"),
    [
        ([EXPIRE | {"Expiration": {"Days": 1}}] * 2, "InvalidArgument"),
        ([EXPIRE], "InvalidRequest"),
        ([EXPIRE | {"Expiration": {"Days": 0}}], "InvalidArgument"),
        ([EXPIRE | {"NoncurrentVersionExpiration": {"NoncurrentDays": 0}}], "InvalidArgument"),
        ([EXPIRE | {"AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 0}}], "InvalidArgument"),
    ],
)
def test_lifecycle_rules_are_valid(
    account: Account, bucket: str, refused: Refuses, rules: list[dict[str, Any]], code: str
) -> None:
    with refused("malformed", code):
        account.client("s3").put_bucket_lifecycle_configuration(
            Bucket=bucket, LifecycleConfiguration={"Rules": rules}
        )


def test_logs_require_a_bucket_that_the_logging_service_can_write(
    account: Account, bucket: str, refused: Refuses
) -> None:
    with refused("not there yet", "InvalidTargetBucketForLogging"):
        account.client("s3").put_bucket_logging(
            Bucket=bucket,
            BucketLoggingStatus={"LoggingEnabled": {"TargetBucket": "absent-1", "TargetPrefix": ""}},
        )
