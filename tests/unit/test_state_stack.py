"""The bucket and key that hold the remote state. Parity 26."""

from tests.unit.synthesis import ACCOUNT, Synthesized, statements


def of_the_bucket(state: Synthesized) -> dict[str, object]:
    """How a resource about the bucket points at it."""
    return {"bucket": state.ref("aws_s3_bucket", "bucket")}


class TestBucket:
    def test_it_is_where_the_system_keeps_its_state(self, state: Synthesized, dev: Synthesized) -> None:
        """Parity 26."""
        bucket = state.one("aws_s3_bucket")["bucket"]
        assert bucket == dev.document["terraform"]["backend"]["s3"]["bucket"]

    def test_terraform_never_deletes_it(self, state: Synthesized) -> None:
        bucket = state.one("aws_s3_bucket")
        assert bucket["lifecycle"] == {"prevent_destroy": True}
        assert bucket["force_destroy"] is False

    def test_it_keeps_versions(self, state: Synthesized) -> None:
        assert state.has(
            "aws_s3_bucket_versioning",
            {**of_the_bucket(state), "versioning_configuration": {"status": "Enabled"}},
        )

    def test_the_customer_key_encrypts_it(self, state: Synthesized) -> None:
        (rule,) = state.one("aws_s3_bucket_server_side_encryption_configuration", **of_the_bucket(state))[
            "rule"
        ]
        assert rule == {
            "apply_server_side_encryption_by_default": {
                "sse_algorithm": "aws:kms",
                "kms_master_key_id": state.ref("aws_kms_key", "arn"),
            },
            "bucket_key_enabled": True,
        }

    def test_it_is_closed_to_the_public(self, state: Synthesized) -> None:
        block = state.one("aws_s3_bucket_public_access_block", **of_the_bucket(state))
        del block["bucket"]
        assert block == {
            "block_public_acls": True,
            "block_public_policy": True,
            "ignore_public_acls": True,
            "restrict_public_buckets": True,
        }

    def test_access_lists_mean_nothing(self, state: Synthesized) -> None:
        assert state.has(
            "aws_s3_bucket_ownership_controls",
            {**of_the_bucket(state), "rule": {"object_ownership": "BucketOwnerEnforced"}},
        )

    def test_its_policy_refuses_whoever_comes_without_tls(self, state: Synthesized) -> None:
        policy = state.one("aws_s3_bucket_policy", **of_the_bucket(state))["policy"]
        arn = f"arn:aws:s3:::{state.one('aws_s3_bucket')['bucket']}"
        assert statements(policy) == {
            "DenyInsecureTransport": {
                "Sid": "DenyInsecureTransport",
                "Effect": "Deny",
                "Principal": "*",
                "Action": ["s3:*"],
                "Resource": [arn, f"{arn}/*"],
                "Condition": {"Bool": {"aws:SecureTransport": "false"}},
            }
        }

    def test_old_versions_go_after_90_days_and_the_state_itself_never(self, state: Synthesized) -> None:
        configuration = state.one("aws_s3_bucket_lifecycle_configuration", **of_the_bucket(state))
        (rule,) = configuration["rule"]
        assert rule["status"] == "Enabled"
        assert rule["noncurrent_version_expiration"] == [{"noncurrent_days": 90}]
        assert rule["abort_incomplete_multipart_upload"] == [{"days_after_initiation": 7}]
        assert "expiration" not in rule

    def test_the_lifecycle_waits_for_versioning(self, state: Synthesized) -> None:
        configuration = state.one("aws_s3_bucket_lifecycle_configuration")
        assert configuration["depends_on"] == [state.address("aws_s3_bucket_versioning")]


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
            "state_bucket": state.ref("aws_s3_bucket", "bucket"),
            "state_key_arn": state.ref("aws_kms_key", "arn"),
        }

    def test_its_resources_are_tagged(self, state: Synthesized) -> None:
        (provider,) = state.document["provider"]["aws"]
        assert provider["default_tags"] == [
            {"tags": {"Project": "payment-api", "Environment": "state", "ManagedBy": "terraform"}}
        ]
