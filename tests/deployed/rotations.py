"""Three password rotations of one deployment: undisturbed, killed halfway, and denied halfway."""

import json
import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.deployed.faults.accounts import prepared_scenario
from tests.deployed.faults.kill_point import KillPoint, apply_until_killed
from tests.deployed.faults.proxy import DenyOperation, NoFault
from tests.deployed.faults.wire import Call
from tests.emulator.backends import master_password
from tests.emulator.background import Work
from tests.emulator.deployment import Deployment
from tests.emulator.server import Emulator
from tests.emulator.terraform import Plan, Terraform, TerraformError

# The task count that autoscaling has set before the rotation.
TASKS = 7
_SET_PASSWORD = "ModifyDBCluster"  # noqa: S105 - an operation of RDS


@dataclass(frozen=True)
class Credentials:
    """The password in the secret and in the database, and in the secret's version that the tasks pin."""

    in_secret: str
    in_database: str
    of_tasks: str

    @property
    def agree(self) -> bool:
        """Whether all three are the same."""
        return self.in_secret == self.in_database == self.of_tasks


@dataclass(frozen=True)
class Rotation:
    """A complete rotation: its plan, the credentials before and after, and the service's desired count
    after."""

    plan: Plan
    before: Credentials
    after: Credentials
    tasks: int


@dataclass(frozen=True)
class Interruption:
    """A rotation that stopped after the secret had changed and before the database had.

    The credentials before the rotation, after the interruption, and after the next apply; and the plan after
    that apply.
    """

    before: Credentials
    interrupted: Credentials
    recovered: Credentials
    plan: Plan


@dataclass(frozen=True)
class Rotations:
    """The three rotations in the order in which they ran."""

    undisturbed: Rotation
    killed_halfway: Interruption
    denied_halfway: Interruption


class KillBeforeDatabaseUpdate(KillPoint):
    """Kills Terraform at its call that sets the database's password; RDS never receives the call."""

    def before(self, call: Call) -> None:
        """Kill Terraform at the call, and drop the call."""
        if call.operation == _SET_PASSWORD:
            self.kill(call)


def credentials(deployment: Deployment) -> Credentials:
    """The present credentials."""
    account, name = deployment.account, deployment.name
    ecs, secrets = account.client("ecs"), account.client("secretsmanager")

    def password(**version: str) -> str:
        stored = secrets.get_secret_value(SecretId=f"{name}-database", **version)["SecretString"]
        return str(json.loads(stored)["password"])

    (service,) = ecs.describe_services(cluster=name, services=[name])["services"]
    task = ecs.describe_task_definition(taskDefinition=service["taskDefinition"])["taskDefinition"]
    (pinned,) = {each["valueFrom"].split(":")[-1] for each in task["containerDefinitions"][0]["secrets"]}
    return Credentials(
        in_secret=password(VersionStage="AWSCURRENT"),
        in_database=master_password(account, name),
        of_tasks=password(VersionId=pinned),
    )


def _rotate_three_times(emulator: Emulator, directory: Path) -> Rotations:
    """Deploy password version 1, and rotate to versions 2, 3 and 4."""
    with prepared_scenario(emulator, "444444444431", directory) as scenario:
        deployment, proxy = scenario.deployment, scenario.proxy
        deployment.system.apply()

        def version(number: int) -> Terraform:
            return deployment.with_settings(
                f"v{number}", {"PAYMENT_API_DATABASE__PASSWORD_VERSION": str(number)}
            )

        def recovered(terraform: Terraform, before: Credentials) -> Interruption:
            interrupted = credentials(deployment)
            terraform.apply()
            return Interruption(before, interrupted, credentials(deployment), terraform.plan())

        _scale(deployment, TASKS)
        second, before = version(2), credentials(deployment)
        plan = second.plan()
        second.apply()
        undisturbed = Rotation(plan, before, credentials(deployment), _desired_count(deployment))

        third = version(3)
        apply_until_killed(KillBeforeDatabaseUpdate(), third, proxy)
        with pytest.raises(TerraformError) as locked:
            third.apply()
        third.unlock(re.findall(r"ID: +(\S+)", str(locked.value))[0])
        killed = recovered(third, undisturbed.after)

        fourth = version(4)
        proxy.fault = DenyOperation(_SET_PASSWORD)
        with pytest.raises(TerraformError, match=_SET_PASSWORD):
            fourth.apply()
        proxy.fault = NoFault()
        return Rotations(undisturbed, killed, recovered(fourth, killed.recovered))


def _scale(deployment: Deployment, tasks: int) -> None:
    """Set the desired count with UpdateService, as Application Auto Scaling does."""
    name = deployment.name
    deployment.account.client("ecs").update_service(cluster=name, service=name, desiredCount=tasks)


def _desired_count(deployment: Deployment) -> int:
    name = deployment.name
    described = deployment.account.client("ecs").describe_services(cluster=name, services=[name])
    return int(described["services"][0]["desiredCount"])


ROTATED = Work("rotations", _rotate_three_times)
