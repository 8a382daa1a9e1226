"""What the others build on: roles, keys, buckets, functions and names."""

from collections.abc import Mapping

from constructs_lib.review.access import policy, removed_policy
from constructs_lib.review.findings import (
    Finding,
    Kind,
    TypeRules,
    at_least,
    at_most,
    kept,
    quiet,
    seen,
    switch,
)
from constructs_lib.review.plan import Change
from constructs_lib.review.retention import lifecycle_rules

CAPABILITY = "foundation"

_BUCKET = quiet("bucket expected_bucket_owner rule mfa")


def _attached(change: Change) -> list[Finding]:
    if change.removes:
        return []
    return [Finding(Kind.ACCESS, "a policy is attached to a role", change.address)]


def _trusted(change: Change) -> list[Finding]:
    if change.removes:
        return []
    return [Finding(Kind.ACCESS, "tokens of an identity provider are trusted", change.address)]


TYPES: Mapping[str, TypeRules] = {
    "aws_iam_role": TypeRules(
        CAPABILITY,
        {
            "assume_role_policy": policy(trust=True),
            "permissions_boundary": seen(Kind.ACCESS, "the permissions boundary changes"),
            "max_session_duration": at_most("longest session (s)", Kind.ACCESS),
            "inline_policy": seen(Kind.ACCESS, "the role's inline policies change"),
            "managed_policy_arns": seen(Kind.ACCESS, "the role's managed policies change"),
            **quiet("name name_prefix path unique_id create_date force_detach_policies"),
        },
    ),
    "aws_iam_policy": TypeRules(
        CAPABILITY,
        {"policy": policy(), **quiet("name name_prefix path policy_id attachment_count")},
    ),
    "aws_iam_role_policy": TypeRules(
        CAPABILITY,
        {
            "policy": policy(),
            "role": seen(Kind.ACCESS, "the policy is that of another role"),
            **quiet("name name_prefix"),
        },
    ),
    "aws_iam_role_policy_attachment": TypeRules(CAPABILITY, quiet("role policy_arn"), whole=(_attached,)),
    "aws_iam_role_policy_attachments_exclusive": TypeRules(
        CAPABILITY,
        {
            "policy_arns": seen(Kind.ACCESS, "other policies may stay attached to the role"),
            **quiet("role_name"),
        },
        protects="the detachment of policies that others attach to the role",
    ),
    "aws_iam_role_policies_exclusive": TypeRules(
        CAPABILITY,
        {
            "policy_names": seen(Kind.ACCESS, "other inline policies may stay in the role"),
            **quiet("role_name"),
        },
        protects="the removal of inline policies that others add to the role",
    ),
    "aws_iam_openid_connect_provider": TypeRules(
        CAPABILITY,
        {
            "client_id_list": seen(Kind.ACCESS, "tokens for other audiences are trusted"),
            "thumbprint_list": seen(Kind.ACCESS, "other certificates are trusted"),
            **quiet("url"),
        },
        whole=(_trusted,),
    ),
    "aws_kms_key": TypeRules(
        CAPABILITY,
        {
            "policy": policy(),
            "enable_key_rotation": switch("the rotation of the key", safe_value=True, created=True),
            "deletion_window_in_days": at_least("days until a deleted key is gone"),
            "is_enabled": seen(Kind.INTERRUPTION, "the key is enabled", shown=True),
            "bypass_policy_lockout_safety_check": switch("the bypass of the lockout check", safe_value=False),
            **quiet("key_id rotation_period_in_days key_usage customer_master_key_spec multi_region"),
        },
        holds_data="the key, without which nothing that it encrypts can be read",
        costs="adds a KMS key",
    ),
    "aws_kms_alias": TypeRules(
        CAPABILITY,
        {
            "target_key_id": seen(Kind.PROTECTION, "the alias is that of another key"),
            **quiet("name name_prefix target_key_arn"),
        },
        interrupts="the alias of a key ends, for everything that names the key by it",
    ),
    "aws_s3_bucket": TypeRules(
        CAPABILITY,
        {
            "force_destroy": switch("forced deletion of the bucket with its objects", safe_value=False),
            "policy": policy(),
            "acl": seen(Kind.ACCESS, "the bucket's ACL changes"),
            "grant": seen(Kind.ACCESS, "the bucket's grants change"),
            "versioning": seen(Kind.PROTECTION, "versioning changes"),
            "server_side_encryption_configuration": seen(Kind.PROTECTION, "encryption changes"),
            "lifecycle_rule": seen(Kind.PROTECTION, "objects expire at another time"),
            "logging": seen(Kind.PROTECTION, "access logging changes"),
            "object_lock_configuration": seen(Kind.PROTECTION, "the object lock changes"),
            **quiet(
                "bucket bucket_prefix bucket_domain_name bucket_regional_domain_name "
                "hosted_zone_id region object_lock_enabled request_payer acceleration_status"
            ),
        },
        holds_data="the bucket with its objects",
    ),
    "aws_s3_bucket_policy": TypeRules(
        CAPABILITY, {"policy": policy(), **quiet("bucket")}, whole=(removed_policy,)
    ),
    "aws_s3_bucket_public_access_block": TypeRules(
        CAPABILITY,
        quiet("bucket")
        | {
            name: switch("the block of public access", safe_value=True, created=True)
            for name in (
                "block_public_acls",
                "block_public_policy",
                "ignore_public_acls",
                "restrict_public_buckets",
            )
        },
        protects="the block of public access",
    ),
    "aws_s3_bucket_server_side_encryption_configuration": TypeRules(
        CAPABILITY,
        _BUCKET | {"rule": seen(Kind.PROTECTION, "the encryption of the bucket changes")},
        protects="the encryption of the bucket with its key",
    ),
    "aws_s3_bucket_versioning": TypeRules(
        CAPABILITY,
        _BUCKET | {"versioning_configuration": seen(Kind.PROTECTION, "versioning changes")},
        protects="versioning",
    ),
    "aws_s3_bucket_ownership_controls": TypeRules(
        CAPABILITY,
        _BUCKET | {"rule": seen(Kind.ACCESS, "the ownership of objects, and with it ACLs")},
        protects="the rule that ACLs are off",
    ),
    "aws_s3_bucket_lifecycle_configuration": TypeRules(
        CAPABILITY,
        _BUCKET | {"rule": lifecycle_rules(), **quiet("transition_default_minimum_object_size")},
    ),
    "aws_s3_bucket_logging": TypeRules(
        CAPABILITY,
        _BUCKET
        | {
            "target_bucket": seen(Kind.PROTECTION, "access logs are written elsewhere"),
            **quiet("target_prefix"),
        },
        protects="access logging",
    ),
    "aws_s3_bucket_object_lock_configuration": TypeRules(
        CAPABILITY,
        _BUCKET | {"rule": seen(Kind.PROTECTION, "the object lock changes")},
        protects="the object lock",
    ),
    "aws_s3_bucket_notification": TypeRules(
        CAPABILITY,
        _BUCKET
        | {
            "eventbridge": switch("events of the bucket", safe_value=True),
            **{
                name: seen(Kind.ROUTINE, "events of the bucket go elsewhere")
                for name in ("topic", "queue", "lambda_function")
            },
        },
    ),
    "aws_lambda_function": TypeRules(
        CAPABILITY,
        {
            "role": seen(Kind.ACCESS, "the function has another role"),
            "vpc_config": seen(Kind.NETWORK, "the function is in another network"),
            "source_code_hash": seen(Kind.ROUTINE, "the function runs other code"),
            "runtime": seen(Kind.ROUTINE, "the function's runtime changes"),
            "handler": seen(Kind.ROUTINE, "the function's handler changes"),
            "environment": seen(Kind.ROUTINE, "the function's variables change"),
            "memory_size": at_most("memory of the function (MB)", Kind.COST),
            "logging_config": seen(Kind.PROTECTION, "the function logs elsewhere"),
            "tracing_config": seen(Kind.ROUTINE, "the function's tracing changes"),
            "architectures": seen(Kind.ROUTINE, "the function's architecture changes"),
            "timeout": seen(Kind.ROUTINE, "timeout of the function (s)", shown=True),
            "kms_key_arn": kept("the key of the function's variables"),
            **quiet(
                "filename function_name code_sha256 last_modified version source_code_size "
                "invoke_arn qualified_arn qualified_invoke_arn publish"
            ),
        },
    ),
    "aws_lambda_invocation": TypeRules(
        CAPABILITY,
        quiet("function_name input result triggers lifecycle_scope qualifier terraform_key"),
        whole=(
            lambda change: (
                []
                if change.removes
                else [Finding(Kind.ROUTINE, "the apply runs the function", change.address)]
            ),
        ),
    ),
    "aws_ecr_repository": TypeRules(
        CAPABILITY,
        {
            "force_delete": switch("forced deletion of the repository with its images", safe_value=False),
            "image_tag_mutability": seen(Kind.PROTECTION, "tags of images", shown=True),
            "image_scanning_configuration": seen(Kind.PROTECTION, "the scan of images changes"),
            "encryption_configuration": seen(Kind.PROTECTION, "the encryption of images changes"),
            **quiet("name registry_id repository_url"),
        },
        holds_data="the repository with its images",
    ),
    "aws_ecr_repository_policy": TypeRules(
        CAPABILITY, {"policy": policy(), **quiet("repository registry_id")}, whole=(removed_policy,)
    ),
    "aws_ecr_lifecycle_policy": TypeRules(
        CAPABILITY,
        {"policy": seen(Kind.PROTECTION, "images expire at another time"), **quiet("repository registry_id")},
    ),
    "random_id": TypeRules(
        CAPABILITY,
        quiet("byte_length keepers prefix hex dec b64_std b64_url"),
    ),
    "aws_cloudwatch_log_group": TypeRules(
        "monitoring",
        {
            "retention_in_days": at_least("days that logs are kept, older ones are deleted", unlimited=0),
            "kms_key_id": kept("the key of the logs"),
            "log_group_class": seen(Kind.PROTECTION, "the class of the log group changes"),
            **quiet("name name_prefix skip_destroy"),
        },
        holds_data="the log group with its logs",
    ),
    "aws_sns_topic": TypeRules(
        "monitoring",
        {
            "kms_master_key_id": kept("the key of the topic"),
            "policy": policy(),
            "delivery_policy": seen(Kind.ROUTINE, "the delivery policy changes"),
            **quiet("name name_prefix owner display_name"),
        },
        interrupts="the topic ends, and with it notifications until it is subscribed again",
    ),
    "aws_sns_topic_policy": TypeRules(
        "monitoring",
        {"policy": policy(), **quiet("arn owner")},
        protects="the policy of the topic",
        whole=(removed_policy,),
    ),
    "aws_sns_topic_subscription": TypeRules(
        "monitoring",
        {
            name: seen(Kind.PROTECTION, "somebody else is notified")
            for name in ("endpoint", "protocol", "topic_arn")
        }
        | {"filter_policy": seen(Kind.PROTECTION, "fewer notifications are sent")}
        | quiet(
            "confirmation_was_authenticated owner_id pending_confirmation "
            "filter_policy_scope raw_message_delivery confirmation_timeout_in_minutes "
            "endpoint_auto_confirms"
        ),
        protects="a subscription to alarms",
    ),
}
