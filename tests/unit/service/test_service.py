"""The ECS cluster, the task definition and the Fargate service."""

import pytest

from tests.unit.synthesis import Block, Synthesized, statements, synthesize
from tests.variables import EVERYTHING_ON


def service(stack: Synthesized) -> Block:
    """The ECS service."""
    return stack.one("aws_ecs_service")


def task_size(stack: Synthesized) -> tuple[str, str]:
    """The CPU units and the memory (MiB) of a task."""
    definition = stack.one("aws_ecs_task_definition", family=stack.prefix)
    return definition["cpu"], definition["memory"]


def execution_policy(stack: Synthesized) -> dict[str, Block]:
    """The statements of the execution role's policy, by Sid."""
    return statements(stack.one("aws_iam_policy", name=stack.role_name("execution"))["policy"])


def test_the_cluster_has_enhanced_container_insights(every: Synthesized) -> None:
    assert every.one("aws_ecs_cluster")["setting"] == [{"name": "containerInsights", "value": "enhanced"}]


def test_tasks_run_on_fargate_with_network_mode_awsvpc(every: Synthesized) -> None:
    definition = every.one("aws_ecs_task_definition", family=every.prefix)

    assert definition["requires_compatibilities"] == ["FARGATE"]
    assert definition["network_mode"] == "awsvpc"


def test_the_default_task_size_is_256_cpu_units_and_512_mib(each_profile: Synthesized) -> None:
    assert task_size(each_profile) == ("256", "512")


def test_the_settings_choose_cpu_and_memory_of_a_task(every: Synthesized) -> None:
    settings = every.settings.service

    assert task_size(every) == (str(settings.cpu), str(settings.memory))


def test_1024_cpu_units_with_4096_mib_are_a_valid_task_size() -> None:
    stack = synthesize("dev", PAYMENT_API_SERVICE__CPU="1024", PAYMENT_API_SERVICE__MEMORY="4096")

    assert task_size(stack) == ("1024", "4096")


def test_the_runtime_platform_is_linux_on_x86_64(every: Synthesized) -> None:
    platform = every.one("aws_ecs_task_definition", family=every.prefix)["runtime_platform"]

    assert platform == {"cpu_architecture": "X86_64", "operating_system_family": "LINUX"}


def test_the_service_uses_the_latest_platform_version(every: Synthesized) -> None:
    """A tmpfs requires a platform version later than 1.3.0."""
    assert service(every)["platform_version"] == "LATEST"


def test_the_application_and_ecs_have_separate_roles(every: Synthesized) -> None:
    definition = every.one("aws_ecs_task_definition", family=every.prefix)
    arns = {
        role: every.ref("aws_iam_role", "arn", name=every.role_name(role)) for role in ("task", "execution")
    }

    assert definition["task_role_arn"] == arns["task"]
    assert definition["execution_role_arn"] == arns["execution"]


def test_the_service_runs_the_task_definition_on_fargate_in_the_cluster(every: Synthesized) -> None:
    found = service(every)

    assert found["launch_type"] == "FARGATE"
    assert found["cluster"] == every.ref("aws_ecs_cluster", "arn")
    assert found["task_definition"] == every.ref("aws_ecs_task_definition", "arn", family=every.prefix)


def test_the_service_starts_with_2_tasks_by_default(each_profile: Synthesized) -> None:
    assert service(each_profile)["desired_count"] == 2


def test_the_service_starts_with_the_minimum_capacity_of_the_settings(every: Synthesized) -> None:
    assert service(every)["desired_count"] == every.settings.service.min_capacity


def test_tasks_run_in_the_private_subnets_without_public_addresses(every: Synthesized) -> None:
    network = service(every)["network_configuration"]
    nat_route_tables = {
        route["route_table_id"]
        for route in every.all("aws_route", destination_cidr_block="0.0.0.0/0").values()
        if "nat_gateway_id" in route
    }
    private_subnets = {
        association["subnet_id"]
        for association in every.all("aws_route_table_association").values()
        if association["route_table_id"] in nat_route_tables
    }

    assert network["assign_public_ip"] is False
    assert len(network["subnets"]) == 3
    assert set(network["subnets"]) == private_subnets


def test_the_only_ingress_rule_of_the_tasks_is_from_the_load_balancer_to_the_container_port(
    every: Synthesized,
) -> None:
    (group,) = service(every)["network_configuration"]["security_groups"]
    (source,) = every.one("aws_lb")["security_groups"]
    rule = every.one("aws_vpc_security_group_ingress_rule", security_group_id=group)
    port = every.settings.service.port

    assert rule["referenced_security_group_id"] == source
    assert (rule["ip_protocol"], rule["from_port"], rule["to_port"]) == ("tcp", port, port)
    assert "cidr_ipv4" not in rule


def test_a_rolling_deployment_keeps_all_desired_tasks_healthy(every: Synthesized) -> None:
    found = service(every)

    assert found["deployment_minimum_healthy_percent"] == 100
    assert found["deployment_maximum_percent"] == 200


def test_the_circuit_breaker_rolls_a_failed_deployment_back(every: Synthesized) -> None:
    assert service(every)["deployment_circuit_breaker"] == {"enable": True, "rollback": True}


def test_the_error_rate_alarm_rolls_a_deployment_back(every: Synthesized) -> None:
    name = f"{every.prefix}-error-rate"
    error_rate = every.ref("aws_cloudwatch_metric_alarm", "alarm_name", alarm_name=name)

    assert service(every)["alarms"] == {"alarm_names": [error_rate], "enable": True, "rollback": True}


def test_the_health_check_grace_period_is_60_seconds(every: Synthesized) -> None:
    assert service(every)["health_check_grace_period_seconds"] == 60


def test_container_insights_writes_to_a_log_group_of_the_stack(every: Synthesized) -> None:
    """Otherwise Container Insights creates it, without the customer managed key and without a retention."""
    name = f"/aws/ecs/containerinsights/{every.prefix}/performance"
    group = every.address("aws_cloudwatch_log_group", name=name)

    assert group in every.one("aws_ecs_cluster")["depends_on"]


def test_the_service_waits_for_the_https_listener(every: Synthesized) -> None:
    """ECS rejects a target group without a load balancer."""
    assert every.address("aws_lb_listener", port=443) in service(every)["depends_on"]


@pytest.mark.parametrize("role", ["task", "execution"])
def test_the_service_waits_for_the_policies_of_its_roles(every: Synthesized, role: str) -> None:
    reference = every.ref("aws_iam_role", "name", name=every.role_name(role))

    assert every.address("aws_iam_role_policy_attachment", role=reference) in service(every)["depends_on"]


def test_the_target_group_routes_to_the_container_port(every: Synthesized) -> None:
    assert service(every)["load_balancer"] == [
        {
            "target_group_arn": every.ref("aws_lb_target_group", "arn"),
            "container_name": "api",
            "container_port": every.settings.service.port,
        }
    ]


def test_terraform_ignores_changes_of_the_desired_count_only(every: Synthesized) -> None:
    assert service(every)["lifecycle"]["ignore_changes"] == ["desired_count"]


def test_an_apply_fails_if_ecs_rolls_the_deployment_back(every: Synthesized) -> None:
    """A service is stable after a rollback too, on the previous task definition."""
    (postcondition,) = service(every)["lifecycle"]["postcondition"]
    task_definition_arn = f"{every.address('aws_ecs_task_definition', family=every.prefix)}.arn"

    assert service(every)["wait_for_steady_state"] is True
    assert postcondition["condition"] == f"${{self.task_definition == {task_definition_arn}}}"
    assert "rolled the deployment back" in postcondition["error_message"]


def test_availability_zone_rebalancing_is_enabled(every: Synthesized) -> None:
    assert service(every)["availability_zone_rebalancing"] == "ENABLED"


def test_ecs_exec_is_disabled(every: Synthesized) -> None:
    assert service(every)["enable_execute_command"] is False


def test_tasks_have_the_tags_of_the_service(every: Synthesized) -> None:
    assert service(every)["propagate_tags"] == "SERVICE"
    assert service(every)["enable_ecs_managed_tags"] is True


@pytest.mark.parametrize(
    ("suffix", "repository_arn"),
    [
        ("prod", "arn:aws:ecr:us-east-1:123456789012:repository/payment-api"),
        (EVERYTHING_ON, "arn:aws:ecr:ca-central-1:123456789012:repository/team/payment-api"),
    ],
)
def test_the_execution_role_can_pull_only_from_the_repository_of_the_image(
    suffix: str, repository_arn: str
) -> None:
    assert execution_policy(synthesize(suffix))["PullImage"]["Resource"] == [repository_arn]


def test_the_execution_role_has_no_ecr_permissions_for_a_public_image(dev: Synthesized) -> None:
    actions = [action for each in execution_policy(dev).values() for action in each["Action"]]

    assert actions
    assert not [action for action in actions if action.startswith("ecr:")]
