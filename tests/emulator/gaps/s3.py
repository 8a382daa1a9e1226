"""S3: bucket policies that speak of the transport."""

import json
from typing import Any

from moto.iam.access_control import IAMPolicy, PermissionResult
from moto.s3.models import FakeBucket

from tests.emulator.gaps.patching import replaces

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
