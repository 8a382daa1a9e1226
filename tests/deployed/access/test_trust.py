"""Who may be the tasks' two roles: nobody but ECS for this account's tasks in this region."""

import json
from collections.abc import Iterator
from functools import partial

import pytest

from tests.deployed.access.callers import refused, role
from tests.deployed.access.calls import account_id, client
from tests.deployed.access.policies import Request, allowed
from tests.emulator.account import Account
from tests.emulator.deployment import Deployment
from tests.emulator.server import Emulator

OUTSIDER = "999999999999"
TASK = "arn:aws:ecs:us-east-1:{account}:task/payment-api/1"

pytestmark = pytest.mark.parametrize("purpose", ["execution", "task"])


def trusted(deployed: Deployment, purpose: str, service: str, account: str, source: str) -> bool:
    """Whether the role's trust policy lets the service assume it for a source in an account.

    By the evaluator alone: no API of AWS's takes the request by which a service assumes a role.
    """
    found = client(deployed.account, "iam").get_role(RoleName=f"{deployed.name}-{purpose}")["Role"]
    here = account_id(deployed.account)
    context = {
        "aws:SourceAccount": account.format(account=here),
        "aws:SourceArn": source.format(account=here),
    }
    return allowed(
        Request(f"{service}.amazonaws.com", "sts:AssumeRole", found["Arn"], context),
        owner=here,
        resource=json.dumps(found["AssumeRolePolicyDocument"]),
        resource_decides=True,
    )


def test_ecs_assumes_it_for_its_own_tasks(deployed: Deployment, purpose: str) -> None:
    assert trusted(deployed, purpose, "ecs-tasks", "{account}", TASK)


@pytest.mark.parametrize(
    "service", ["ec2", "lambda", "ecs", "rds", "backup", "monitoring.rds", "vpc-flow-logs", "codebuild"]
)
def test_no_other_service_does(deployed: Deployment, purpose: str, service: str) -> None:
    assert not trusted(deployed, purpose, service, "{account}", TASK)


@pytest.mark.parametrize(
    ("account", "source"),
    [
        (OUTSIDER, f"arn:aws:ecs:us-east-1:{OUTSIDER}:task/theirs/1"),
        (OUTSIDER, TASK),
        ("{account}", f"arn:aws:ecs:us-east-1:{OUTSIDER}:task/theirs/1"),
        ("{account}", "arn:aws:ecs:eu-west-1:{account}:task/elsewhere/1"),
        ("{account}", "arn:aws:lambda:us-east-1:{account}:function:ecs"),
    ],
)
def test_nor_does_ecs_for_somebody_else(
    deployed: Deployment, purpose: str, account: str, source: str
) -> None:
    assert not trusted(deployed, purpose, "ecs-tasks", account, source)


@pytest.fixture(scope="module", params=["lambda", "vpc-flow-logs", "monitoring.rds"])
def role_of_a_service(request: pytest.FixtureRequest, deployed: Deployment) -> Iterator[Account]:
    """A role of another service in the account, that may everything."""
    with role(deployed.account, "climber", "*", service=request.param) as climber:
        yield climber


@pytest.fixture(scope="module")
def outsider(emulator: Emulator) -> Iterator[Account]:
    """An administrator of another account."""
    with role(emulator.other_account(OUTSIDER), "climber", "*") as climber:
        yield climber


def test_nor_does_a_role_of_another_service(
    deployed: Deployment, purpose: str, role_of_a_service: Account
) -> None:
    """A real request: STS refuses it, since the role trusts no principal but ECS."""
    refused(partial(assume, purpose=purpose), role_of_a_service, deployed)


def test_nor_does_an_administrator_of_another_account(
    deployed: Deployment, purpose: str, outsider: Account
) -> None:
    """A real request, as above."""
    refused(partial(assume, purpose=purpose), outsider, deployed)


def assume(caller: Account, deployed: Deployment, *, purpose: str) -> object:
    """Ask for a session of the role."""
    arn = f"arn:aws:iam::{account_id(deployed.account)}:role/{deployed.name}-{purpose}"
    return client(caller, "sts").assume_role(RoleArn=arn, RoleSessionName="climber")
