"""The ECS service, its tasks and their scaling."""

from collections.abc import Iterator, Mapping

from constructs_lib.review import network, safe
from constructs_lib.review.container import definitions
from constructs_lib.review.findings import (
    Finding,
    Kind,
    Rule,
    TypeRules,
    at_least,
    at_most,
    members,
    quiet,
    seen,
    switch,
)
from constructs_lib.review.plan import Change

CAPABILITY = "service"


def _maximum(change: Change, name: str) -> Iterator[Finding]:
    before, after = change.before.get(name), change.after.get(name)
    grows = isinstance(before, int) and isinstance(after, int) and after > before
    text = "maximum number of tasks" if grows else "maximum number of tasks, those above it are stopped"
    yield Finding(
        Kind.COST if grows else Kind.INTERRUPTION, f"{text}: {safe.transition(before, after)}", change.address
    )


TYPES: Mapping[str, TypeRules] = {
    "aws_ecs_cluster": TypeRules(
        CAPABILITY,
        {
            "setting": seen(Kind.PROTECTION, "Container Insights changes"),
            "configuration": seen(Kind.PROTECTION, "how sessions in containers are logged"),
            "service_connect_defaults": seen(Kind.NETWORK, "the defaults of Service Connect change"),
            **quiet("name"),
        },
        interrupts="the cluster ends with all its tasks",
    ),
    "aws_ecs_service": TypeRules(
        CAPABILITY,
        {
            "task_definition": seen(
                Kind.ROUTINE, "new tasks replace the running ones, without an interruption"
            ),
            "desired_count": at_most("number of tasks", Kind.COST),
            "enable_execute_command": switch(
                "shells in the containers (ECS Exec)", safe_value=False, created=True
            ),
            "network_configuration": network.network_configuration(),
            "load_balancer": seen(
                Kind.INTERRUPTION, "the tasks are behind other targets of the load balancer"
            ),
            "deployment_circuit_breaker": seen(
                Kind.PROTECTION, "the roll-back of failed deployments changes"
            ),
            "alarms": seen(Kind.PROTECTION, "the roll-back of deployments on an alarm changes"),
            "deployment_minimum_healthy_percent": at_least(
                "percent of the tasks that run during a deployment"
            ),
            "deployment_maximum_percent": seen(
                Kind.ROUTINE, "most tasks during a deployment (%)", shown=True
            ),
            "health_check_grace_period_seconds": seen(
                Kind.ROUTINE, "grace period of new tasks (s)", shown=True
            ),
            "availability_zone_rebalancing": seen(Kind.INTERRUPTION, "the rebalancing between zones changes"),
            "platform_version": seen(Kind.ROUTINE, "the platform version changes"),
            "launch_type": seen(Kind.INTERRUPTION, "the tasks run on other capacity"),
            "wait_for_steady_state": seen(Kind.ROUTINE, "whether the apply waits for the tasks"),
            **quiet(
                "name cluster enable_ecs_managed_tags propagate_tags iam_role "
                "force_new_deployment triggers force_delete"
            ),
        },
        interrupts="the service ends with all its tasks",
    ),
    "aws_ecs_task_definition": TypeRules(
        CAPABILITY,
        {
            "container_definitions": definitions(),
            "cpu": at_most("CPU units of a task", Kind.COST),
            "memory": at_most("memory of a task (MiB)", Kind.COST),
            "execution_role_arn": seen(Kind.ACCESS, "the tasks start with another execution role"),
            "task_role_arn": seen(Kind.ACCESS, "the application has another role"),
            "ephemeral_storage": seen(Kind.COST, "the storage of a task changes"),
            "volume": seen(Kind.PROTECTION, "the volumes of a task change"),
            "network_mode": seen(Kind.NETWORK, "the network mode of the tasks changes"),
            "pid_mode": seen(Kind.PROTECTION, "the isolation of processes changes"),
            "ipc_mode": seen(Kind.PROTECTION, "the isolation of processes changes"),
            "runtime_platform": seen(Kind.ROUTINE, "the platform of the tasks changes"),
            "enable_fault_injection": switch("the injection of faults", safe_value=False),
            **quiet(
                "family revision arn_without_revision requires_compatibilities skip_destroy track_latest"
            ),
        },
    ),
    "aws_appautoscaling_target": TypeRules(
        CAPABILITY,
        {
            "min_capacity": at_most("minimum number of tasks", Kind.COST),
            "max_capacity": Rule(_maximum),
            "suspended_state": seen(Kind.PROTECTION, "scaling is suspended or resumed"),
            **quiet("resource_id role_arn scalable_dimension service_namespace"),
        },
        protects="the scaling of the service",
    ),
    "aws_appautoscaling_policy": TypeRules(
        CAPABILITY,
        {
            "target_tracking_scaling_policy_configuration": seen(
                Kind.ROUTINE, "the service scales at another load"
            ),
            "step_scaling_policy_configuration": seen(Kind.ROUTINE, "the service scales in other steps"),
            "alarm_arns": members("alarms of the scaling"),
            **quiet("name policy_type resource_id scalable_dimension service_namespace"),
        },
        protects="a rule by which the service scales",
    ),
}
