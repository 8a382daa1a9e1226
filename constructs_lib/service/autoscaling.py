"""How many tasks run: between two bounds, by what they are busy with."""

from cdktf_cdktf_provider_aws import appautoscaling_policy as policy
from cdktf_cdktf_provider_aws.appautoscaling_target import (
    AppautoscalingTarget,
    AppautoscalingTargetSuspendedState,
)
from constructs import Construct

from constructs_lib.edge.load_balancer import LoadBalancer
from constructs_lib.service.service import Service
from constructs_lib.settings.model import ServiceSettings

TargetTracking = policy.AppautoscalingPolicyTargetTrackingScalingPolicyConfiguration
Predefined = policy.AppautoscalingPolicyTargetTrackingScalingPolicyConfigurationPredefinedMetricSpecification

# Out fast, in slowly: a payment peak comes at once and ends in waves.
SCALE_OUT_COOLDOWN_SECONDS = 60
SCALE_IN_COOLDOWN_SECONDS = 300


class Autoscaling(Construct):
    """Keeps CPU, memory and requests of each task near their targets, within the settings' bounds.

    Whichever asks for the most tasks wins.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        service: Service,
        load_balancer: LoadBalancer,
        settings: ServiceSettings,
    ) -> None:
        super().__init__(scope, id_)
        target = AppautoscalingTarget(
            self,
            "target",
            service_namespace="ecs",
            resource_id=f"service/{service.cluster_name}/{service.service_name}",
            scalable_dimension="ecs:service:DesiredCount",
            min_capacity=settings.min_capacity,
            max_capacity=settings.max_capacity,
            # Said, so that a plan sees when somebody stopped the scaling and forgot to let it go on.
            suspended_state=AppautoscalingTargetSuspendedState(
                dynamic_scaling_in_suspended=False,
                dynamic_scaling_out_suspended=False,
                scheduled_scaling_suspended=False,
            ),
        )
        self._track(target, "cpu", "ECSServiceAverageCPUUtilization", settings.cpu_target)
        self._track(target, "memory", "ECSServiceAverageMemoryUtilization", settings.memory_target)
        self._track(
            target,
            "requests",
            "ALBRequestCountPerTarget",
            settings.requests_per_target,
            resource_label=f"{load_balancer.arn_suffix}/{load_balancer.target_group_arn_suffix}",
        )

    def _track(
        self,
        target: AppautoscalingTarget,
        name: str,
        metric: str,
        value: int,
        *,
        resource_label: str | None = None,
    ) -> None:
        policy.AppautoscalingPolicy(
            self,
            f"{name}-policy",
            name=name,
            policy_type="TargetTrackingScaling",
            service_namespace=target.service_namespace,
            resource_id=target.resource_id,
            scalable_dimension=target.scalable_dimension,
            target_tracking_scaling_policy_configuration=TargetTracking(
                target_value=value,
                scale_out_cooldown=SCALE_OUT_COOLDOWN_SECONDS,
                scale_in_cooldown=SCALE_IN_COOLDOWN_SECONDS,
                predefined_metric_specification=Predefined(
                    predefined_metric_type=metric, resource_label=resource_label
                ),
            ),
        )
