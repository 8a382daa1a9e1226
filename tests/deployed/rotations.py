"""Three password rotations of one deployment: undisturbed, killed halfway, and denied halfway."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread
from time import sleep
from typing import Self

import psycopg
import pytest

from tests.deployed.faults.accounts import prepared_scenario
from tests.deployed.faults.kill_point import KillPoint, apply_until_killed
from tests.deployed.faults.proxy import DenyOperation, NoFault
from tests.deployed.faults.wire import Call
from tests.emulator import postgres
from tests.emulator.backends import master_password
from tests.emulator.background import Work
from tests.emulator.deployment import Deployment
from tests.emulator.server import Emulator
from tests.emulator.terraform import Plan, Terraform, TerraformError

# The task count that autoscaling has set before the rotation.
TASKS = 7
_SET_PASSWORD = "ModifyDBCluster"  # noqa: S105 - an operation of RDS


class Client:
    """Opens a connection every 50 ms with the credentials of the task definition that it was started with."""

    def __init__(self, deployment: Deployment) -> None:
        self._deployment = deployment
        self._user, self._password = credentials(deployment).of_tasks
        self._stopped = Event()
        self._thread = Thread(target=self._run, daemon=True)
        self.refused: list[bool] = []

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._thread.join()

    def so_far(self) -> tuple[bool, ...]:
        """Whether each connection was refused, in their order."""
        return tuple(self.refused)

    def _run(self) -> None:
        while not self._stopped.wait(0.05):
            self.refused.append(not logs_in(self._deployment, self._user, self._password))


@dataclass(frozen=True)
class Credentials:
    """The master's password in the secret and in the database, and the login of the service's tasks.

    `tasks_log_in` says whether the database accepts the latter.
    """

    in_secret: str
    in_database: str
    of_tasks: tuple[str, str]
    tasks_log_in: bool

    @property
    def agree(self) -> bool:
        """Whether the master's passwords are the same, and the tasks can log in."""
        return self.in_secret == self.in_database and self.tasks_log_in


@dataclass(frozen=True)
class Rotation:
    """A complete rotation: its plan, the credentials before and after, and the service's desired count
    after.

    `client` says of each connection of a client through the rotation whether it was refused.
    """

    plan: Plan
    before: Credentials
    after: Credentials
    tasks: int
    client: tuple[bool, ...]


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
    """The three rotations in the order in which they ran.

    `client` continues the client's record until the second one is complete.
    """

    undisturbed: Rotation
    killed_halfway: Interruption
    denied_halfway: Interruption
    client: tuple[bool, ...]


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

    def value(secret: str, key: str, **version: str) -> str:
        stored = secrets.get_secret_value(SecretId=secret, **version)["SecretString"]
        return str(json.loads(stored)[key])

    (service,) = ecs.describe_services(cluster=name, services=[name])["services"]
    task = ecs.describe_task_definition(taskDefinition=service["taskDefinition"])["taskDefinition"]
    references = {each["name"]: each["valueFrom"] for each in task["containerDefinitions"][0]["secrets"]}

    def of_tasks(variable: str) -> str:
        arn, key, version = re.fullmatch(r"(.+):(\w+)::([\w-]+)", references[variable]).groups()  # type: ignore[union-attr]
        return value(arn, key, VersionId=version)

    user, password = of_tasks("DB_USERNAME"), of_tasks("DB_PASSWORD")
    return Credentials(
        in_secret=value(f"{name}-database", "password", VersionStage="AWSCURRENT"),
        in_database=master_password(account, name),
        of_tasks=(user, password),
        tasks_log_in=logs_in(deployment, user, password),
    )


def logs_in(deployment: Deployment, user: str, password: str) -> bool:
    """Whether the database accepts the credentials."""
    try:
        postgres.connect(deployment.account, deployment.name, user=user, password=password).close()
    except psycopg.OperationalError as error:
        if "password authentication failed" not in str(error):
            raise
        return False
    return True


def _rotate_three_times(emulator: Emulator, directory: Path) -> Rotations:
    """Deploy password version 1, and rotate to versions 2, 3 and 4."""
    with prepared_scenario(emulator, "444444444431", directory, as_pipeline=True) as scenario:
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
        with Client(deployment) as client:
            second.apply()
            undisturbed = Rotation(
                plan, before, credentials(deployment), _desired_count(deployment), client.so_far()
            )

            third = version(3)
            apply_until_killed(KillBeforeDatabaseUpdate(), third, proxy)
            with pytest.raises(TerraformError) as locked:
                third.apply()
            third.unlock(re.findall(r"ID: +(\S+)", str(locked.value))[0])
            killed = recovered(third, undisturbed.after)
            sleep(1)

        fourth = version(4)
        proxy.fault = DenyOperation(_SET_PASSWORD)
        with pytest.raises(TerraformError, match=_SET_PASSWORD):
            fourth.apply()
        proxy.fault = NoFault()
        return Rotations(undisturbed, killed, recovered(fourth, killed.recovered), client.so_far())


def _scale(deployment: Deployment, tasks: int) -> None:
    """Set the desired count with UpdateService, as Application Auto Scaling does."""
    name = deployment.name
    deployment.account.client("ecs").update_service(cluster=name, service=name, desiredCount=tasks)


def _desired_count(deployment: Deployment) -> int:
    name = deployment.name
    described = deployment.account.client("ecs").describe_services(cluster=name, services=[name])
    return int(described["services"][0]["desiredCount"])


ROTATED = Work("rotations", _rotate_three_times)
