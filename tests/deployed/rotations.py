"""The password of one deployment rotated three times: in peace, killed half-way, and refused half-way."""

import json
import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.deployed.faults.accounts import scenario
from tests.deployed.faults.kill_point import KillPoint, apply_until
from tests.deployed.faults.proxy import Nothing, Refusing
from tests.deployed.faults.wire import Call
from tests.emulator.backends import master_password
from tests.emulator.background import Work
from tests.emulator.deployment import Deployment
from tests.emulator.server import Emulator
from tests.emulator.terraform import Plan, Terraform, TerraformError

# As many tasks as autoscaling runs meanwhile.
TASKS = 7
_CHANGE = "ModifyDBCluster"


@dataclass(frozen=True)
class Credentials:
    """The password in the places where it stands, and that of the version of the secret which tasks pin."""

    in_secret: str
    in_database: str
    of_tasks: str

    @property
    def agree(self) -> bool:
        """Whether all three are one."""
        return self.in_secret == self.in_database == self.of_tasks


@dataclass(frozen=True)
class Rotation:
    """A rotation that nothing disturbed: its plan, the credentials around it, and how many tasks run then."""

    plan: Plan
    before: Credentials
    after: Credentials
    tasks: int


@dataclass(frozen=True)
class Interruption:
    """A rotation that stopped between secret and database: the credentials before it, then, and after the
    next apply; and the plan after that."""

    before: Credentials
    interrupted: Credentials
    healed: Credentials
    plan: Plan


@dataclass(frozen=True)
class Rotations:
    """All three, in this order."""

    undisturbed: Rotation
    killed_half_way: Interruption
    refused_half_way: Interruption


class NeverAsked(KillPoint):
    """Terraform dies when it is about to tell the database."""

    def before(self, call: Call) -> None:
        """Kill, and let nothing through."""
        if call.operation == _CHANGE:
            self.strike(call)
            raise ConnectionAbortedError("whoever asked was killed")


def credentials(deployment: Deployment) -> Credentials:
    """As they are now."""
    account, name = deployment.account, deployment.name
    ecs, secrets = account.client("ecs"), account.client("secretsmanager")

    def password(**which: str) -> str:
        stored = secrets.get_secret_value(SecretId=f"{name}-database", **which)["SecretString"]
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
    """Version 1 stands, and each rotation goes one further."""
    with scenario(emulator, "444444444431", directory) as made:
        deployment, proxy = made.deployment, made.proxy
        deployment.system.apply()

        def version(number: int) -> Terraform:
            return deployment.with_settings(
                f"v{number}", {"PAYMENT_API_DATABASE__PASSWORD_VERSION": str(number)}
            )

        def applied_again(terraform: Terraform, before: Credentials) -> Interruption:
            interrupted = credentials(deployment)
            terraform.apply()
            return Interruption(before, interrupted, credentials(deployment), terraform.plan())

        _scale(deployment, TASKS)
        second, before = version(2), credentials(deployment)
        plan = second.plan()
        second.apply()
        undisturbed = Rotation(plan, before, credentials(deployment), _tasks_of(deployment))

        third = version(3)
        apply_until(NeverAsked(), third, proxy)
        with pytest.raises(TerraformError) as locked:
            third.apply()
        third.unlock(re.findall(r"ID: +(\S+)", str(locked.value))[0])
        killed = applied_again(third, undisturbed.after)

        fourth = version(4)
        proxy.fault = Refusing(_CHANGE)
        with pytest.raises(TerraformError, match=_CHANGE):
            fourth.apply()
        proxy.fault = Nothing()
        return Rotations(undisturbed, killed, applied_again(fourth, killed.healed))


def _scale(deployment: Deployment, tasks: int) -> None:
    """As Application Auto Scaling does it."""
    name = deployment.name
    deployment.account.client("ecs").update_service(cluster=name, service=name, desiredCount=tasks)


def _tasks_of(deployment: Deployment) -> int:
    name = deployment.name
    described = deployment.account.client("ecs").describe_services(cluster=name, services=[name])
    return int(described["services"][0]["desiredCount"])


ROTATED = Work("rotations", _rotate_three_times)
