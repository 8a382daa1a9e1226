"""Plans under other settings, made next to the deployed dev profile; nothing is applied."""

import re
from datetime import datetime
from typing import Any

from constructs_lib.settings.names import MAX_SUFFIX_LENGTH
from tests.emulator.deployment import Deployment
from tests.emulator.terraform import Plan


def changes(plan: Plan) -> dict[str, dict[str, Any]]:
    """The changes of the plan by resource address, without the hash that CDKTF appends to the address."""
    return {
        re.sub(r"_[0-9A-F]{8}$", "", each["address"]): each["change"]
        for each in plan.document["resource_changes"]
        if each["change"]["actions"] not in (["no-op"], ["read"])
    }


def test_the_longest_suffix_plans_the_same_number_of_resources(dev: Deployment) -> None:
    """It is a second deployment in the account of dev, with the same state bucket."""
    suffix = "a" * MAX_SUFFIX_LENGTH
    system = dev.with_settings("longest", {"ENVIRONMENT_SUFFIX": suffix}, stack=f"payment-api-{suffix}")
    planned = system.plan().document["resource_changes"]
    created = [each["address"] for each in planned if each["change"]["actions"] == ["create"]]
    assert len(created) == len([each for each in dev.system.addresses() if not each.startswith("data.")])


def test_a_rotation_schedule_rotates_the_password_in_the_current_period(dev: Deployment) -> None:
    """dev was applied without a schedule, so no rotation of this period has happened yet."""
    scheduled = dev.with_settings("scheduled", {"PAYMENT_API_DATABASE__ROTATION_MONTHS": "1"})
    plan = scheduled.plan()
    planned, now = changes(plan), datetime.fromisoformat(plan.document["timestamp"])
    versions = {
        "credentials": 1 + now.year * 12 + now.month - 1,
        # The first passwords of the logins have the number 1. Login a is in use.
        "logins_owner": 2,
        "logins_app-b": 2,
    }
    secrets = {f"aws_secretsmanager_secret_version.{name}_secret-version": n for name, n in versions.items()}
    assert planned.keys() == {
        *secrets,
        "aws_rds_cluster.database_cluster",
        "aws_lambda_invocation.database-roles_invocation",
        "aws_ecs_task_definition.service_task-definition",
        "aws_ecs_service.service",
    }
    assert {name: planned[name]["after"]["secret_string_wo_version"] for name in secrets} == secrets
    # The cluster's version is derived from the id of the secret's new version, which is known after the
    # apply.
    assert planned["aws_rds_cluster.database_cluster"]["after_unknown"]["master_password_wo_version"] is True
