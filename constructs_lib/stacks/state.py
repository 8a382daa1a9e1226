"""The bucket and KMS key of the remote state of all deployments in an account and region."""

from cdktf import Postcondition, TerraformOutput, TerraformResourceLifecycle, TerraformStack
from cdktf_cdktf_provider_aws.data_aws_caller_identity import DataAwsCallerIdentity
from cdktf_cdktf_provider_aws.provider import AwsProvider, AwsProviderDefaultTags
from constructs import Construct

from constructs_lib.foundation.buckets import PrivateBucket
from constructs_lib.foundation.customer_key import CustomerKey, used_through
from constructs_lib.foundation.iam import Account, Statement
from constructs_lib.foundation.terraform import (
    call,
    in_default_workspace,
    interpolated,
    literal,
    require_terraform,
)
from constructs_lib.settings.model import StateSettings
from constructs_lib.settings.names import STATE_SUFFIX, default_tags
from constructs_lib.settings.profiles import PLACEHOLDER_BUCKET

# A mistake that is found at the end of a quarter can still be reverted.
OLD_VERSIONS_DAYS = 90

# Object Lock protects versions for long enough to notice that somebody tries to delete them.
LOCKED_DAYS = 30

ACCESS_LOG_DAYS = 365


class StateStack(TerraformStack):
    """A versioned, encrypted bucket that Terraform never deletes; deployed once per account and region.

    The state of this stack is a local file, because it cannot be in a bucket that does not exist yet.
    """

    def __init__(self, scope: Construct, id_: str, *, region: str, settings: StateSettings) -> None:
        super().__init__(scope, id_)
        require_terraform(self)
        AwsProvider(
            self, "aws", region=region, default_tags=[AwsProviderDefaultTags(tags=default_tags(STATE_SUFFIX))]
        )
        caller = DataAwsCallerIdentity(
            self,
            "caller",
            lifecycle=TerraformResourceLifecycle(
                precondition=[in_default_workspace()], postcondition=_bucket_name_required(settings.bucket)
            ),
        )
        account = Account(account_id=caller.account_id, region=region)
        key = CustomerKey(
            self,
            "key",
            alias=settings.key_alias,
            description="Terraform state of the payment API",
            account=account,
            statements=used_through(account, "s3"),
            protected=True,
        )
        access_logs = self._access_log_bucket(account, settings.bucket)
        bucket = PrivateBucket(
            self,
            "bucket",
            name=settings.bucket,
            protected=True,
            noncurrent_days=OLD_VERSIONS_DAYS,
            locked_days=LOCKED_DAYS,
            kms_key_arn=key.arn,
            access_logs=access_logs,
        )
        TerraformOutput(self, "state_bucket", value=bucket.name, description="Bucket of the remote state")
        TerraformOutput(self, "state_key_arn", value=key.arn, description="Key that encrypts the state")

    def _access_log_bucket(self, account: Account, state_bucket: str) -> PrivateBucket:
        """Create the bucket of the state bucket's access logs, which must be encrypted with S3 managed keys.

        https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html
        """
        name = f"{state_bucket}-access"
        return PrivateBucket(
            self,
            "access-logs",
            name=name,
            protected=True,
            noncurrent_days=OLD_VERSIONS_DAYS,
            expiration_days=ACCESS_LOG_DAYS,
            statements=[
                Statement(
                    sid="WrittenByS3",
                    principals={"Service": "logging.s3.amazonaws.com"},
                    actions=["s3:PutObject"],
                    resources=[f"arn:aws:s3:::{name}/{state_bucket}/*"],
                    conditions=account.called_by(f"arn:aws:s3:::{state_bucket}"),
                )
            ],
        )


def _bucket_name_required(bucket: str) -> list[Postcondition] | None:
    """Return the condition with which Terraform refuses to create anything while the name is the placeholder.

    Otherwise S3 refuses the bucket (BucketAlreadyExists) after the key has been created.
    """
    if bucket != PLACEHOLDER_BUCKET:
        return None
    # Terraform requires a condition to refer to an object; the placeholder contains no account's ID.
    condition = call("strcontains", literal(bucket), "self.account_id")
    return [
        Postcondition(
            condition=interpolated(condition),
            error_message=(
                f"state.bucket is {bucket}, a placeholder: bucket names are globally unique, and this "
                "one is taken. Set PAYMENT_API_STATE__BUCKET, or payment_api.state.bucket in cdktf.json, "
                "to a name that nobody uses."
            ),
        )
    ]
