"""Target tracking of CPU, memory and requests, which scales the number of tasks."""

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

# Payment traffic rises suddenly and falls gradually, so the service scales out fast and in slowly.
SCALE_OUT_COOLDOWN_SECONDS = 60
SCALE_IN_COOLDOWN_SECONDS = 300


class Autoscaling(Construct):
    """Keeps CPU, memory and requests per task near their targets, between the minimum and maximum capacity.

    The policy that requires the most tasks determines the number.
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
            # Set explicitly, so that a plan shows scaling that someone suspended and did not resume.
            suspended_state=AppautoscalingTargetSuspendedState(
                dynamic_scaling_in_suspended=False,
                dynamic_scaling_out_suspended=False,
                scheduled_scaling_suspended=False,
            ),
        )
        self._track_target(target, "cpu", "ECSServiceAverageCPUUtilization", settings.cpu_target)
        self._track_target(target, "memory", "ECSServiceAverageMemoryUtilization", settings.memory_target)
        self._track_target(
            target,
            "requests",
            "ALBRequestCountPerTarget",
            settings.requests_per_target,
            resource_label=f"{load_balancer.arn_suffix}/{load_balancer.target_group_arn_suffix}",
        )

    def _track_target(
        self,
        target: AppautoscalingTarget,
        name: str,
        metric: str,
        target_value: int,
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
                target_value=target_value,
                scale_out_cooldown=SCALE_OUT_COOLDOWN_SECONDS,
                scale_in_cooldown=SCALE_IN_COOLDOWN_SECONDS,
                predefined_metric_specification=Predefined(
                    predefined_metric_type=metric, resource_label=resource_label
                ),
            ),
        )
