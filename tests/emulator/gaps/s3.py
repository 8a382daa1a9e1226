"""S3: bucket policies, access logs, events."""

import json
import re
from fnmatch import fnmatchcase
from typing import Any

from moto.iam.access_control import IAMPolicy, PermissionResult
from moto.s3.models import FakeBucket
from moto.s3.responses import S3Response
from moto.s3.utils import LOGGING_SERVICE_PRINCIPAL

from tests.emulator.gaps.patching import Method, replaces

# The end of the answer, whether anything stands in it or not.
_END = re.compile("(/>|></NotificationConfiguration>)$")
_PLAIN_HTTP = {"Bool": {"aws:SecureTransport": "false"}}


@replaces(FakeBucket)
def get_permission(_original: object, self: FakeBucket, action: str, resource: str) -> Any:  # noqa: ANN401 - as in moto
    """A statement applies only where its condition holds; moto applies it always.

    The emulator's loopback endpoint stands for AWS's, which is HTTPS, so what a policy says of requests
    in plain HTTP does not apply.
    """
    if self.policy is None:
        return PermissionResult.NEUTRAL
    document = json.loads(self.policy)
    document["Statement"] = [each for each in document["Statement"] if each.get("Condition") != _PLAIN_HTTP]
    return IAMPolicy(json.dumps(document)).is_action_permitted(action, resource)


@replaces(FakeBucket)
def _log_permissions_enabled_policy(
    _original: object, _self: FakeBucket, target_bucket: FakeBucket, target_prefix: str | None
) -> bool:
    """PutBucketLogging asks the target's policy for a statement that lets the logging service write;
    moto's own reading fails on a statement about every principal.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html
    """
    log = f"arn:{target_bucket.partition}:s3:::{target_bucket.name}/{target_prefix or ''}log"
    for statement in json.loads(target_bucket.policy or "{}").get("Statement", []):
        principal = statement.get("Principal")
        services = _listed(principal.get("Service")) if isinstance(principal, dict) else []
        if (
            statement["Effect"] == "Allow"
            and LOGGING_SERVICE_PRINCIPAL in services
            and "s3:PutObject" in _listed(statement.get("Action"))
            and any(fnmatchcase(log, pattern) for pattern in _listed(statement.get("Resource")))
        ):
            return True
    return False


@replaces(S3Response)
def get_bucket_notification(original: Method, self: S3Response) -> Any:  # noqa: ANN401 - as in moto
    """GetBucketNotificationConfiguration says whether events go to EventBridge."""
    status, headers, body = original(self)
    configuration = self.backend.get_bucket_notification_configuration(self.bucket_name)
    if configuration and configuration.event_bridge is not None:
        body = _END.sub("><EventBridgeConfiguration/></NotificationConfiguration>", body)
    return status, headers, body


def _listed(value: str | list[str] | None) -> list[str]:
    return value if isinstance(value, list) else [value] if value else []
