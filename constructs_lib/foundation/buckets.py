"""What every bucket of this project has in common."""

from collections.abc import Sequence
from typing import Self

from cdktf_cdktf_provider_aws.s3_bucket import S3Bucket
from cdktf_cdktf_provider_aws.s3_bucket_lifecycle_configuration import (
    S3BucketLifecycleConfiguration,
    S3BucketLifecycleConfigurationRule,
    S3BucketLifecycleConfigurationRuleAbortIncompleteMultipartUpload,
    S3BucketLifecycleConfigurationRuleExpiration,
    S3BucketLifecycleConfigurationRuleFilter,
    S3BucketLifecycleConfigurationRuleNoncurrentVersionExpiration,
)
from cdktf_cdktf_provider_aws.s3_bucket_logging import S3BucketLoggingA
from cdktf_cdktf_provider_aws.s3_bucket_notification import S3BucketNotification
from cdktf_cdktf_provider_aws.s3_bucket_object_lock_configuration import (
    S3BucketObjectLockConfigurationA,
    S3BucketObjectLockConfigurationRuleA,
    S3BucketObjectLockConfigurationRuleDefaultRetentionA,
)
from cdktf_cdktf_provider_aws.s3_bucket_ownership_controls import (
    S3BucketOwnershipControls,
    S3BucketOwnershipControlsRule,
)
from cdktf_cdktf_provider_aws.s3_bucket_policy import S3BucketPolicy
from cdktf_cdktf_provider_aws.s3_bucket_public_access_block import S3BucketPublicAccessBlock
from cdktf_cdktf_provider_aws.s3_bucket_server_side_encryption_configuration import (
    S3BucketServerSideEncryptionConfigurationA,
    S3BucketServerSideEncryptionConfigurationRuleA,
    S3BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultA,
)
from cdktf_cdktf_provider_aws.s3_bucket_versioning import (
    S3BucketVersioningA,
    S3BucketVersioningVersioningConfiguration,
)
from constructs import Construct

from constructs_lib.foundation.iam import Statement, policy_document
from constructs_lib.foundation.terraform import protection


class PrivateBucket(Construct):
    """A bucket that is versioned, encrypted, reachable over TLS alone and closed to the public.

    Without `kms_key_arn` it is encrypted with S3's own keys. Objects expire after `expiration_days` (None:
    never), noncurrent versions after `noncurrent_days`. If `protected`, Terraform refuses any plan that
    destroys the bucket; otherwise it is emptied and deleted with the stack. For `locked_days`, no version of
    an object can be deleted, except by a principal that may bypass governance mode. Requests are logged to
    `access_logs`, another private bucket whose policy lets S3 write to it.

    Outputs: `name`, `arn`, and `policy` to wait for before the first write by an AWS service.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name: str,
        protected: bool,
        noncurrent_days: int,
        expiration_days: int | None = None,
        kms_key_arn: str | None = None,
        locked_days: int | None = None,
        access_logs: Self | None = None,
        statements: Sequence[Statement] = (),
    ) -> None:
        super().__init__(scope, id_)
        bucket = S3Bucket(
            self,
            "bucket",
            bucket=name,
            force_destroy=not protected,
            # AWS takes this at any time since 2023, the provider only at creation.
            object_lock_enabled=locked_days is not None,
            lifecycle=protection(protected),
        )
        self.name = bucket.bucket
        self.arn = f"arn:aws:s3:::{name}"
        self.policy = S3BucketPolicy(
            self, "policy", bucket=self.name, policy=policy_document(self._tls_only(), *statements)
        )
        self._close_to_the_public()
        self._encrypt(kms_key_arn)
        self._keep_versions(noncurrent_days, expiration_days)
        if locked_days is not None:
            self._lock(locked_days)
        if access_logs is not None:
            S3BucketLoggingA(
                self,
                "access-logging",
                bucket=self.name,
                target_bucket=access_logs.name,
                target_prefix=f"{name}/",
                # S3 refuses a target that does not let it write yet.
                depends_on=[access_logs.policy],
            )
        # What happens to objects can be watched from EventBridge without touching the bucket again.
        S3BucketNotification(self, "events", bucket=self.name, eventbridge=True)

    def _close_to_the_public(self) -> None:
        S3BucketPublicAccessBlock(
            self,
            "public-access-block",
            bucket=self.name,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
        )
        S3BucketOwnershipControls(
            self,
            "ownership",
            bucket=self.name,
            rule=S3BucketOwnershipControlsRule(object_ownership="BucketOwnerEnforced"),
        )

    def _encrypt(self, kms_key_arn: str | None) -> None:
        S3BucketServerSideEncryptionConfigurationA(
            self,
            "encryption",
            bucket=self.name,
            rule=[
                S3BucketServerSideEncryptionConfigurationRuleA(
                    apply_server_side_encryption_by_default=S3BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultA(
                        sse_algorithm="aws:kms" if kms_key_arn else "AES256", kms_master_key_id=kms_key_arn
                    ),
                    # Fewer calls to KMS; S3's own keys have no bucket key.
                    bucket_key_enabled=bool(kms_key_arn),
                )
            ],
        )

    def _lock(self, days: int) -> None:
        S3BucketObjectLockConfigurationA(
            self,
            "object-lock",
            bucket=self.name,
            rule=S3BucketObjectLockConfigurationRuleA(
                default_retention=S3BucketObjectLockConfigurationRuleDefaultRetentionA(
                    mode="GOVERNANCE", days=days
                )
            ),
            depends_on=[self._versioning],
        )

    def _keep_versions(self, noncurrent_days: int, expiration_days: int | None) -> None:
        self._versioning = S3BucketVersioningA(
            self,
            "versioning",
            bucket=self.name,
            versioning_configuration=S3BucketVersioningVersioningConfiguration(status="Enabled"),
        )
        S3BucketLifecycleConfiguration(
            self,
            "lifecycle",
            bucket=self.name,
            rule=[
                S3BucketLifecycleConfigurationRule(
                    id="expire",
                    status="Enabled",
                    filter=[S3BucketLifecycleConfigurationRuleFilter(prefix="")],
                    expiration=[S3BucketLifecycleConfigurationRuleExpiration(days=expiration_days)]
                    if expiration_days
                    else None,
                    noncurrent_version_expiration=[
                        S3BucketLifecycleConfigurationRuleNoncurrentVersionExpiration(
                            noncurrent_days=noncurrent_days
                        )
                    ],
                    abort_incomplete_multipart_upload=[
                        S3BucketLifecycleConfigurationRuleAbortIncompleteMultipartUpload(
                            days_after_initiation=7
                        )
                    ],
                )
            ],
            # The rule for old versions means nothing before there are versions.
            depends_on=[self._versioning],
        )

    def _tls_only(self) -> Statement:
        return Statement(
            sid="DenyInsecureTransport",
            effect="Deny",
            principals={"*": "*"},
            actions=["s3:*"],
            resources=[self.arn, f"{self.arn}/*"],
            conditions={"Bool": {"aws:SecureTransport": "false"}},
        )
