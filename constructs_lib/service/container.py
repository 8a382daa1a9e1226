"""The container of the payment API, as the task definition describes it."""

import json
from collections.abc import Mapping

from constructs_lib.service.default_image import default_command, default_health_command
from constructs_lib.settings.model import DEFAULT_IMAGE, ServiceSettings

CONTAINER_NAME = "api"
# Any user but root will do: nothing in the container belongs to it except what it writes to /tmp.
CONTAINER_USER = "10001:10001"
LOG_STREAM_PREFIX = "payment-api"

# ECS sends SIGTERM once the load balancer has stopped sending requests; what is still open then may take as
# long again (Fargate allows up to 120).
STOP_TIMEOUT_SECONDS = 60
SCRATCH_SPACE_MIB = 64
# An application may warm up for this long before failed checks count.
START_PERIOD_SECONDS = 60


def container_definitions(
    *,
    settings: ServiceSettings,
    region: str,
    log_group_name: str,
    database: Mapping[str, str],
    secret_arn: str,
    secret_version_id: str,
) -> str:
    """The JSON of the one container, in the form in which ECS gives it back, so that no plan churns.

    It runs without root, without capabilities and on a read-only root file system; a small /tmp in memory
    is all it can write to. `database` holds the connection's plain variables; user and password come from
    exactly the given version of the secret, so a rotation is a new task definition.
    """
    definition: dict[str, object] = {
        "name": CONTAINER_NAME,
        "image": settings.image,
        "essential": True,
        "user": CONTAINER_USER,
        "readonlyRootFilesystem": True,
        "portMappings": [{"containerPort": settings.port, "hostPort": settings.port, "protocol": "tcp"}],
        "environment": [
            {"name": name, "value": value}
            for name, value in sorted({**settings.environment, **database}.items())
        ],
        "secrets": [
            {"name": variable, "valueFrom": f"{secret_arn}:{key}::{secret_version_id}"}
            for variable, key in (("DB_PASSWORD", "password"), ("DB_USERNAME", "username"))
        ],
        "linuxParameters": {
            "capabilities": {"drop": ["ALL"]},
            "initProcessEnabled": True,
            # A volume would belong to root; memory also never leaves card data on a disk.
            "tmpfs": [
                {
                    "containerPath": "/tmp",  # noqa: S108 - in the container, private to the task
                    "size": SCRATCH_SPACE_MIB,
                    "mountOptions": ["mode=1777", "noexec", "nosuid", "nodev"],
                }
            ],
        },
        "logConfiguration": {
            "logDriver": "awslogs",
            "options": {
                "awslogs-group": log_group_name,
                "awslogs-region": region,
                "awslogs-stream-prefix": LOG_STREAM_PREFIX,
            },
        },
        "stopTimeout": STOP_TIMEOUT_SECONDS,
    }
    health_command = settings.health_command
    if settings.image == DEFAULT_IMAGE:
        definition |= default_command(settings)
        health_command = health_command or default_health_command(settings)
    if health_command is not None:
        definition["healthCheck"] = {
            "command": ["CMD-SHELL", health_command],
            "interval": 30,
            "timeout": 5,
            "retries": 3,
            "startPeriod": START_PERIOD_SECONDS,
        }
    return json.dumps([definition], sort_keys=True)
