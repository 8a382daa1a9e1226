"""Application Auto Scaling."""

from moto.applicationautoscaling.exceptions import AWSValidationException
from moto.applicationautoscaling.models import ApplicationAutoscalingBackend, FakeScalableTarget
from moto.applicationautoscaling.responses import ApplicationAutoScalingResponse
from moto.core.responses import ActionResult, EmptyResult

from tests.emulator.gaps.patching import adds, replaces


def _target(backend: ApplicationAutoscalingBackend, arn: str) -> FakeScalableTarget:
    for targets in backend.targets.values():
        for target in targets.values():
            if target.arn == arn:
                return target
    raise AWSValidationException(f"No scalable target found for ARN: {arn}")


@replaces(ApplicationAutoScalingResponse)
def register_scalable_target(original, self: ApplicationAutoScalingResponse) -> str:
    """RegisterScalableTarget also takes `Tags`, which moto forgets."""
