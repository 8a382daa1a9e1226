"""Application Auto Scaling: tags of scalable targets."""

from moto.applicationautoscaling.models import ApplicationAutoscalingBackend
from moto.applicationautoscaling.responses import ApplicationAutoScalingResponse
from moto.core.exceptions import JsonRESTError
from moto.core.responses import ActionResult, EmptyResult

from tests.emulator.gaps.patching import Method, adds, extra_state, replaces


def _tags(backend: ApplicationAutoscalingBackend, arn: str) -> dict[str, str]:
    for targets in backend.targets.values():
        for target in targets.values():
            if target.arn == arn:
                return extra_state(target, "tags")
    raise JsonRESTError("ResourceNotFoundException", f"The resource doesn't exist: {arn}")


@replaces(ApplicationAutoScalingResponse)
def register_scalable_target(original: Method, self: ApplicationAutoScalingResponse) -> object:
    """RegisterScalableTarget assigns the `Tags` of the request to the scalable target; moto ignores them.

    https://docs.aws.amazon.com/autoscaling/application/APIReference/API_RegisterScalableTarget.html
    """
    answer = original(self)
    backend = self.applicationautoscaling_backend
    (target,) = backend.describe_scalable_targets(
        self._get_param("ServiceNamespace"),
        [self._get_param("ResourceId")],
        self._get_param("ScalableDimension"),
    )
    _tags(backend, target.arn).update(self._get_param("Tags") or {})
    return answer


@adds(ApplicationAutoScalingResponse)
def list_tags_for_resource(self: ApplicationAutoScalingResponse) -> ActionResult:
    """ListTagsForResource returns the tags of a scalable target.

    https://docs.aws.amazon.com/autoscaling/application/APIReference/API_ListTagsForResource.html
    """
    return ActionResult({"Tags": _tags(self.applicationautoscaling_backend, self._get_param("ResourceARN"))})


@adds(ApplicationAutoScalingResponse)
def tag_resource(self: ApplicationAutoScalingResponse) -> EmptyResult:
    """TagResource adds tags to a scalable target, or edits them.

    https://docs.aws.amazon.com/autoscaling/application/APIReference/API_TagResource.html
    """
    arn = self._get_param("ResourceARN")
    _tags(self.applicationautoscaling_backend, arn).update(self._get_param("Tags"))
    return EmptyResult()


@adds(ApplicationAutoScalingResponse)
def untag_resource(self: ApplicationAutoScalingResponse) -> EmptyResult:
    """UntagResource deletes tags from a scalable target; it documents no error for a tag that does not exist.

    https://docs.aws.amazon.com/autoscaling/application/APIReference/API_UntagResource.html
    """
    tags = _tags(self.applicationautoscaling_backend, self._get_param("ResourceARN"))
    for key in self._get_param("TagKeys"):
        tags.pop(key, None)
    return EmptyResult()
