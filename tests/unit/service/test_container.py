"""The container as the task definition describes it."""

import pytest

from constructs_lib.settings.model import DEFAULT_IMAGE
from tests.unit.synthesis import Synthesized, container, synthesize
from tests.variables import HEALTH_COMMAND, REQUIRED_SETTINGS

OWN_IMAGE = REQUIRED_SETTINGS["PAYMENT_API_SERVICE__IMAGE"]


def test_the_default_image_is_pinned(dev: Synthesized) -> None:
    """Parity 13."""
    assert container(dev)["image"] == "public.ecr.aws/nginx/nginx:1.28.0" == DEFAULT_IMAGE


def test_the_setting_chooses_the_image(prod: Synthesized) -> None:
    assert container(prod)["image"] == OWN_IMAGE


def test_ones_own_image_keeps_its_command_and_brings_its_health_check(prod: Synthesized) -> None:
    """Parity 13: what the default image is made to do is no other image's business."""
    assert not {"entryPoint", "command"} & container(prod).keys()
    assert container(prod)["healthCheck"]["command"] == ["CMD-SHELL", HEALTH_COMMAND]


def test_ones_own_image_without_a_health_command_is_left_to_the_load_balancer(staging: Synthesized) -> None:
    assert "healthCheck" not in container(staging)


def test_ones_own_health_command_is_run_by_the_containers_shell() -> None:
    system = synthesize("prod", PAYMENT_API_SERVICE__HEALTH_COMMAND="/app/healthy --quick")
    check = container(system)["healthCheck"]

    assert check["command"] == ["CMD-SHELL", "/app/healthy --quick"]


def test_the_default_image_checks_its_own_health(dev: Synthesized) -> None:
    check = container(dev)["healthCheck"]

    assert (check["interval"], check["timeout"], check["retries"], check["startPeriod"]) == (30, 5, 3, 60)


def test_it_listens_on_one_port(every: Synthesized) -> None:
    """Parity 12."""
    assert container(every)["portMappings"] == [{"containerPort": 8080, "hostPort": 8080, "protocol": "tcp"}]


def test_port_80_is_a_legal_setting() -> None:
    """Parity 12."""
    system = synthesize("dev", PAYMENT_API_SERVICE__PORT="80")

    assert container(system)["portMappings"] == [{"containerPort": 80, "hostPort": 80, "protocol": "tcp"}]


def test_it_learns_where_the_database_is(every: Synthesized) -> None:
    """Parity 8 and 12."""
    assert container(every)["environment"] == [
        {"name": "DB_HOST", "value": every.ref("aws_rds_cluster", "endpoint")},
        {"name": "DB_NAME", "value": "payments"},
        {"name": "DB_PORT", "value": "5432"},
        {"name": "DB_SSLMODE", "value": "require"},
    ]


def test_variables_of_the_settings_stand_beside_the_databases() -> None:
    variables = '{"LOG_LEVEL": "info", "CURRENCY": "EUR"}'
    environment = container(synthesize("dev", PAYMENT_API_SERVICE__ENVIRONMENT=variables))["environment"]

    assert [each["name"] for each in environment] == [
        *("CURRENCY", "DB_HOST", "DB_NAME", "DB_PORT", "DB_SSLMODE", "LOG_LEVEL")
    ]
    assert {"name": "CURRENCY", "value": "EUR"} in environment
    assert {"name": "LOG_LEVEL", "value": "info"} in environment


def test_user_and_password_come_from_one_version_of_the_secret(every: Synthesized) -> None:
    """Parity 12: a rotation is a new version, so a new task definition."""
    secret = every.ref("aws_secretsmanager_secret", "arn")
    version = every.ref("aws_secretsmanager_secret_version", "version_id")

    assert container(every)["secrets"] == [
        {"name": "DB_PASSWORD", "valueFrom": f"{secret}:password::{version}"},
        {"name": "DB_USERNAME", "valueFrom": f"{secret}:username::{version}"},
    ]


def test_it_logs_to_the_group_of_the_tasks(every: Synthesized) -> None:
    """Parity 12."""
    group = f"/ecs/{every.one('aws_ecs_cluster')['name']}"

    assert container(every)["logConfiguration"] == {
        "logDriver": "awslogs",
        "options": {
            "awslogs-group": every.ref("aws_cloudwatch_log_group", "name", name=group),
            "awslogs-region": "us-east-1",
            "awslogs-stream-prefix": "payment-api",
        },
    }


def test_its_user_is_not_root(every: Synthesized) -> None:
    user, group = container(every)["user"].split(":")

    assert int(user) > 0
    assert int(group) > 0


def test_it_has_no_capabilities(every: Synthesized) -> None:
    assert container(every)["linuxParameters"]["capabilities"] == {"drop": ["ALL"]}


def test_an_init_process_reaps_what_it_leaves(every: Synthesized) -> None:
    assert container(every)["linuxParameters"]["initProcessEnabled"] is True


def test_it_can_write_to_a_small_tmp_in_memory_and_nowhere_else(every: Synthesized) -> None:
    definition = container(every)

    assert definition["readonlyRootFilesystem"] is True
    assert not {"mountPoints", "volumesFrom"} & definition.keys()
    assert definition["linuxParameters"]["tmpfs"] == [
        {"containerPath": "/tmp", "size": 64, "mountOptions": ["mode=1777", "noexec", "nosuid", "nodev"]}  # noqa: S108 - the container's own
    ]


def test_a_task_that_stops_may_finish_the_longest_request(every: Synthesized) -> None:
    """Fargate allows up to 120 seconds: the API's ContainerDefinition, stopTimeout."""
    assert every.one("aws_lb")["idle_timeout"] <= container(every)["stopTimeout"] <= 120


@pytest.mark.parametrize("suffix", ["dev", "prod"])
def test_no_value_is_null(suffix: str) -> None:
    """ECS drops what is null, and a plan would want it back for ever."""
    assert list(nulls(container(synthesize(suffix)))) == []


def nulls(value: object, place: str = "") -> list[str]:
    """Where a document has nulls."""
    if value is None:
        return [place]
    if isinstance(value, dict):
        return [found for key, each in value.items() for found in nulls(each, f"{place}.{key}")]
    if isinstance(value, list):
        return [found for index, each in enumerate(value) for found in nulls(each, f"{place}[{index}]")]
    return []


def test_nulls_are_found() -> None:
    assert nulls({"a": [{"b": None}, 1], "c": None}) == [".a[0].b", ".c"]
