"""The bucket and key that hold the remote state of every deployment in an account."""

from cdktf import TerraformOutput, TerraformStack
from cdktf_cdktf_provider_aws.data_aws_caller_identity import DataAwsCallerIdentity
from cdktf_cdktf_provider_aws.provider import AwsProvider, AwsProviderDefaultTags
from constructs import Construct

from constructs_lib.buckets import PrivateBucket
from constructs_lib.customer_key import CustomerKey, used_through
from constructs_lib.iam import Account
from constructs_lib.settings import StateSettings
from constructs_lib.terraform import default_tags, require_terraform

# Long enough to come back from a mistake that is found at the end of a quarter.
OLD_VERSIONS_DAYS = 90


class StateStack(TerraformStack):
    """A versioned, encrypted bucket that Terraform never deletes; deployed once per account and region.

    Its own state stays in a local file: it cannot be kept in the bucket that it creates.
    """

    def __init__(self, scope: Construct, id_: str, *, region: str, settings: StateSettings) -> None:
        super().__init__(scope, id_)
        require_terraform(self)
        AwsProvider(
            self, "aws", region=region, default_tags=[AwsProviderDefaultTags(tags=default_tags("state"))]
        )
        account = Account(account_id=DataAwsCallerIdentity(self, "caller").account_id, region=region)
        key = CustomerKey(
            self,
            "key",
            alias=settings.key_alias,
            description="Terraform state of the payment API",
            account=account,
            statements=used_through(account, "s3"),
            prevent_destroy=True,
        )
        bucket = PrivateBucket(
            self,
            "bucket",
            name=settings.bucket,
            destroyable=False,
            noncurrent_days=OLD_VERSIONS_DAYS,
            kms_key_arn=key.arn,
        )
        TerraformOutput(self, "state_bucket", value=bucket.name, description="Bucket of the remote state")
        TerraformOutput(self, "state_key_arn", value=key.arn, description="Key that encrypts the state")
