"""S3: conditions of bucket policies, server access logs, events to EventBridge."""

import json
import re
from fnmatch import fnmatchcase
from typing import Any

from moto.iam.access_control import IAMPolicy, PermissionResult
from moto.s3.models import FakeBucket
from moto.s3.responses import S3Response
from moto.s3.utils import LOGGING_SERVICE_PRINCIPAL

from tests.emulator.gaps.patching import Method, replaces

# The end of the response, of an empty NotificationConfiguration or of one with content.
_END = re.compile("(/>|></NotificationConfiguration>)$")
_PLAIN_HTTP = {"Bool": {"aws:SecureTransport": "false"}}


@replaces(FakeBucket)
def get_permission(_original: object, self: FakeBucket, action: str, resource: str) -> Any:  # noqa: ANN401 - as in moto
    """A policy statement applies only when its condition matches; moto ignores conditions. Requests to the
    emulator represent HTTPS requests to AWS, so statements about requests without TLS never match.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition.html
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
    """PutBucketLogging requires a statement in the target bucket's policy that allows the logging service to
    write; moto raises an error when the policy has a statement whose principal is `*`.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html
    """
    log = f"arn:{target_bucket.partition}:s3:::{target_bucket.name}/{target_prefix or ''}log"
    for statement in json.loads(target_bucket.policy or "{}").get("Statement", []):
        principal = statement.get("Principal")
        services = _as_list(principal.get("Service")) if isinstance(principal, dict) else []
        if (
            statement["Effect"] == "Allow"
            and LOGGING_SERVICE_PRINCIPAL in services
            and "s3:PutObject" in _as_list(statement.get("Action"))
            and any(fnmatchcase(log, pattern) for pattern in _as_list(statement.get("Resource")))
        ):
            return True
    return False


@replaces(S3Response)
def get_bucket_notification(original: Method, self: S3Response) -> Any:  # noqa: ANN401 - as in moto
    """GetBucketNotificationConfiguration returns an EventBridgeConfiguration if the bucket sends its events
    to EventBridge; moto stores it but does not return it.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketNotificationConfiguration.html
    """
    status, headers, body = original(self)
    configuration = self.backend.get_bucket_notification_configuration(self.bucket_name)
    if configuration and configuration.event_bridge is not None:
        body = _END.sub("><EventBridgeConfiguration/></NotificationConfiguration>", body)
    return status, headers, body


def _as_list(value: str | list[str] | None) -> list[str]:
    return value if isinstance(value, list) else [value] if value else []
