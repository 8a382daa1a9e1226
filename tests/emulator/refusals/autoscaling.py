"""Application Auto Scaling: scalable targets and scaling policies of ECS services."""

from tests.emulator.calls import Call
from tests.emulator.refusals.rules import RefusedError, moto_refuses, refuses

moto_refuses(
    "application-autoscaling", "RegisterScalableTarget", code="ValidationException", kind="not there yet"
)

_POLICIES_PER_TARGET = 50


def _target_exists(call: Call) -> bool:
    targets = call.backend("application-autoscaling").targets
    return call.parameters.get("ResourceId") in targets.get(call.parameters.get("ScalableDimension"), {})


@refuses("application-autoscaling", "RegisterScalableTarget", kind="not there yet")
def inactive_service(call: Call) -> None:
    """RegisterScalableTarget refuses a service of ECS that is not active.

    https://docs.aws.amazon.com/autoscaling/application/APIReference/API_RegisterScalableTarget.html
    """
    if call.parameters.get("ServiceNamespace") != "ecs":
        return
    cluster_and_service = str(call.parameters.get("ResourceId")).split("/")[1:]
    service = call.backend("ecs").services.get(":".join(cluster_and_service))
    if service and service.status != "ACTIVE":
        raise RefusedError(
            "ValidationException", f"ECS service doesn't exist: {call.parameters.get('ResourceId')}"
        )


@refuses("application-autoscaling", "RegisterScalableTarget", kind="malformed")
def capacity_range(call: Call) -> None:
    """A new target has a minimum and a maximum, and the maximum is never less than the minimum.

    https://docs.aws.amazon.com/autoscaling/application/APIReference/API_RegisterScalableTarget.html
    """
    minimum, maximum = call.parameters.get("MinCapacity"), call.parameters.get("MaxCapacity")
    if not _target_exists(call) and (minimum is None or maximum is None):
        raise RefusedError(
            "ValidationException", "MinCapacity and MaxCapacity are required when registering a new target"
        )
    if minimum is not None and maximum is not None and minimum > maximum:
        raise RefusedError("ValidationException", "Maximum capacity cannot be less than minimum capacity")


@refuses("application-autoscaling", "PutScalingPolicy", kind="not there yet")
def policy_without_target(call: Call) -> None:
    """PutScalingPolicy refuses a resource that is not registered as a scalable target.

    https://docs.aws.amazon.com/autoscaling/application/APIReference/API_PutScalingPolicy.html
    """
    if not _target_exists(call):
        raise RefusedError(
            "ObjectNotFoundException",
            f"No scalable target registered for namespace: {call.parameters.get('ServiceNamespace')}, "
            f"resource ID: {call.parameters.get('ResourceId')}, "
            f"scalable dimension: {call.parameters.get('ScalableDimension')}",
        )


@refuses("application-autoscaling", "PutScalingPolicy", kind="not there yet")
def target_group_of_a_policy(call: Call) -> None:
    """A policy on ALBRequestCountPerTarget names a load balancer and its target group, which exist.

    https://docs.aws.amazon.com/autoscaling/application/APIReference/API_PredefinedMetricSpecification.html
    """
    metric = (call.parameters.get("TargetTrackingScalingPolicyConfiguration") or {}).get(
        "PredefinedMetricSpecification"
    ) or {}
    if metric.get("PredefinedMetricType") != "ALBRequestCountPerTarget":
        return
    balancer, _, group = str(metric.get("ResourceLabel", "")).partition("/targetgroup/")
    elbv2 = call.backend("elbv2")
    if not any(arn.endswith(f":loadbalancer/{balancer}") for arn in elbv2.load_balancers) or not any(
        arn.endswith(f":targetgroup/{group}") for arn in elbv2.target_groups
    ):
        raise RefusedError(
            "ValidationException", f"The resource label {metric.get('ResourceLabel')!r} is not valid"
        )


@refuses("application-autoscaling", "DeregisterScalableTarget", kind="not there yet")
def deregister_no_target(call: Call) -> None:
    """DeregisterScalableTarget refuses a resource that is not registered.

    https://docs.aws.amazon.com/autoscaling/application/APIReference/API_DeregisterScalableTarget.html
    """
    if not _target_exists(call):
        raise RefusedError("ObjectNotFoundException", "No scalable target registered")


@refuses("application-autoscaling", "DeleteScalingPolicy", kind="not there yet")
def delete_no_policy(call: Call) -> None:
    """DeleteScalingPolicy refuses a policy that does not exist.

    https://docs.aws.amazon.com/autoscaling/application/APIReference/API_DeleteScalingPolicy.html
    """
    names = {
        policy.policy_name
        for policy in call.backend("application-autoscaling").policies.values()
        if policy.resource_id == call.parameters.get("ResourceId")
    }
    if call.parameters.get("PolicyName") not in names:
        raise RefusedError("ObjectNotFoundException", "No scaling policy found")


@refuses("application-autoscaling", "PutScalingPolicy", kind="too many")
def policies_per_target(call: Call) -> None:
    """A scalable target has at most 50 scaling policies.

    https://docs.aws.amazon.com/autoscaling/application/userguide/application-auto-scaling-limits.html
    """
    policies = [
        policy
        for policy in call.backend("application-autoscaling").policies.values()
        if policy.resource_id == call.parameters.get("ResourceId")
    ]
    if len(policies) >= _POLICIES_PER_TARGET:
        raise RefusedError(
            "LimitExceededException", f"The quota of {_POLICIES_PER_TARGET} policies is exceeded."
        )
