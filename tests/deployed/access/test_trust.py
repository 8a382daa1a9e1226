"""The trust policies of the tasks' two roles: only ECS can assume them, for tasks of this account and
region."""

import json
from collections.abc import Iterator
from functools import partial

import pytest

from tests.deployed.access.callers import assert_denied, role
from tests.deployed.access.calls import account_id, client
from tests.emulator.account import Account
from tests.emulator.deployment import Deployment
from tests.emulator.policy_evaluation import Request, allowed
from tests.emulator.server import Emulator

OUTSIDER = "999999999999"
TASK = "arn:aws:ecs:us-east-1:{account}:task/payment-api/1"

pytestmark = pytest.mark.parametrize("purpose", ["execution", "task"])


def trusted(deployed: Deployment, purpose: str, service: str, account: str, source: str) -> bool:
    """Whether the role's trust policy allows the service to assume the role for a source in an account.

    Evaluated without a request, because no public API takes the request with which a service assumes a role.
    """
    found = client(deployed.account, "iam").get_role(RoleName=f"{deployed.name}-{purpose}")["Role"]
    owner = account_id(deployed.account)
    context = {
        "aws:SourceAccount": account.format(account=owner),
        "aws:SourceArn": source.format(account=owner),
    }
    return allowed(
        Request(f"{service}.amazonaws.com", "sts:AssumeRole", found["Arn"], context),
        owner=owner,
        resource=json.dumps(found["AssumeRolePolicyDocument"]),
        resource_decides=True,
    )


def test_ecs_can_assume_the_role_for_tasks_of_the_account(deployed: Deployment, purpose: str) -> None:
    assert trusted(deployed, purpose, "ecs-tasks", "{account}", TASK)


@pytest.mark.parametrize(
    "service", ["ec2", "lambda", "ecs", "rds", "backup", "monitoring.rds", "vpc-flow-logs", "codebuild"]
)
def test_another_service_cannot_assume_the_role(deployed: Deployment, purpose: str, service: str) -> None:
    assert not trusted(deployed, purpose, service, "{account}", TASK)


@pytest.mark.parametrize(
    ("account", "source"),
    [
        (OUTSIDER, f"arn:aws:ecs:us-east-1:{OUTSIDER}:task/other/1"),
        (OUTSIDER, TASK),
        ("{account}", f"arn:aws:ecs:us-east-1:{OUTSIDER}:task/other/1"),
        ("{account}", "arn:aws:ecs:eu-west-1:{account}:task/elsewhere/1"),
        ("{account}", "arn:aws:lambda:us-east-1:{account}:function:ecs"),
    ],
)
def test_ecs_cannot_assume_the_role_for_another_account_region_or_service(
    deployed: Deployment, purpose: str, account: str, source: str
) -> None:
    assert not trusted(deployed, purpose, "ecs-tasks", account, source)


@pytest.fixture(scope="module", params=["lambda", "vpc-flow-logs", "monitoring.rds"])
def role_of_a_service(request: pytest.FixtureRequest, deployed: Deployment) -> Iterator[Account]:
    """A role of another service in the account, with full access."""
    with role(deployed.account, "unrelated", "*", service=request.param) as caller:
        yield caller


@pytest.fixture(scope="module")
def other_administrator(emulator: Emulator) -> Iterator[Account]:
    """An administrator of another account."""
    with role(emulator.other_account(OUTSIDER), "unrelated", "*") as caller:
        yield caller


def test_a_role_of_another_service_with_full_access_cannot_assume_the_role(
    deployed: Deployment, purpose: str, role_of_a_service: Account
) -> None:
    """A request to STS, which denies it because the role trusts only ECS."""
    assert_denied(partial(assume, purpose=purpose), role_of_a_service, deployed)


def test_an_administrator_of_another_account_cannot_assume_the_role(
    deployed: Deployment, purpose: str, other_administrator: Account
) -> None:
    """A request to STS, which denies it because the role trusts only ECS."""
    assert_denied(partial(assume, purpose=purpose), other_administrator, deployed)


def assume(caller: Account, deployed: Deployment, *, purpose: str) -> object:
    """Call AssumeRole for the role."""
    arn = f"arn:aws:iam::{account_id(deployed.account)}:role/{deployed.name}-{purpose}"
    return client(caller, "sts").assume_role(RoleArn=arn, RoleSessionName="unrelated")
