"""The state stack: the bucket and KMS key of the remote state, and the access logs of that bucket."""

import pytest

from tests.unit.synthesis import ACCOUNT, Block, Synthesized, statements, synthesize, synthesize_state
from tests.variables import EVERYTHING_ON

BUCKETS = ("state", "access logs")


def bucket_name(state: Synthesized, bucket: str) -> str:
    """The name of a bucket according to the settings."""
    name = state.settings.state.bucket
    return name if bucket == "state" else f"{name}-access"


def of(state: Synthesized, bucket: str) -> dict[str, object]:
    """The argument with which other resources reference a bucket."""
    return {"bucket": state.ref("aws_s3_bucket", "bucket", bucket=bucket_name(state, bucket))}


def rule(state: Synthesized, type_: str, bucket: str) -> Block:
    """The only rule in a bucket's configuration of a type."""
    (found,) = state.one(type_, **of(state, bucket))["rule"]
    rule: Block = found
    return rule


def test_the_stack_has_only_a_state_bucket_and_an_access_log_bucket(state: Synthesized) -> None:
    names = {bucket["bucket"] for bucket in state.all("aws_s3_bucket").values()}
    assert names == {bucket_name(state, bucket) for bucket in BUCKETS}


def test_the_default_names_of_the_buckets_in_dev() -> None:
    names = {bucket["bucket"] for bucket in synthesize_state("dev").all("aws_s3_bucket").values()}
    assert names == {"payment-api-terraform-state", "payment-api-terraform-state-access"}


def test_the_placeholder_of_dev_is_refused_before_anything_is_created() -> None:
    caller = synthesize_state("dev").document["data"]["aws_caller_identity"]["caller"]
    (condition,) = caller["lifecycle"]["postcondition"]
    assert condition["condition"] == '${strcontains("payment-api-terraform-state", self.account_id)}'
    assert "Set PAYMENT_API_STATE__BUCKET, or payment_api.state.bucket" in condition["error_message"]


@pytest.mark.parametrize("suffix", ["staging", "prod", EVERYTHING_ON])
def test_any_other_name_of_the_bucket_is_accepted(suffix: str) -> None:
    caller = synthesize_state(suffix).document["data"]["aws_caller_identity"]["caller"]
    assert "postcondition" not in caller["lifecycle"]


@pytest.mark.parametrize("bucket", BUCKETS)
class TestBothBuckets:
    def test_terraform_never_deletes_the_bucket(self, state: Synthesized, bucket: str) -> None:
        found = state.one("aws_s3_bucket", bucket=bucket_name(state, bucket))
        assert found["lifecycle"] == {"prevent_destroy": True}
        assert found["force_destroy"] is False

    def test_the_bucket_is_versioned(self, state: Synthesized, bucket: str) -> None:
        versioning = state.one("aws_s3_bucket_versioning", **of(state, bucket))
        assert versioning["versioning_configuration"] == {"status": "Enabled"}

    def test_the_bucket_blocks_public_access(self, state: Synthesized, bucket: str) -> None:
        block = state.one("aws_s3_bucket_public_access_block", **of(state, bucket))
        del block["bucket"]
        assert block == {
            "block_public_acls": True,
            "block_public_policy": True,
            "ignore_public_acls": True,
            "restrict_public_buckets": True,
        }

    def test_acls_are_disabled_on_the_bucket(self, state: Synthesized, bucket: str) -> None:
        ownership = state.one("aws_s3_bucket_ownership_controls", **of(state, bucket))
        assert ownership["rule"] == {"object_ownership": "BucketOwnerEnforced"}

    def test_the_bucket_denies_requests_without_tls(self, state: Synthesized, bucket: str) -> None:
        policy = state.one("aws_s3_bucket_policy", **of(state, bucket))["policy"]
        arn = f"arn:aws:s3:::{bucket_name(state, bucket)}"
        assert statements(policy)["DenyInsecureTransport"] == {
            "Sid": "DenyInsecureTransport",
            "Effect": "Deny",
            "Principal": "*",
            "Action": ["s3:*"],
            "Resource": [arn, f"{arn}/*"],
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }

    def test_noncurrent_versions_expire_after_90_days(self, state: Synthesized, bucket: str) -> None:
        found = rule(state, "aws_s3_bucket_lifecycle_configuration", bucket)
        assert found["status"] == "Enabled"
        assert found["noncurrent_version_expiration"] == [{"noncurrent_days": 90}]

    def test_incomplete_multipart_uploads_are_aborted_after_7_days(
        self, state: Synthesized, bucket: str
    ) -> None:
        found = rule(state, "aws_s3_bucket_lifecycle_configuration", bucket)
        assert found["abort_incomplete_multipart_upload"] == [{"days_after_initiation": 7}]

    def test_the_lifecycle_configuration_waits_for_versioning(self, state: Synthesized, bucket: str) -> None:
        configuration = state.one("aws_s3_bucket_lifecycle_configuration", **of(state, bucket))
        versioning = state.address("aws_s3_bucket_versioning", **of(state, bucket))
        assert configuration["depends_on"] == [versioning]

    def test_the_bucket_sends_events_to_eventbridge(self, state: Synthesized, bucket: str) -> None:
        assert state.one("aws_s3_bucket_notification", **of(state, bucket))["eventbridge"] is True


class TestStateBucket:
    def test_the_backend_of_the_payment_api_uses_the_state_bucket(self, state: Synthesized) -> None:
        stack = synthesize(state.settings.suffix)
        name = stack.document["terraform"]["backend"]["s3"]["bucket"]
        assert name == bucket_name(state, "state")

    def test_the_state_is_encrypted_with_the_customer_managed_key(self, state: Synthesized) -> None:
        assert rule(state, "aws_s3_bucket_server_side_encryption_configuration", "state") == {
            "apply_server_side_encryption_by_default": {
                "sse_algorithm": "aws:kms",
                "kms_master_key_id": state.ref("aws_kms_key", "arn"),
            },
            "bucket_key_enabled": True,
        }

    def test_the_current_state_never_expires(self, state: Synthesized) -> None:
        assert "expiration" not in rule(state, "aws_s3_bucket_lifecycle_configuration", "state")

    def test_the_policy_of_the_state_bucket_allows_nothing(self, state: Synthesized) -> None:
        policy = state.one("aws_s3_bucket_policy", **of(state, "state"))["policy"]
        assert set(statements(policy)) == {"DenyInsecureTransport"}

    def test_object_lock_protects_state_versions_for_30_days(self, state: Synthesized) -> None:
        bucket = state.one("aws_s3_bucket", bucket=bucket_name(state, "state"))
        assert bucket["object_lock_enabled"] is True
        lock = state.one("aws_s3_bucket_object_lock_configuration", **of(state, "state"))
        assert lock["rule"] == {"default_retention": {"mode": "GOVERNANCE", "days": 30}}
        assert lock["depends_on"] == [state.address("aws_s3_bucket_versioning", **of(state, "state"))]

    def test_access_to_the_state_is_logged(self, state: Synthesized) -> None:
        logging = state.one("aws_s3_bucket_logging", **of(state, "state"))
        assert logging["target_bucket"] == of(state, "access logs")["bucket"]
        assert logging["target_prefix"] == f"{bucket_name(state, 'state')}/"
        assert logging["depends_on"] == [state.address("aws_s3_bucket_policy", **of(state, "access logs"))]


class TestAccessLogBucket:
    def test_only_s3_can_write_access_logs_and_only_for_the_state_bucket(self, state: Synthesized) -> None:
        policy = statements(state.one("aws_s3_bucket_policy", **of(state, "access logs"))["policy"])
        source, target = bucket_name(state, "state"), bucket_name(state, "access logs")
        assert set(policy) == {"DenyInsecureTransport", "WrittenByS3"}
        assert policy["WrittenByS3"] == {
            "Sid": "WrittenByS3",
            "Effect": "Allow",
            "Principal": {"Service": "logging.s3.amazonaws.com"},
            "Action": ["s3:PutObject"],
            "Resource": [f"arn:aws:s3:::{target}/{source}/*"],
            "Condition": {
                "StringEquals": {"aws:SourceAccount": ACCOUNT},
                "ArnLike": {"aws:SourceArn": f"arn:aws:s3:::{source}"},
            },
        }

    def test_access_logs_are_encrypted_with_s3_managed_keys(self, state: Synthesized) -> None:
        """S3 does not deliver access logs to a bucket whose default encryption uses a KMS key."""
        found = rule(state, "aws_s3_bucket_server_side_encryption_configuration", "access logs")
        assert found["apply_server_side_encryption_by_default"] == {"sse_algorithm": "AES256"}

    def test_access_logs_expire_after_one_year(self, state: Synthesized) -> None:
        found = rule(state, "aws_s3_bucket_lifecycle_configuration", "access logs")
        assert found["expiration"] == [{"days": 365}]

    def test_the_access_log_bucket_has_no_object_lock(self, state: Synthesized) -> None:
        """S3 does not deliver access logs to a bucket with a default retention period."""
        assert not state.all("aws_s3_bucket_object_lock_configuration", **of(state, "access logs"))


class TestKey:
    def test_the_backend_of_the_payment_api_uses_the_key(self, state: Synthesized) -> None:
        stack = synthesize(state.settings.suffix)
        alias = state.one("aws_kms_alias")
        assert alias["name"] == stack.document["terraform"]["backend"]["s3"]["kms_key_id"]
        assert alias["target_key_id"] == state.ref("aws_kms_key", "key_id")

    def test_terraform_never_deletes_the_key(self, state: Synthesized) -> None:
        assert state.one("aws_kms_key")["lifecycle"] == {"prevent_destroy": True}

    def test_key_rotation_is_enabled(self, state: Synthesized) -> None:
        assert state.one("aws_kms_key")["enable_key_rotation"] is True

    def test_the_key_can_be_used_only_through_s3_in_the_region(self, state: Synthesized) -> None:
        found = statements(state.one("aws_kms_key")["policy"])
        assert set(found) == {"AdministeredThroughIam", "UsedThroughS3"}
        assert "kms:Decrypt" not in found["AdministeredThroughIam"]["Action"]
        assert found["UsedThroughS3"]["Condition"] == {
            "StringEquals": {
                "kms:ViaService": f"s3.{state.region}.amazonaws.com",
                "kms:CallerAccount": ACCOUNT,
            }
        }


class TestStack:
    def test_the_state_of_the_state_stack_is_local(self, state: Synthesized) -> None:
        """The bucket does not exist before the first apply of this stack."""
        assert "s3" not in state.document["terraform"].get("backend", {})

    def test_the_resources_are_in_the_region_of_the_deployment(self, state: Synthesized) -> None:
        (provider,) = state.document["provider"]["aws"]
        assert provider["region"] == state.region

    def test_the_outputs_are_the_bucket_and_the_key(self, state: Synthesized) -> None:
        outputs = {name: output["value"] for name, output in state.document["output"].items()}
        assert outputs == {
            "state_bucket": of(state, "state")["bucket"],
            "state_key_arn": state.ref("aws_kms_key", "arn"),
        }

    def test_the_resources_of_the_state_stack_are_tagged(self, state: Synthesized) -> None:
        (provider,) = state.document["provider"]["aws"]
        assert provider["default_tags"] == [
            {"tags": {"Project": "payment-api", "Environment": "state", "ManagedBy": "terraform"}}
        ]
