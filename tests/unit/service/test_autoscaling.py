"""Target tracking of the service."""

import pytest

from tests.unit.synthesis import Block, Synthesized, synthesize


def configuration(stack: Synthesized, name: str) -> Block:
    """The target tracking configuration of a policy."""
    policy = stack.one("aws_appautoscaling_policy", name=name)
    return dict(policy["target_tracking_scaling_policy_configuration"])


def targets(stack: Synthesized) -> dict[str, int]:
    """The target value of each policy."""
    return {name: configuration(stack, name)["target_value"] for name in ("cpu", "memory", "requests")}


def capacity(stack: Synthesized) -> tuple[int, int]:
    """The minimum and the maximum number of tasks."""
    target = stack.one("aws_appautoscaling_target")
    return target["min_capacity"], target["max_capacity"]


def test_the_default_capacity_is_2_to_10_tasks(each_profile: Synthesized) -> None:
    assert capacity(each_profile) == (2, 10)


def test_the_settings_choose_the_capacity(every: Synthesized) -> None:
    settings = every.settings.service

    assert capacity(every) == (settings.min_capacity, settings.max_capacity)


def test_no_scaling_is_suspended(every: Synthesized) -> None:
    """Without this argument, a plan would not show scaling that someone suspended."""
    assert every.one("aws_appautoscaling_target")["suspended_state"] == {
        "dynamic_scaling_in_suspended": False,
        "dynamic_scaling_out_suspended": False,
        "scheduled_scaling_suspended": False,
    }


def test_the_scalable_dimension_is_the_desired_count_of_the_service(every: Synthesized) -> None:
    cluster, service = every.ref("aws_ecs_cluster", "name"), every.ref("aws_ecs_service", "name")

    assert every.has(
        "aws_appautoscaling_target",
        {
            "service_namespace": "ecs",
            "resource_id": f"service/{cluster}/{service}",
            "scalable_dimension": "ecs:service:DesiredCount",
        },
    )


def test_every_policy_is_target_tracking_of_the_service(every: Synthesized) -> None:
    policies = every.all("aws_appautoscaling_policy")

    assert policies
    for policy in policies.values():
        assert policy["policy_type"] == "TargetTrackingScaling"
        for argument in ("service_namespace", "resource_id", "scalable_dimension"):
            assert policy[argument] == every.ref("aws_appautoscaling_target", argument)


def test_the_default_targets_are_70_percent_cpu_80_percent_memory_and_1000_requests(
    each_profile: Synthesized,
) -> None:
    assert targets(each_profile) == {"cpu": 70, "memory": 80, "requests": 1000}


def test_the_settings_choose_the_targets(every: Synthesized) -> None:
    settings = every.settings.service

    assert targets(every) == {
        "cpu": settings.cpu_target,
        "memory": settings.memory_target,
        "requests": settings.requests_per_target,
    }


@pytest.mark.parametrize(
    ("name", "metric"),
    [("cpu", "ECSServiceAverageCPUUtilization"), ("memory", "ECSServiceAverageMemoryUtilization")],
)
def test_cpu_and_memory_policies_track_the_average_utilization_of_the_service(
    every: Synthesized, name: str, metric: str
) -> None:
    assert configuration(every, name)["predefined_metric_specification"] == {"predefined_metric_type": metric}


def test_the_requests_policy_tracks_the_request_count_per_target_of_the_target_group(
    every: Synthesized,
) -> None:
    load_balancer = every.ref("aws_lb", "arn_suffix")
    target_group = every.ref("aws_lb_target_group", "arn_suffix")

    assert configuration(every, "requests")["predefined_metric_specification"] == {
        "predefined_metric_type": "ALBRequestCountPerTarget",
        "resource_label": f"{load_balancer}/{target_group}",
    }


@pytest.mark.parametrize("name", ["cpu", "memory", "requests"])
def test_the_cooldown_is_60_seconds_to_scale_out_and_300_to_scale_in(every: Synthesized, name: str) -> None:
    policy = configuration(every, name)

    assert policy["scale_out_cooldown"] == 60
    assert policy["scale_in_cooldown"] == 300


def test_each_scaling_setting_reaches_its_own_argument() -> None:
    stack = synthesize(
        "dev",
        PAYMENT_API_SERVICE__MIN_CAPACITY="3",
        PAYMENT_API_SERVICE__MAX_CAPACITY="4",
        PAYMENT_API_SERVICE__CPU_TARGET="55",
        PAYMENT_API_SERVICE__MEMORY_TARGET="66",
        PAYMENT_API_SERVICE__REQUESTS_PER_TARGET="77",
    )

    assert capacity(stack) == (3, 4)
    assert stack.one("aws_ecs_service")["desired_count"] == 3
    assert targets(stack) == {"cpu": 55, "memory": 66, "requests": 77}
