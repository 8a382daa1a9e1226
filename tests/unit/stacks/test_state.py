"""The bucket and key that hold the remote state, and the record of who read it. Parity 26."""

import pytest

from tests.unit.synthesis import ACCOUNT, Block, Synthesized, statements

BUCKETS = {"state": "payment-api-terraform-state", "access logs": "payment-api-terraform-state-access"}


def of(state: Synthesized, bucket: str) -> dict[str, object]:
    """How a resource about a bucket points at it."""
    return {"bucket": state.ref("aws_s3_bucket", "bucket", bucket=BUCKETS[bucket])}


def rule(state: Synthesized, type_: str, bucket: str) -> Block:
    """The one rule of a bucket's configuration of a type."""
    (found,) = state.one(type_, **of(state, bucket))["rule"]
    rule: Block = found
    return rule


def test_there_is_a_bucket_for_the_state_and_one_for_who_read_it(state: Synthesized) -> None:
    names = {bucket["bucket"] for bucket in state.all("aws_s3_bucket").values()}
    assert names == set(BUCKETS.values())


@pytest.mark.parametrize("bucket", BUCKETS)
class TestBothBuckets:
    def test_terraform_never_deletes_it(self, state: Synthesized, bucket: str) -> None:
        found = state.one("aws_s3_bucket", bucket=BUCKETS[bucket])
        assert found["lifecycle"] == {"prevent_destroy": True}
        assert found["force_destroy"] is False

    def test_it_keeps_versions(self, state: Synthesized, bucket: str) -> None:
        versioning = state.one("aws_s3_bucket_versioning", **of(state, bucket))
        assert versioning["versioning_configuration"] == {"status": "Enabled"}

    def test_it_is_closed_to_the_public(self, state: Synthesized, bucket: str) -> None:
        block = state.one("aws_s3_bucket_public_access_block", **of(state, bucket))
        del block["bucket"]
        assert block == {
            "block_public_acls": True,
            "block_public_policy": True,
            "ignore_public_acls": True,
            "restrict_public_buckets": True,
        }

    def test_access_lists_mean_nothing(self, state: Synthesized, bucket: str) -> None:
        ownership = state.one("aws_s3_bucket_ownership_controls", **of(state, bucket))
        assert ownership["rule"] == {"object_ownership": "BucketOwnerEnforced"}

    def test_its_policy_refuses_whoever_comes_without_tls(self, state: Synthesized, bucket: str) -> None:
        policy = state.one("aws_s3_bucket_policy", **of(state, bucket))["policy"]
        arn = f"arn:aws:s3:::{BUCKETS[bucket]}"
        assert statements(policy)["DenyInsecureTransport"] == {
            "Sid": "DenyInsecureTransport",
            "Effect": "Deny",
            "Principal": "*",
            "Action": ["s3:*"],
            "Resource": [arn, f"{arn}/*"],
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }

    def test_old_versions_go_after_90_days(self, state: Synthesized, bucket: str) -> None:
        found = rule(state, "aws_s3_bucket_lifecycle_configuration", bucket)
        assert found["status"] == "Enabled"
        assert found["noncurrent_version_expiration"] == [{"noncurrent_days": 90}]
        assert found["abort_incomplete_multipart_upload"] == [{"days_after_initiation": 7}]

    def test_the_lifecycle_waits_for_versioning(self, state: Synthesized, bucket: str) -> None:
        configuration = state.one("aws_s3_bucket_lifecycle_configuration", **of(state, bucket))
        versioning = state.address("aws_s3_bucket_versioning", **of(state, bucket))
        assert configuration["depends_on"] == [versioning]

    def test_what_happens_in_it_can_be_watched(self, state: Synthesized, bucket: str) -> None:
        assert state.one("aws_s3_bucket_notification", **of(state, bucket))["eventbridge"] is True


class TestStateBucket:
    def test_it_is_where_the_system_keeps_its_state(self, dev: Synthesized) -> None:
        """Parity 26."""
        assert dev.document["terraform"]["backend"]["s3"]["bucket"] == BUCKETS["state"]

    def test_the_customer_key_encrypts_it(self, state: Synthesized) -> None:
        assert rule(state, "aws_s3_bucket_server_side_encryption_configuration", "state") == {
            "apply_server_side_encryption_by_default": {
                "sse_algorithm": "aws:kms",
                "kms_master_key_id": state.ref("aws_kms_key", "arn"),
            },
            "bucket_key_enabled": True,
        }

    def test_the_state_itself_never_expires(self, state: Synthesized) -> None:
        assert "expiration" not in rule(state, "aws_s3_bucket_lifecycle_configuration", "state")

    def test_its_policy_lets_nobody_in(self, state: Synthesized) -> None:
        policy = state.one("aws_s3_bucket_policy", **of(state, "state"))["policy"]
        assert set(statements(policy)) == {"DenyInsecureTransport"}

    def test_no_version_can_be_deleted_for_30_days(self, state: Synthesized) -> None:
        assert state.one("aws_s3_bucket", bucket=BUCKETS["state"])["object_lock_enabled"] is True
        lock = state.one("aws_s3_bucket_object_lock_configuration", **of(state, "state"))
        assert lock["rule"] == {"default_retention": {"mode": "GOVERNANCE", "days": 30}}
        assert lock["depends_on"] == [state.address("aws_s3_bucket_versioning", **of(state, "state"))]

    def test_who_reads_and_writes_it_is_recorded(self, state: Synthesized) -> None:
        logging = state.one("aws_s3_bucket_logging", **of(state, "state"))
        assert logging["target_bucket"] == of(state, "access logs")["bucket"]
        assert logging["target_prefix"] == f"{BUCKETS['state']}/"
        assert logging["depends_on"] == [state.address("aws_s3_bucket_policy", **of(state, "access logs"))]


class TestAccessLogBucket:
    def test_s3_alone_writes_to_it_and_for_the_state_bucket_alone(self, state: Synthesized) -> None:
        policy = statements(state.one("aws_s3_bucket_policy", **of(state, "access logs"))["policy"])
        assert set(policy) == {"DenyInsecureTransport", "WrittenByS3"}
        assert policy["WrittenByS3"] == {
            "Sid": "WrittenByS3",
            "Effect": "Allow",
            "Principal": {"Service": "logging.s3.amazonaws.com"},
            "Action": ["s3:PutObject"],
            "Resource": [f"arn:aws:s3:::{BUCKETS['access logs']}/{BUCKETS['state']}/*"],
            "Condition": {
                "StringEquals": {"aws:SourceAccount": ACCOUNT},
                "ArnLike": {"aws:SourceArn": f"arn:aws:s3:::{BUCKETS['state']}"},
            },
        }

    def test_s3s_own_key_encrypts_it(self, state: Synthesized) -> None:
        """S3 delivers no access logs to a bucket under a customer key of its default encryption."""
        found = rule(state, "aws_s3_bucket_server_side_encryption_configuration", "access logs")
        assert found["apply_server_side_encryption_by_default"] == {"sse_algorithm": "AES256"}

    def test_it_forgets_after_a_year(self, state: Synthesized) -> None:
        found = rule(state, "aws_s3_bucket_lifecycle_configuration", "access logs")
        assert found["expiration"] == [{"days": 365}]

    def test_it_is_not_locked(self, state: Synthesized) -> None:
        """S3 delivers to no bucket with a default retention."""
        assert not state.all("aws_s3_bucket_object_lock_configuration", **of(state, "access logs"))


class TestKey:
    def test_it_is_the_one_that_the_system_names(self, state: Synthesized, dev: Synthesized) -> None:
        """Parity 26."""
        alias = state.one("aws_kms_alias")
        assert alias["name"] == dev.document["terraform"]["backend"]["s3"]["kms_key_id"]
        assert alias["target_key_id"] == state.ref("aws_kms_key", "key_id")

    def test_terraform_never_deletes_it(self, state: Synthesized) -> None:
        assert state.one("aws_kms_key")["lifecycle"] == {"prevent_destroy": True}

    def test_aws_rotates_it(self, state: Synthesized) -> None:
        assert state.one("aws_kms_key")["enable_key_rotation"] is True

    def test_it_is_used_through_s3_alone(self, state: Synthesized) -> None:
        found = statements(state.one("aws_kms_key")["policy"])
        assert set(found) == {"AdministeredThroughIam", "UsedThroughS3"}
        assert "kms:Decrypt" not in found["AdministeredThroughIam"]["Action"]
        assert found["UsedThroughS3"]["Condition"] == {
            "StringEquals": {"kms:ViaService": "s3.us-east-1.amazonaws.com", "kms:CallerAccount": ACCOUNT}
        }


class TestStack:
    def test_it_keeps_its_own_state_locally(self, state: Synthesized) -> None:
        """It cannot be kept in the bucket that it creates."""
        assert "s3" not in state.document["terraform"].get("backend", {})

    def test_it_says_what_it_made(self, state: Synthesized) -> None:
        outputs = {name: output["value"] for name, output in state.document["output"].items()}
        assert outputs == {
            "state_bucket": of(state, "state")["bucket"],
            "state_key_arn": state.ref("aws_kms_key", "arn"),
        }

    def test_its_resources_are_tagged(self, state: Synthesized) -> None:
        (provider,) = state.document["provider"]["aws"]
        assert provider["default_tags"] == [
            {"tags": {"Project": "payment-api", "Environment": "state", "ManagedBy": "terraform"}}
        ]
