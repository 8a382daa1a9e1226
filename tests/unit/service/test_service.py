"""The Fargate service: its cluster, its task definition's frame, how it is deployed."""

import pytest

from tests.unit.synthesis import Block, Synthesized, statements, synthesize


def service(stack: Synthesized) -> Block:
    """The ECS service."""
    return stack.one("aws_ecs_service")


def test_the_cluster_has_enhanced_container_insights(every: Synthesized) -> None:
    """Parity 6."""
    assert every.one("aws_ecs_cluster")["setting"] == [{"name": "containerInsights", "value": "enhanced"}]


def test_tasks_are_of_fargate_with_a_network_interface_each(every: Synthesized) -> None:
    """Parity 12."""
    definition = every.one("aws_ecs_task_definition")

    assert definition["requires_compatibilities"] == ["FARGATE"]
    assert definition["network_mode"] == "awsvpc"
    assert (definition["cpu"], definition["memory"]) == ("256", "512")


def test_the_settings_choose_cpu_and_memory() -> None:
    system = synthesize("dev", PAYMENT_API_SERVICE__CPU="1024", PAYMENT_API_SERVICE__MEMORY="4096")
    definition = system.one("aws_ecs_task_definition")

    assert (definition["cpu"], definition["memory"]) == ("1024", "4096")


def test_the_platform_is_the_one_that_images_are_built_for(every: Synthesized) -> None:
    platform = every.one("aws_ecs_task_definition")["runtime_platform"]

    assert platform == {"cpu_architecture": "X86_64", "operating_system_family": "LINUX"}


def test_the_platform_version_is_the_latest(every: Synthesized) -> None:
    """It knows tmpfs, which came after 1.3.0."""
    assert service(every)["platform_version"] == "LATEST"


def test_the_application_and_ecs_have_a_role_each(every: Synthesized) -> None:
    """Parity 14."""
    definition = every.one("aws_ecs_task_definition")
    names = {
        role: every.one("aws_iam_role", name=f"{every.one('aws_ecs_cluster')['name']}-{role}")["name"]
        for role in ("task", "execution")
    }

    assert definition["task_role_arn"] == every.ref("aws_iam_role", "arn", name=names["task"])
    assert definition["execution_role_arn"] == every.ref("aws_iam_role", "arn", name=names["execution"])


def test_two_tasks_run_the_task_definition_in_the_cluster(every: Synthesized) -> None:
    """Parity 20."""
    found = service(every)

    assert (found["launch_type"], found["desired_count"]) == ("FARGATE", 2)
    assert found["cluster"] == every.ref("aws_ecs_cluster", "arn")
    assert found["task_definition"] == every.ref("aws_ecs_task_definition", "arn")


def test_tasks_stand_in_the_private_subnets_without_public_addresses(every: Synthesized) -> None:
    """Parity 20."""
    network = service(every)["network_configuration"]
    tables = {
        route["route_table_id"]
        for route in every.all("aws_route", destination_cidr_block="0.0.0.0/0").values()
        if "nat_gateway_id" in route
    }
    private = {
        association["subnet_id"]
        for association in every.all("aws_route_table_association").values()
        if association["route_table_id"] in tables
    }

    assert network["assign_public_ip"] is False
    assert len(network["subnets"]) == 3
    assert set(network["subnets"]) == private


def test_only_the_load_balancer_reaches_the_tasks_on_the_containers_port(every: Synthesized) -> None:
    """Parity 19."""
    (group,) = service(every)["network_configuration"]["security_groups"]
    (source,) = every.one("aws_lb")["security_groups"]
    rule = every.one("aws_vpc_security_group_ingress_rule", security_group_id=group)

    assert rule["referenced_security_group_id"] == source
    assert (rule["ip_protocol"], rule["from_port"], rule["to_port"]) == ("tcp", 8080, 8080)
    assert "cidr_ipv4" not in rule


def test_a_deployment_keeps_as_many_healthy_tasks_as_wanted(every: Synthesized) -> None:
    """Parity 20."""
    found = service(every)

    assert found["deployment_minimum_healthy_percent"] == 100
    assert found["deployment_maximum_percent"] == 200


def test_a_deployment_that_fails_rolls_itself_back(every: Synthesized) -> None:
    """Parity 20."""
    assert service(every)["deployment_circuit_breaker"] == {"enable": True, "rollback": True}


def test_a_deployment_that_raises_the_error_rate_rolls_itself_back(every: Synthesized) -> None:
    prefix = every.one("aws_ecs_cluster")["name"]
    error_rate = every.ref("aws_cloudwatch_metric_alarm", "alarm_name", alarm_name=f"{prefix}-error-rate")

    assert service(every)["alarms"] == {"alarm_names": [error_rate], "enable": True, "rollback": True}


def test_a_new_task_has_a_minute_before_failed_checks_count(every: Synthesized) -> None:
    """Parity 20."""
    assert service(every)["health_check_grace_period_seconds"] == 60


def test_the_service_waits_for_the_https_listener(every: Synthesized) -> None:
    """Parity 20: ECS refuses a target group without a load balancer."""
    assert every.address("aws_lb_listener", port=443) in service(every)["depends_on"]


@pytest.mark.parametrize("role", ["task", "execution"])
def test_the_service_waits_for_the_policies_of_its_roles(dev: Synthesized, role: str) -> None:
    reference = dev.ref("aws_iam_role", "name", name=f"payment-api-dev-{role}")

    assert dev.address("aws_iam_role_policy_attachment", role=reference) in service(dev)["depends_on"]


def test_requests_go_to_the_containers_port(every: Synthesized) -> None:
    """Parity 19."""
    assert service(every)["load_balancer"] == [
        {
            "target_group_arn": every.ref("aws_lb_target_group", "arn"),
            "container_name": "api",
            "container_port": 8080,
        }
    ]


def test_an_apply_leaves_the_scaled_count_alone_and_nothing_else(every: Synthesized) -> None:
    """Parity 21."""
    assert service(every)["lifecycle"]["ignore_changes"] == ["desired_count"]


def test_an_apply_waits_until_the_asked_for_revision_is_steady(every: Synthesized) -> None:
    """A deployment that was rolled back is steady too, on the revision before."""
    (postcondition,) = service(every)["lifecycle"]["postcondition"]
    asked_for = f"{every.address('aws_ecs_task_definition')}.arn"

    assert service(every)["wait_for_steady_state"] is True
    assert postcondition["condition"] == f"${{self.task_definition == {asked_for}}}"
    assert "rolled the deployment back" in postcondition["error_message"]


def test_tasks_spread_over_the_zones_again_after_a_failure(every: Synthesized) -> None:
    assert service(every)["availability_zone_rebalancing"] == "ENABLED"


def test_nobody_gets_a_shell_in_a_task(every: Synthesized) -> None:
    assert service(every)["enable_execute_command"] is False


def test_tasks_carry_the_services_tags(every: Synthesized) -> None:
    assert service(every)["propagate_tags"] == "SERVICE"
    assert service(every)["enable_ecs_managed_tags"] is True


def test_ecs_pulls_from_exactly_the_images_own_repository(prod: Synthesized) -> None:
    policy = statements(prod.one("aws_iam_policy", name="payment-api-prod-execution")["policy"])

    assert policy["PullImage"]["Resource"] == ["arn:aws:ecr:us-east-1:123456789012:repository/payment-api"]


def test_ecs_logs_in_to_no_registry_for_a_public_image(dev: Synthesized) -> None:
    policy = statements(dev.one("aws_iam_policy", name="payment-api-dev-execution")["policy"])

    assert not any("ecr:" in action for statement in policy.values() for action in statement["Action"])
