"""Log groups: encrypted, with a retention, and there before whoever writes to them."""

from cdktf_cdktf_provider_aws.cloudwatch_log_group import CloudwatchLogGroup
from constructs import Construct


def log_group(
    scope: Construct, id_: str, *, name: str, retention_days: int, kms_key_arn: str
) -> CloudwatchLogGroup:
    """A log group that AWS would otherwise create by itself: unencrypted and kept for ever."""
    return CloudwatchLogGroup(scope, id_, name=name, retention_in_days=retention_days, kms_key_id=kms_key_arn)
