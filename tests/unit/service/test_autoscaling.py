"""How many tasks run."""

import pytest

from tests.unit.synthesis import Block, Synthesized, synthesize


def configuration(stack: Synthesized, name: str) -> Block:
    """What a policy tracks, and how."""
    policy = stack.one("aws_appautoscaling_policy", name=name)
    return dict(policy["target_tracking_scaling_policy_configuration"])


def test_two_to_ten_tasks_run(every: Synthesized) -> None:
    """Parity 21."""
    target = every.one("aws_appautoscaling_target")

    assert (target["min_capacity"], target["max_capacity"]) == (2, 10)


def test_that_nothing_is_suspended_is_said(every: Synthesized) -> None:
    """Where it is not, Terraform keeps what somebody suspended, and shows nothing."""
    assert every.one("aws_appautoscaling_target")["suspended_state"] == {
        "dynamic_scaling_in_suspended": False,
        "dynamic_scaling_out_suspended": False,
        "scheduled_scaling_suspended": False,
    }


def test_the_count_of_the_service_is_what_scales(every: Synthesized) -> None:
    """Parity 21."""
    cluster, service = every.ref("aws_ecs_cluster", "name"), every.ref("aws_ecs_service", "name")

    assert every.has(
        "aws_appautoscaling_target",
        {
            "service_namespace": "ecs",
            "resource_id": f"service/{cluster}/{service}",
            "scalable_dimension": "ecs:service:DesiredCount",
        },
    )


def test_every_policy_scales_that_target(every: Synthesized) -> None:
    policies = every.all("aws_appautoscaling_policy")

    assert policies
    for policy in policies.values():
        assert policy["policy_type"] == "TargetTrackingScaling"
        for argument in ("service_namespace", "resource_id", "scalable_dimension"):
            assert policy[argument] == every.ref("aws_appautoscaling_target", argument)


def test_cpu_is_held_at_70_percent(every: Synthesized) -> None:
    """Parity 21."""
    cpu = configuration(every, "cpu")

    assert cpu["target_value"] == 70
    assert cpu["predefined_metric_specification"] == {
        "predefined_metric_type": "ECSServiceAverageCPUUtilization"
    }


def test_memory_is_held_at_80_percent(every: Synthesized) -> None:
    memory = configuration(every, "memory")

    assert memory["target_value"] == 80
    assert memory["predefined_metric_specification"] == {
        "predefined_metric_type": "ECSServiceAverageMemoryUtilization"
    }


def test_requests_to_each_target_are_held_at_1000(every: Synthesized) -> None:
    load_balancer = every.ref("aws_lb", "arn_suffix")
    target_group = every.ref("aws_lb_target_group", "arn_suffix")
    requests = configuration(every, "requests")

    assert requests["target_value"] == 1000
    assert requests["predefined_metric_specification"] == {
        "predefined_metric_type": "ALBRequestCountPerTarget",
        "resource_label": f"{load_balancer}/{target_group}",
    }


@pytest.mark.parametrize("name", ["cpu", "memory", "requests"])
def test_it_scales_out_fast_and_in_slowly(dev: Synthesized, name: str) -> None:
    policy = configuration(dev, name)

    assert policy["scale_out_cooldown"] == 60
    assert policy["scale_in_cooldown"] == 300


def test_the_settings_choose_bounds_and_targets() -> None:
    system = synthesize(
        "dev",
        PAYMENT_API_SERVICE__MIN_CAPACITY="3",
        PAYMENT_API_SERVICE__MAX_CAPACITY="4",
        PAYMENT_API_SERVICE__CPU_TARGET="55",
        PAYMENT_API_SERVICE__MEMORY_TARGET="66",
        PAYMENT_API_SERVICE__REQUESTS_PER_TARGET="77",
    )
    target = system.one("aws_appautoscaling_target")
    targets = {name: configuration(system, name)["target_value"] for name in ("cpu", "memory", "requests")}

    assert (target["min_capacity"], target["max_capacity"]) == (3, 4)
    assert system.one("aws_ecs_service")["desired_count"] == 3
    assert targets == {"cpu": 55, "memory": 66, "requests": 77}
