"""The bucket of the remote state, its key, and a lock in it."""

import json
from collections.abc import Iterator

from constructs_lib.doctor.examination import Check, Examination
from constructs_lib.doctor.findings import Finding, NotAllowedError, UnknownError
from constructs_lib.settings.names import STATE_STACK
from constructs_lib.settings.profiles import PLACEHOLDER_BUCKET

# GetBucketLocation of a bucket in us-east-1 has no value, and EU is an old name.
_REGIONS = {None: "us-east-1", "EU": "eu-west-1"}
_DEPLOY = f"pipenv run cdktf deploy {STATE_STACK}"
_OTHER_NAME = "set PAYMENT_API_STATE__BUCKET to a name that nobody uses"


def _bucket(examined: Examination) -> Iterator[Finding]:
    """Find a state bucket that is missing, somebody else's, in another region or without versions."""
    bucket, region = examined.settings.state.bucket, examined.settings.region
    if bucket == PLACEHOLDER_BUCKET:
        yield Finding(f"state.bucket is the placeholder {bucket}", f"{_OTHER_NAME}, and {_DEPLOY}")
        return
    if bucket not in {each["Name"] for each in examined.aws.get("s3", "list_buckets")["Buckets"]}:
        yield from _of_others(examined, bucket)
        return
    located = examined.aws.get("s3", "get_bucket_location", Bucket=bucket).get("LocationConstraint")
    found = _REGIONS.get(located, located)
    if found != region:
        yield Finding(
            f"the state bucket {bucket} is in {found}, the deployment in {region}",
            f"set AWS_REGION={found} if you mean that region, or PAYMENT_API_STATE__BUCKET to a bucket in "
            f"{region}",
        )
        return
    if examined.aws.get("s3", "get_bucket_versioning", Bucket=bucket).get("Status") != "Enabled":
        yield Finding(
            f"the state bucket {bucket} keeps no versions, so a lost state cannot be restored",
            f"{_DEPLOY}, or aws s3api put-bucket-versioning --bucket {bucket} "
            "--versioning-configuration Status=Enabled",
        )


def _of_others(examined: Examination, bucket: str) -> Iterator[Finding]:
    """Bucket names are unique across all accounts, so a bucket that is not ours may be somebody else's."""
    try:
        taken = examined.aws.find("s3", "get_bucket_location", missing=("NoSuchBucket",), Bucket=bucket)
    except NotAllowedError:
        taken = {}
    if taken is None:
        yield Finding(f"the state bucket {bucket} does not exist", _DEPLOY)
    else:
        yield Finding(
            f"the state bucket {bucket} belongs to another account", f"{_OTHER_NAME}, and {_DEPLOY}"
        )


def _key(examined: Examination) -> Iterator[Finding]:
    """Find a key that cannot encrypt and decrypt the state."""
    alias = f"alias/{examined.settings.state.key_alias}"
    if examined.settings.state.bucket == PLACEHOLDER_BUCKET:
        return
    key = examined.aws.find("kms", "describe_key", missing=("NotFoundException",), KeyId=alias)
    if key is None:
        yield Finding(f"the key of the state, {alias}, does not exist", _DEPLOY)
        return
    id_, state = key["KeyMetadata"]["KeyId"], key["KeyMetadata"]["KeyState"]
    cancel = f"aws kms cancel-key-deletion --key-id {id_} and " if state == "PendingDeletion" else ""
    if state != "Enabled":
        yield Finding(
            f"the key of the state, {alias}, is in the state {state}",
            f"{cancel}aws kms enable-key --key-id {id_}",
        )


def _lock(examined: Examination) -> Iterator[Finding]:
    """Find a lock on the state, which an apply holds or a killed one has left."""
    lock = examined.aws.find(
        "s3",
        "get_object",
        missing=("NoSuchKey", "NoSuchBucket"),
        Bucket=examined.settings.state.bucket,
        Key=f"{examined.state_key}.tflock",
    )
    if lock is None:
        return
    try:
        held = json.loads(lock["Body"].read())
    except ValueError:
        raise UnknownError(f"{examined.state_key}.tflock is not JSON") from None
    yield Finding(
        f"the state is locked by {held.get('Who')} since {held.get('Created')} ({held.get('Operation')})",
        f"wait for that run, or terraform force-unlock {held.get('ID')} if it was killed",
    )


CHECKS = (
    Check("the state bucket", _bucket),
    Check("the key of the state", _key),
    Check("the lock of the state", _lock),
)
