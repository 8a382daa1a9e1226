"""Log groups: encrypted, with a retention, and there before whoever writes to them."""

from dataclasses import dataclass

from cdktf_cdktf_provider_aws.cloudwatch_log_group import CloudwatchLogGroup
from constructs import Construct


@dataclass(frozen=True, kw_only=True)
class LogGroupDefaults:
    """How every log of the stack is kept: under which key, and for how many days."""

    kms_key_arn: str
    retention_days: int

    def group(self, scope: Construct, *, name: str) -> CloudwatchLogGroup:
        """A log group that AWS would otherwise create by itself: unencrypted and kept for ever."""
        return CloudwatchLogGroup(
            scope,
            "log-group",
            name=name,
            retention_in_days=self.retention_days,
            kms_key_id=self.kms_key_arn,
        )
