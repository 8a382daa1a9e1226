"""The container definition in the task definition."""

import json
import re

import pytest

from constructs_lib.settings.model import DEFAULT_IMAGE
from tests.unit.synthesis import Synthesized, container, statements, synthesize
from tests.variables import EVERYTHING_ON, HEALTH_COMMAND, REQUIRED_SETTINGS

ECR_IMAGE = REQUIRED_SETTINGS["PAYMENT_API_SERVICE__IMAGE"]


def database_environment(stack: Synthesized) -> dict[str, str]:
    """The environment variables with which the application connects to the database."""
    return {
        "DB_HOST": stack.ref("aws_rds_cluster", "endpoint"),
        "DB_NAME": stack.settings.database.database_name,
        "DB_PORT": "5432",
        "DB_SSLMODE": "verify-full",
    }


def field_key_environment(stack: Synthesized) -> dict[str, str]:
    """The environment variables with which the application encrypts fields."""
    return {
        "FIELD_KEY_ARN": stack.key_arn("fields"),
        "FIELD_KEY_CONTEXT": json.dumps({"Deployment": stack.prefix}),
    }


def environment(stack: Synthesized) -> dict[str, str]:
    """The environment variables of the container."""
    return {each["name"]: each["value"] for each in container(stack)["environment"]}


def test_the_default_image_is_nginx_pinned_by_tag(dev: Synthesized) -> None:
    assert container(dev)["image"] == "public.ecr.aws/nginx/nginx:1.28.0" == DEFAULT_IMAGE


def test_the_setting_chooses_the_image(every: Synthesized) -> None:
    assert container(every)["image"] == every.settings.service.image


def test_an_image_of_the_settings_keeps_its_own_command(prod: Synthesized) -> None:
    """Only the default image gets a command that answers the health path."""
    assert container(prod)["image"] == ECR_IMAGE
    assert not {"entryPoint", "command"} & container(prod).keys()


def test_an_image_of_the_settings_without_a_health_command_has_no_container_health_check(
    staging: Synthesized,
) -> None:
    """The health check of the load balancer remains."""
    assert "healthCheck" not in container(staging)


@pytest.mark.parametrize(
    ("suffix", "command"),
    [("prod", HEALTH_COMMAND), (EVERYTHING_ON, "test -e /tmp/".ljust(4096, "h"))],
)
def test_the_shell_of_the_container_runs_the_health_command_of_the_settings(
    suffix: str, command: str
) -> None:
    assert container(synthesize(suffix))["healthCheck"]["command"] == ["CMD-SHELL", command]


def test_a_health_command_can_have_arguments() -> None:
    stack = synthesize("prod", PAYMENT_API_SERVICE__HEALTH_COMMAND="/app/healthy --quick")

    assert container(stack)["healthCheck"]["command"] == ["CMD-SHELL", "/app/healthy --quick"]


def test_health_check_interval_is_30_s_timeout_5_s_retries_3_start_period_60_s(dev: Synthesized) -> None:
    check = container(dev)["healthCheck"]

    assert (check["interval"], check["timeout"], check["retries"], check["startPeriod"]) == (30, 5, 3, 60)


def test_the_default_container_port_is_8080(each_profile: Synthesized) -> None:
    assert container(each_profile)["portMappings"] == [
        {"containerPort": 8080, "hostPort": 8080, "protocol": "tcp"}
    ]


def test_the_setting_chooses_the_only_container_port(every: Synthesized) -> None:
    port = every.settings.service.port

    assert container(every)["portMappings"] == [{"containerPort": port, "hostPort": port, "protocol": "tcp"}]


def test_the_container_port_is_the_one_of_the_setting() -> None:
    stack = synthesize("dev", PAYMENT_API_SERVICE__PORT="1024")

    assert container(stack)["portMappings"] == [{"containerPort": 1024, "hostPort": 1024, "protocol": "tcp"}]


def test_the_environment_contains_the_database_connection_without_credentials(
    each_profile: Synthesized,
) -> None:
    assert environment(each_profile) == {
        **database_environment(each_profile),
        "DB_NAME": "payments",
        **field_key_environment(each_profile),
    }


def test_the_context_of_the_field_key_is_the_one_that_its_policy_requires(every: Synthesized) -> None:
    context = json.loads(environment(every)["FIELD_KEY_CONTEXT"])
    key = every.key_arn("fields").removeprefix("${aws_kms_key.").removesuffix(".arn}")
    use = statements(every.all("aws_kms_key")[key]["policy"])["UsedByTasks"]

    assert {f"kms:EncryptionContext:{name}": value for name, value in context.items()} == use["Condition"][
        "StringEquals"
    ]


def test_the_environment_contains_the_variables_of_the_settings(every: Synthesized) -> None:
    assert environment(every) == {
        **database_environment(every),
        **field_key_environment(every),
        **every.settings.service.environment,
    }


def test_the_environment_is_sorted_by_name() -> None:
    """So the order of the variables in the setting causes no difference in a plan."""
    variables = '{"LOG_LEVEL": "info", "CURRENCY": "EUR"}'
    stack = synthesize("dev", PAYMENT_API_SERVICE__ENVIRONMENT=variables)

    assert list(environment(stack)) == [
        *("CURRENCY", "DB_HOST", "DB_NAME", "DB_PORT", "DB_SSLMODE"),
        *("FIELD_KEY_ARN", "FIELD_KEY_CONTEXT", "LOG_LEVEL"),
    ]
    assert environment(stack)["CURRENCY"] == "EUR"
    assert environment(stack)["LOG_LEVEL"] == "info"


def test_user_name_and_password_come_from_the_same_version_of_the_secret(every: Synthesized) -> None:
    """So a rotation creates a new revision of the task definition."""
    password, username = container(every)["secrets"][:2]
    assert (password["name"], username["name"]) == ("DB_PASSWORD", "DB_USERNAME")

    secret, _, version = password["valueFrom"].partition(":password::")
    assert username["valueFrom"] == f"{secret}:username::{version}"
    assert login_attributes(every, secret) == [
        every.ref("aws_secretsmanager_secret", "arn", name=f"{every.prefix}-database-app-{login}")[2:-1]
        for login in ("a", "b")
    ]
    assert login_attributes(every, version) == [
        every.ref("aws_secretsmanager_secret_version", "version_id", secret_id=secret_id)[2:-1]
        for secret_id in (
            every.ref("aws_secretsmanager_secret", name=f"{every.prefix}-database-app-{login}")
            for login in ("a", "b")
        )
    ]


def login_attributes(stack: Synthesized, reference: str) -> list[str]:
    """The attributes of the two logins between which the local value with this reference chooses."""
    expression = stack.document["locals"][reference.removeprefix("${local.").removesuffix("}")]
    chosen = re.fullmatch(r'\$\{local\.\w+ == "a" \? (\S+) : (\S+)\}', expression)
    assert chosen is not None, expression
    return list(chosen.groups())


def test_the_secrets_of_the_settings_are_the_only_other_secrets(every: Synthesized) -> None:
    references = every.settings.service.secrets

    assert container(every)["secrets"][2:] == [
        {"name": name, "valueFrom": references[name]} for name in sorted(references)
    ]


def test_a_secret_has_the_form_in_which_ecs_reads_a_json_key_of_a_version() -> None:
    """https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-secrets-manager.html"""
    (provider, webhook) = container(synthesize(EVERYTHING_ON))["secrets"][2:]
    arn = "arn:aws:secretsmanager:ca-central-1:123456789012:secret:"

    assert provider == {
        "name": "PROVIDER_API_KEY",
        "valueFrom": f"{arn}provider-a1B2c3:api_key::{'9' * 32}",
    }
    assert webhook["valueFrom"] == f"{arn}{'team/webhook'.ljust(512, 'w')}-Z9y8X7"


def test_the_container_logs_to_the_log_group_of_the_service(every: Synthesized) -> None:
    assert container(every)["logConfiguration"] == {
        "logDriver": "awslogs",
        "options": {
            "awslogs-group": every.ref("aws_cloudwatch_log_group", "name", name=f"/ecs/{every.prefix}"),
            "awslogs-region": every.region,
            "awslogs-stream-prefix": "payment-api",
            "mode": "non-blocking",
            "max-buffer-size": "25m",
        },
    }


def test_the_container_does_not_run_as_root(every: Synthesized) -> None:
    user, group = container(every)["user"].split(":")

    assert int(user) > 0
    assert int(group) > 0


def test_the_container_has_no_linux_capabilities(every: Synthesized) -> None:
    assert container(every)["linuxParameters"]["capabilities"] == {"drop": ["ALL"]}


def test_an_init_process_reaps_zombie_processes(every: Synthesized) -> None:
    assert container(every)["linuxParameters"]["initProcessEnabled"] is True


def test_the_container_can_write_only_to_a_64_mib_tmpfs_at_tmp(every: Synthesized) -> None:
    definition = container(every)

    assert definition["readonlyRootFilesystem"] is True
    assert not {"mountPoints", "volumesFrom"} & definition.keys()
    assert definition["linuxParameters"]["tmpfs"] == [
        {"containerPath": "/tmp", "size": 64, "mountOptions": ["noexec", "nosuid", "nodev"]}  # noqa: S108 - in the container
    ]


def test_every_mount_option_is_one_that_ecs_supports(every: Synthesized) -> None:
    """https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Tmpfs.html"""
    flags = "defaults ro rw suid nosuid dev nodev exec noexec sync async dirsync remount mand nomand"
    flags += " atime noatime diratime nodiratime relatime norelatime strictatime nostrictatime"
    (tmpfs,) = container(every)["linuxParameters"]["tmpfs"]

    assert set(tmpfs["mountOptions"]) <= set(flags.split())


def test_the_stop_timeout_is_at_least_the_idle_timeout_of_the_load_balancer(every: Synthesized) -> None:
    """So a task that stops can complete its longest request. Fargate allows up to 120 seconds."""
    assert every.one("aws_lb")["idle_timeout"] <= container(every)["stopTimeout"] <= 120


def test_the_container_definition_has_no_null_values(every: Synthesized) -> None:
    """ECS drops null values, so every plan would show a difference."""
    assert paths_of_nulls(container(every)) == []


def paths_of_nulls(value: object, path: str = "") -> list[str]:
    """The paths of the null values in a document."""
    if value is None:
        return [path]
    if isinstance(value, dict):
        return [found for key, each in value.items() for found in paths_of_nulls(each, f"{path}.{key}")]
    if isinstance(value, list):
        return [
            found for index, each in enumerate(value) for found in paths_of_nulls(each, f"{path}[{index}]")
        ]
    return []


def test_paths_of_nulls_finds_nested_null_values() -> None:
    assert paths_of_nulls({"a": [{"b": None}, 1], "c": None}) == [".a[0].b", ".c"]
