"""S3: buckets, their policies, configurations and objects."""

import re
from typing import Any

from tests.emulator.calls import Call
from tests.emulator.policy_evaluation import listed
from tests.emulator.refusals.policies import is_public, missing_principals, statements
from tests.emulator.refusals.rules import RefusedError, moto_refuses, refuses

moto_refuses("s3", "DeleteBucket", code="BucketNotEmpty", kind="in use")
moto_refuses("s3", "DeleteObject", code="AccessDenied", kind="protected")
moto_refuses("s3", "CreateBucket", code="BucketAlreadyExists", kind="taken")
moto_refuses("s3", "CreateBucket", code="BucketAlreadyOwnedByYou", kind="taken")
moto_refuses("s3", "PutBucketLogging", code="InvalidTargetBucketForLogging", kind="not there yet")

_POLICY_BYTES = 20 * 1024
_LIFECYCLE_RULES = 1_000
_CHECKSUMS = ("ContentMD5", "ChecksumAlgorithm", "ChecksumCRC32", "ChecksumCRC32C", "ChecksumCRC64NVME")
_SHA_CHECKSUMS = ("ChecksumSHA1", "ChecksumSHA256")
_RESERVED_PREFIXES = ("xn--", "sthree-", "amzn-s3-demo-")
_RESERVED_SUFFIXES = ("-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3")


def _bucket(call: Call) -> Any:  # noqa: ANN401 - moto's bucket
    return call.backend("s3").buckets.get(call.parameters.get("Bucket"))


@refuses("s3", "CreateBucket", kind="malformed")
def bucket_name(call: Call) -> None:
    """A bucket's name has 3 to 63 lower-case letters, digits, hyphens and single dots, is no IP address, and
    has no reserved prefix or suffix.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
    """
    name = str(call.parameters.get("Bucket"))
    valid = re.fullmatch(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", name) and ".." not in name
    reserved = name.startswith(_RESERVED_PREFIXES) or name.endswith(_RESERVED_SUFFIXES)
    if not valid or reserved or re.fullmatch(r"\d+(\.\d+){3}", name):
        raise RefusedError("InvalidBucketName", "The specified bucket is not valid.")


@refuses("s3", "PutBucketPolicy", kind="malformed")
def bucket_policy(call: Call) -> None:
    """A bucket policy is a JSON policy of at most 20 KB, about this bucket, whose principals exist.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/troubleshoot-403-errors.html
    """
    name, document = call.parameters.get("Bucket"), _text(call.parameters.get("Policy"))
    try:
        found = statements(document)
    except ValueError:
        raise RefusedError(
            "MalformedPolicy", "Policies must be valid JSON and the first byte must be '{'"
        ) from None
    if len(document.encode()) > _POLICY_BYTES:
        raise RefusedError("MalformedPolicy", "Policies must not exceed 20480 bytes")
    for statement in found:
        if not {"Principal", "NotPrincipal"} & {*statement}:
            raise RefusedError("MalformedPolicy", "Missing required field Principal")
        if statement.get("Effect") not in ("Allow", "Deny"):
            raise RefusedError("MalformedPolicy", "Invalid effect")
        actions = listed(statement.get("Action")) + listed(statement.get("NotAction"))
        if not actions or not all(each == "*" or each.lower().startswith("s3:") for each in actions):
            raise RefusedError("MalformedPolicy", "Policy has invalid action")
        resources = listed(statement.get("Resource")) + listed(statement.get("NotResource"))
        own = re.compile(rf"(\*|arn:aws[\w-]*:s3:::(\*.*|{re.escape(str(name))}(/.*)?))")
        if not resources or not all(own.fullmatch(each) for each in resources):
            raise RefusedError("MalformedPolicy", "Policy has invalid resource")
    if any(missing_principals(document)):
        raise RefusedError("MalformedPolicy", "Invalid principal in policy")


def _text(value: object) -> str:
    return value.decode() if isinstance(value, bytes) else str(value or "")


@refuses("s3", "PutBucketPolicy", kind="protected")
def public_policy(call: Call) -> None:
    """BlockPublicPolicy refuses a policy that gives everyone access.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
    """
    bucket = _bucket(call)
    block = bucket and bucket.public_access_block
    blocked = block and str(block.block_public_policy).lower() == "true"
    if blocked and is_public(_text(call.parameters.get("Policy"))):
        raise RefusedError("AccessDenied", "Public policies are prevented by the BlockPublicPolicy setting.")


@refuses("s3", "PutBucketAcl", "PutObjectAcl", "PutObject", kind="protected")
def access_control_lists(call: Call) -> None:
    """A bucket with the object ownership BucketOwnerEnforced has no ACLs.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html
    """
    bucket = _bucket(call)
    controls = bucket and bucket.ownership_rule
    if not controls or "BucketOwnerEnforced" not in str(controls):
        return
    acl = call.parameters.get("ACL")
    writes_object = call.operation.name == "PutObject"
    if acl == "bucket-owner-full-control" or (writes_object and acl is None):
        return
    raise RefusedError("AccessControlListNotSupported", "The bucket does not allow ACLs")


@refuses("s3", "PutBucketVersioning", kind="protected")
def versioning_of_a_locked_bucket(call: Call) -> None:
    """Versioning cannot be suspended in a bucket with Object Lock.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html
    """
    bucket = _bucket(call)
    status = (call.parameters.get("VersioningConfiguration") or {}).get("Status")
    if bucket and bucket.object_lock_enabled and status != "Enabled":
        raise RefusedError(
            "InvalidBucketState",
            "An Object Lock configuration is present on this bucket, so the versioning state cannot be "
            "changed.",
        )


@refuses("s3", "PutObjectLockConfiguration", kind="not there yet")
def object_lock_without_versioning(call: Call) -> None:
    """Object Lock requires versioning.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock-configure.html
    """
    bucket = _bucket(call)
    if bucket and not bucket.is_versioned:
        raise RefusedError(
            "InvalidBucketState",
            "Versioning must be 'Enabled' on the bucket to apply a Object Lock configuration",
        )


@refuses("s3", "PutObjectLockConfiguration", kind="malformed")
def default_retention(call: Call) -> None:
    """A default retention has a mode and a positive number of either days or years.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_DefaultRetention.html
    """
    configuration = call.parameters.get("ObjectLockConfiguration") or {}
    rule = configuration.get("Rule")
    if rule is None:
        return
    retention = rule.get("DefaultRetention") or {}
    days, years = retention.get("Days"), retention.get("Years")
    if not retention.get("Mode") or (days is None) == (years is None):
        raise RefusedError("MalformedXML", "The XML you provided was not well-formed")
    if min(each for each in (days, years) if each is not None) <= 0:
        raise RefusedError("InvalidArgument", "Default retention period must be a positive integer value.")


@refuses("s3", "PutObject", kind="malformed")
def checksum_of_a_locked_object(call: Call) -> None:
    """An upload to a bucket with a default retention requires a checksum.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock-managing.html
    """
    bucket = _bucket(call)
    locked = call.parameters.get("ObjectLockMode") or call.parameters.get("ObjectLockLegalHoldStatus") == "ON"
    if not locked and not (bucket and bucket.object_lock_enabled and bucket.has_default_lock):
        return
    if not any(call.parameters.get(name) for name in (*_CHECKSUMS, *_SHA_CHECKSUMS)):
        raise RefusedError(
            "InvalidRequest",
            "Content-MD5 OR x-amz-checksum- HTTP header is required for Put Object requests with Object Lock "
            "parameters",
        )


@refuses("s3", "PutBucketLifecycleConfiguration", kind="malformed")
def lifecycle_rules(call: Call) -> None:
    """Lifecycle rules have different ids, an action each, and positive numbers of days.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html
    """
    rules = (call.parameters.get("LifecycleConfiguration") or {}).get("Rules") or []
    ids = [rule["ID"] for rule in rules if rule.get("ID")]
    if len({*ids}) != len(ids):
        raise RefusedError("InvalidArgument", "Rule ID must be unique. Found same ID for more than one rule")
    if len(rules) > _LIFECYCLE_RULES:
        raise RefusedError("InvalidRequest", f"A lifecycle has at most {_LIFECYCLE_RULES} rules.")
    for rule in rules:
        actions = {
            *("Expiration", "Transitions", "NoncurrentVersionExpiration", "NoncurrentVersionTransitions"),
            "AbortIncompleteMultipartUpload",
        }
        if not any(rule.get(name) for name in actions):
            raise RefusedError("InvalidRequest", "At least one action needs to be specified in a rule")
        for action, days in (
            ("Expiration", (rule.get("Expiration") or {}).get("Days")),
            (
                "NoncurrentVersionExpiration",
                (rule.get("NoncurrentVersionExpiration") or {}).get("NoncurrentDays"),
            ),
            (
                "AbortIncompleteMultipartUpload",
                (rule.get("AbortIncompleteMultipartUpload") or {}).get("DaysAfterInitiation"),
            ),
        ):
            if days is not None and days <= 0:
                raise RefusedError(
                    "InvalidArgument", f"'Days' for {action} action must be a positive integer"
                )
