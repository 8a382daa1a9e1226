"""Rotation of the password, also one that stops half-way; and a service that autoscaling has scaled."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from moto.rds.exceptions import RDSClientError
from moto.rds.models import RDSBackend

from tests.emulator.backends import master_password
from tests.emulator.deployment import Deployment
from tests.emulator.terraform import Plan, Terraform, TerraformError

TASKS = 7


@dataclass(frozen=True)
class Credentials:
    """The password in the places where it stands, and the versions of the secret that are in use."""

    in_secret: str
    in_database: str
    current_version: str
    pinned_version: str


def credentials(deployment: Deployment) -> Credentials:
    """As they are now."""
    account, name = deployment.account, deployment.name
    ecs = account.client("ecs")
    (service,) = ecs.describe_services(cluster=name, services=[name])["services"]
    task = ecs.describe_task_definition(taskDefinition=service["taskDefinition"])["taskDefinition"]
    (pinned,) = {each["valueFrom"].split(":")[-1] for each in task["containerDefinitions"][0]["secrets"]}
    current = secret(deployment, VersionStage="AWSCURRENT")
    return Credentials(
        in_secret=current[1],
        in_database=master_password(account, name),
        current_version=current[0],
        pinned_version=pinned,
    )


def secret(deployment: Deployment, **which: str) -> tuple[str, str]:
    """A version of the secret: its id, and the password in it."""
    found = deployment.account.client("secretsmanager").get_secret_value(
        SecretId=f"{deployment.name}-database", **which
    )
    return found["VersionId"], json.loads(found["SecretString"])["password"]


def agree(found: Credentials) -> bool:
    """Whether secret, database and tasks have the same password."""
    return found.in_secret == found.in_database and found.current_version == found.pinned_version


def tasks_of(deployment: Deployment) -> int:
    """How many tasks the service is to run."""
    name = deployment.name
    described = deployment.account.client("ecs").describe_services(cluster=name, services=[name])
    return int(described["services"][0]["desiredCount"])


def scale(deployment: Deployment, tasks: int) -> None:
    """As Application Auto Scaling does it."""
    name = deployment.name
    deployment.account.client("ecs").update_service(cluster=name, service=name, desiredCount=tasks)


@dataclass(frozen=True)
class Rotation:
    """One rotation: its plan, and the credentials before and after it."""

    plan: Plan
    before: Credentials
    after: Credentials


@pytest.fixture(scope="module")
def next_version(dev: Deployment) -> Terraform:
    """dev with its password's version raised by one."""
    return dev.changed("rotated", {"PAYMENT_API_DATABASE__PASSWORD_VERSION": "2"})


@pytest.fixture(scope="module")
def rotation(dev: Deployment, next_version: Terraform) -> Iterator[Rotation]:
    """A rotation while seven tasks run; afterwards two run again."""
    scale(dev, TASKS)
    before, plan = credentials(dev), next_version.plan()
    next_version.apply()
    yield Rotation(plan, before, credentials(dev))
    scale(dev, 2)


@pytest.fixture(scope="module")
def interrupted(dev: Deployment, rotation: Rotation) -> tuple[Credentials, Credentials]:
    """The credentials before and after a rotation that the database refused.

    The version goes back to 1, so that dev is left as it was: to the provider any other number is a new one.
    """

    def refuse(_self: RDSBackend, _parameters: object) -> None:
        raise RDSClientError("AccessDenied", "not authorized to perform: rds:ModifyDBCluster")

    before = credentials(dev)
    assert agree(rotation.after)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(RDSBackend, "modify_db_cluster", refuse)
        with pytest.raises(TerraformError, match="not authorized to perform: rds:ModifyDBCluster"):
            dev.system.apply()
    return before, credentials(dev)


class TestRotation:
    def test_changes_secret_version_cluster_task_definition_and_service_and_nothing_else(
        self, rotation: Rotation
    ) -> None:
        """As on AWS."""
        changed = {
            change["type"]: change["change"]["actions"]
            for change in rotation.plan.document["resource_changes"]
            if change["change"]["actions"] != ["no-op"]
        }
        assert changed == {
            "aws_secretsmanager_secret_version": ["delete", "create"],
            "aws_rds_cluster": ["update"],
            "aws_ecs_task_definition": ["delete", "create"],
            "aws_ecs_service": ["update"],
        }

    def test_makes_a_new_password(self, rotation: Rotation) -> None:
        """As on AWS."""
        assert rotation.after.in_secret != rotation.before.in_secret

    def test_leaves_secret_database_and_tasks_with_the_same_password(self, rotation: Rotation) -> None:
        """On AWS the cluster takes the new password some seconds after it was told to."""
        assert agree(rotation.after)

    def test_leaves_the_tasks_as_many_as_autoscaling_made_them(
        self, rotation: Rotation, dev: Deployment
    ) -> None:
        """On AWS the deployment starts seven new tasks, and the seven old ones drain."""
        assert rotation.after.pinned_version != rotation.before.pinned_version
        assert tasks_of(dev) == TASKS


class TestARotationThatStopsBetweenSecretAndDatabase:
    def test_has_changed_the_secret_and_not_the_database(
        self, interrupted: tuple[Credentials, Credentials]
    ) -> None:
        """The fault is where it should be."""
        before, after = interrupted
        assert after.in_secret != before.in_secret
        assert after.in_database == before.in_database

    def test_leaves_the_tasks_with_the_password_that_the_database_still_has(
        self, interrupted: tuple[Credentials, Credentials], dev: Deployment
    ) -> None:
        """On AWS, too, the version before stays readable, so a task that starts now gets in."""
        _, after = interrupted
        assert secret(dev, VersionId=after.pinned_version)[1] == after.in_database

    def test_heals_at_the_next_apply(
        self, interrupted: tuple[Credentials, Credentials], dev: Deployment
    ) -> None:
        """As on AWS: what the provider keeps of an update that failed is the provider's doing."""
        _, stopped = interrupted
        dev.system.apply()
        healed = credentials(dev)
        assert healed.in_database == healed.in_secret == stopped.in_secret
        assert healed.pinned_version == healed.current_version
        plan = dev.system.plan()
        assert plan.empty, plan.text
