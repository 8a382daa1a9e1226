"""The bucket of the load balancer's logs."""

import re

import pytest

from tests.unit.synthesis import ACCOUNT, Block, Synthesized, statements, synthesize


def bucket(stack: Synthesized) -> str:
    """A reference to the bucket's name."""
    return stack.ref("aws_s3_bucket", "bucket")


def arn(stack: Synthesized) -> str:
    """The bucket's ARN."""
    return f"arn:aws:s3:::{stack.one('aws_s3_bucket')['bucket']}"


def random_suffix(stack: Synthesized) -> Block:
    """The random id in which the bucket's name ends."""
    name = stack.one("aws_s3_bucket")["bucket"]
    match = re.fullmatch(rf"{stack.prefix}-logs-\$\{{random_id\.([\w-]+)\.hex\}}", name)
    assert match, name
    return stack.all("random_id")[match[1]]


def test_the_log_bucket_name_ends_in_a_random_suffix(every: Synthesized) -> None:
    """Bucket names are globally unique."""
    assert random_suffix(every)["byte_length"] == 4


def test_the_random_suffix_of_the_log_bucket_has_no_keepers(every: Synthesized) -> None:
    """With keepers, an imported suffix would be replaced, and the bucket with it."""
    assert "keepers" not in random_suffix(every)


def test_the_log_bucket_is_encrypted_with_s3_managed_keys(every: Synthesized) -> None:
    """Load balancers cannot write logs to a bucket that is encrypted with a customer managed key."""
    (rule,) = every.one("aws_s3_bucket_server_side_encryption_configuration", bucket=bucket(every))["rule"]

    assert rule["apply_server_side_encryption_by_default"] == {"sse_algorithm": "AES256"}


def test_the_log_bucket_blocks_public_access(every: Synthesized) -> None:
    block = every.one("aws_s3_bucket_public_access_block", bucket=bucket(every))

    assert all(
        block[name] is True
        for name in (
            "block_public_acls",
            "block_public_policy",
            "ignore_public_acls",
            "restrict_public_buckets",
        )
    )


def test_acls_are_disabled_on_the_log_bucket(every: Synthesized) -> None:
    controls = every.one("aws_s3_bucket_ownership_controls", bucket=bucket(every))

    assert controls["rule"] == {"object_ownership": "BucketOwnerEnforced"}


def test_the_log_bucket_is_versioned(every: Synthesized) -> None:
    versioning = every.one("aws_s3_bucket_versioning", bucket=bucket(every))

    assert versioning["versioning_configuration"] == {"status": "Enabled"}


def test_load_balancer_logs_expire_after_the_log_retention_period(every: Synthesized) -> None:
    (rule,) = every.one("aws_s3_bucket_lifecycle_configuration", bucket=bucket(every))["rule"]

    assert rule["status"] == "Enabled"
    assert rule["filter"] == [{"prefix": ""}]
    assert rule["expiration"] == [{"days": every.settings.monitoring.log_retention_days}]
    assert rule["noncurrent_version_expiration"] == [{"noncurrent_days": 7}]


def test_the_default_retention_of_load_balancer_logs_is_one_year(each_profile: Synthesized) -> None:
    configuration = each_profile.one("aws_s3_bucket_lifecycle_configuration", bucket=bucket(each_profile))
    (rule,) = configuration["rule"]

    assert rule["expiration"] == [{"days": 365}]


def test_only_load_balancers_of_the_account_can_write_to_the_log_bucket(every: Synthesized) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html"""
    policy = statements(every.one("aws_s3_bucket_policy", bucket=bucket(every))["policy"])

    assert {sid for sid, statement in policy.items() if statement["Effect"] == "Allow"} == {
        "WrittenByLoadBalancers"
    }
    assert policy["WrittenByLoadBalancers"] == {
        "Sid": "WrittenByLoadBalancers",
        "Effect": "Allow",
        "Principal": {"Service": "logdelivery.elasticloadbalancing.amazonaws.com"},
        "Action": ["s3:PutObject"],
        "Resource": [f"{arn(every)}/{prefix}/AWSLogs/{ACCOUNT}/*" for prefix in ("access", "connection")],
        "Condition": {
            "ArnLike": {"aws:SourceArn": every.arn("elasticloadbalancing", "loadbalancer/*")},
        },
    }


def test_the_log_bucket_denies_requests_without_tls(every: Synthesized) -> None:
    policy = statements(every.one("aws_s3_bucket_policy", bucket=bucket(every))["policy"])

    assert policy["DenyInsecureTransport"] == {
        "Sid": "DenyInsecureTransport",
        "Effect": "Deny",
        "Principal": "*",
        "Action": ["s3:*"],
        "Resource": [arn(every), f"{arn(every)}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }


def test_the_log_bucket_of_dev_is_deleted_with_the_stack(dev: Synthesized) -> None:
    found = dev.one("aws_s3_bucket")

    assert found["force_destroy"] is True
    assert "lifecycle" not in found


@pytest.mark.parametrize("profile", ["staging", "prod"])
def test_terraform_does_not_delete_the_log_bucket_of_staging_and_prod(profile: str) -> None:
    found = synthesize(profile).one("aws_s3_bucket")

    assert found["force_destroy"] is False
    assert found["lifecycle"] == {"prevent_destroy": True}


@pytest.mark.parametrize("protected", [False, True])
def test_deletion_protection_of_the_load_balancer_includes_the_log_bucket(protected: bool) -> None:
    stack = synthesize("dev", PAYMENT_API_LOAD_BALANCER__DELETION_PROTECTION=str(protected).lower())
    found = stack.one("aws_s3_bucket")

    assert found["force_destroy"] is not protected
    assert found.get("lifecycle") == ({"prevent_destroy": True} if protected else None)
