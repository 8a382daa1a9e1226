"""The bucket of the load balancer's logs."""

import pytest

from tests.unit.synthesis import ACCOUNT, Synthesized, statements, synthesize


def bucket(stack: Synthesized) -> str:
    """A reference to the bucket's name."""
    return stack.ref("aws_s3_bucket", "bucket")


def arn(stack: Synthesized) -> str:
    """The bucket's ARN."""
    return f"arn:aws:s3:::{stack.one('aws_s3_bucket')['bucket']}"


def test_its_name_is_unique_in_the_world_and_stable_here(dev: Synthesized) -> None:
    suffix = dev.address("random_id", byte_length=4)

    assert dev.one("aws_s3_bucket")["bucket"] == f"payment-api-dev-logs-${{{suffix}.hex}}"


def test_s3s_own_keys_encrypt_it(every: Synthesized) -> None:
    """Load balancers refuse a bucket with a customer key."""
    (rule,) = every.one("aws_s3_bucket_server_side_encryption_configuration", bucket=bucket(every))["rule"]

    assert rule["apply_server_side_encryption_by_default"] == {"sse_algorithm": "AES256"}


def test_it_is_closed_to_the_public(every: Synthesized) -> None:
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


def test_access_lists_have_no_say(every: Synthesized) -> None:
    controls = every.one("aws_s3_bucket_ownership_controls", bucket=bucket(every))

    assert controls["rule"] == {"object_ownership": "BucketOwnerEnforced"}


def test_it_is_versioned(every: Synthesized) -> None:
    versioning = every.one("aws_s3_bucket_versioning", bucket=bucket(every))

    assert versioning["versioning_configuration"] == {"status": "Enabled"}


@pytest.mark.parametrize("days", [365, 30])
def test_logs_expire_with_all_other_logs(days: int) -> None:
    system = synthesize("dev", PAYMENT_API_MONITORING__LOG_RETENTION_DAYS=str(days))
    (rule,) = system.one("aws_s3_bucket_lifecycle_configuration", bucket=bucket(system))["rule"]

    assert rule["status"] == "Enabled"
    assert rule["filter"] == [{"prefix": ""}]
    assert rule["expiration"] == [{"days": days}]
    assert rule["noncurrent_version_expiration"] == [{"noncurrent_days": 7}]


def test_only_this_accounts_load_balancers_may_write(every: Synthesized) -> None:
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
            "ArnLike": {"aws:SourceArn": f"arn:aws:elasticloadbalancing:us-east-1:{ACCOUNT}:loadbalancer/*"}
        },
    }


def test_plain_http_is_refused_to_everyone(every: Synthesized) -> None:
    policy = statements(every.one("aws_s3_bucket_policy", bucket=bucket(every))["policy"])

    assert policy["DenyInsecureTransport"] == {
        "Sid": "DenyInsecureTransport",
        "Effect": "Deny",
        "Principal": "*",
        "Action": ["s3:*"],
        "Resource": [arn(every), f"{arn(every)}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }


def test_devs_goes_with_the_stack(dev: Synthesized) -> None:
    found = dev.one("aws_s3_bucket")

    assert found["force_destroy"] is True
    assert "lifecycle" not in found


@pytest.mark.parametrize("suffix", ["staging", "prod"])
def test_elsewhere_terraform_refuses_to_delete_it(suffix: str) -> None:
    found = synthesize(suffix).one("aws_s3_bucket")

    assert found["force_destroy"] is False
    assert found["lifecycle"] == {"prevent_destroy": True}
