"""The container definition of the payment API."""

import json
from collections.abc import Mapping

from constructs_lib.service.default_image import default_command, default_health_command
from constructs_lib.settings.model import DEFAULT_IMAGE, ServiceSettings

CONTAINER_NAME = "api"
# Any user except root: the container owns no files except those that it writes to /tmp.
CONTAINER_USER = "10001:10001"
LOG_STREAM_PREFIX = "payment-api"
# Lines wait in this buffer, in the task's memory, while CloudWatch Logs does not accept them. Once it is
# full, lines are lost.
# https://aws.amazon.com/blogs/containers/preventing-log-loss-with-non-blocking-mode-in-the-awslogs-container-log-driver/
LOG_BUFFER_SIZE = "25m"

# ECS sends the stop signal after the load balancer has stopped sending requests. This is the time for the
# requests that are still open; Fargate allows up to 120 seconds.
STOP_TIMEOUT_SECONDS = 60
TMPFS_SIZE_MIB = 64
# Failed health checks do not count during this time after the start.
START_PERIOD_SECONDS = 60


def container_definitions(
    *,
    settings: ServiceSettings,
    region: str,
    log_group_name: str,
    database_connection: Mapping[str, str],
    secret_arn: str,
    secret_version_id: str,
    field_key: Mapping[str, str],
) -> str:
    """Return the container definitions as JSON, in the form that ECS returns: plans show no difference.

    The container runs without root, without Linux capabilities and with a read-only root file system; it can
    write only to a small tmpfs at /tmp. `database_connection` and `field_key` are plain variables. The user
    name and the password come from exactly this version of the secret, so a rotation creates a new revision
    of the task definition.
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
            for name, value in sorted({**settings.environment, **database_connection, **field_key}.items())
        ],
        "secrets": [
            {"name": variable, "valueFrom": f"{secret_arn}:{key}::{secret_version_id}"}
            for variable, key in (("DB_PASSWORD", "password"), ("DB_USERNAME", "username"))
        ]
        + [{"name": name, "valueFrom": reference} for name, reference in sorted(settings.secrets.items())],
        "linuxParameters": {
            "capabilities": {"drop": ["ALL"]},
            "initProcessEnabled": True,
            # Not a volume, which root would own; also, a tmpfs leaves no card data on a disk.
            "tmpfs": [
                {
                    "containerPath": "/tmp",  # noqa: S108 - in the container, not shared with other tasks
                    "size": TMPFS_SIZE_MIB,
                    # ECS has no option for the mode. Everyone may write to /tmp all the same: the kernel
                    # mounts a tmpfs with mode 1777 (mm/shmem.c), and the runtime keeps the mode of the
                    # image's /tmp (runc, libcontainer/rootfs_linux.go), which is 1777 in base images.
                    "mountOptions": ["noexec", "nosuid", "nodev"],
                }
            ],
        },
        "logConfiguration": {
            "logDriver": "awslogs",
            "options": {
                "awslogs-group": log_group_name,
                "awslogs-region": region,
                "awslogs-stream-prefix": LOG_STREAM_PREFIX,
                # The default mode depends on the account. In blocking mode, the application stops when
                # CloudWatch Logs does.
                # https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_LogConfiguration.html
                "mode": "non-blocking",
                "max-buffer-size": LOG_BUFFER_SIZE,
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
