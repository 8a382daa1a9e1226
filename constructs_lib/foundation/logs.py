"""Log groups that are encrypted, have a retention, and exist before a service writes to them."""

from dataclasses import dataclass

from cdktf_cdktf_provider_aws.cloudwatch_log_group import CloudwatchLogGroup
from constructs import Construct


@dataclass(frozen=True, kw_only=True)
class LogGroupDefaults:
    """The KMS key and the retention of all log groups of the stack."""

    kms_key_arn: str
    retention_days: int

    def group(self, scope: Construct, id_: str = "log-group", *, name: str) -> CloudwatchLogGroup:
        """Create a log group; AWS would create it without the key and without a retention."""
        return CloudwatchLogGroup(
            scope,
            id_,
            name=name,
            retention_in_days=self.retention_days,
            kms_key_id=self.kms_key_arn,
        )
