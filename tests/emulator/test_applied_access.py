"""Who gets in where the emulator enforces IAM: requests of roles are decided on by all that stands in it,
the roles' policies and those of secret, keys and buckets.

moto reads neither conditions nor resources nor most of their policies, so `access.policies` decides instead,
by IAM's documented logic, and refuses in the service's own wire format. On a real AWS only ECS gets a session
of the two task roles; moto gives the tests one.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

import pytest
from botocore.exceptions import ClientError

from tests.emulator.access.calls import (
    NOT_FOR_TASKS,
    Call,
    client,
    describe_secret,
    read_log,
    read_secret,
    read_secret_in_a_batch,
    read_state,
    state_of,
    write_log,
)
from tests.emulator.access.enforcement import enforced, session
from tests.emulator.access.policies import Request, allowed
from tests.emulator.account import Account
from tests.emulator.deployment import Deployment
from tests.emulator.server import Emulator

OUTSIDER = "999999999999"
REFUSED = ("AccessDenied", "AccessDeniedException", "UnauthorizedOperation")
ROLES = ("execution", "task")
TRUST_OF_THE_ACCOUNT = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}


session_of = cache(session)


def policy(*statements: object) -> str:
    """A policy document."""
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


@contextmanager
def role(account: Account, name: str, *actions: str) -> Iterator[Account]:
    """A session of a role that may do the actions to everything, as far as IAM policies go."""
    iam = client(account, "iam")
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=policy(TRUST_OF_THE_ACCOUNT))
    if actions:
        document = policy({"Effect": "Allow", "Action": list(actions), "Resource": "*"})
        iam.put_role_policy(RoleName=name, PolicyName=name, PolicyDocument=document)
    made = session(account, name)
    try:
        with enforced(made):
            yield made
    finally:
        if actions:
            iam.delete_role_policy(RoleName=name, PolicyName=name)
        iam.delete_role(RoleName=name)


@contextmanager
def payment_role(dev: Deployment, purpose: str) -> Iterator[Account]:
    """A session of the execution or the task role."""
    made = session_of(dev.account, f"{dev.name}-{purpose}")
    with enforced(made):
        yield made


def refused(call: Call, caller: Account, dev: Deployment) -> None:
    """The call must end in a refusal by IAM, and in nothing else."""
    with pytest.raises(ClientError) as refusal:
        call(caller, dev)
    assert refusal.value.response["Error"]["Code"] in REFUSED


@pytest.mark.parametrize("purpose", ROLES)
def test_a_task_role_reads_this_secret(dev: Deployment, purpose: str) -> None:
    with payment_role(dev, purpose) as caller:
        assert read_secret(caller, dev)


def test_the_execution_role_writes_its_log_streams(dev: Deployment) -> None:
    with payment_role(dev, "execution") as caller:
        assert write_log(caller, dev)


def test_the_task_role_writes_no_logs(dev: Deployment) -> None:
    """ECS writes them for it."""
    with payment_role(dev, "task") as caller:
        refused(write_log, caller, dev)


@pytest.mark.parametrize("purpose", ROLES)
@pytest.mark.parametrize("thing", NOT_FOR_TASKS)
def test_a_task_role_gets_nothing_else(dev: Deployment, purpose: str, thing: str) -> None:
    with payment_role(dev, purpose) as caller:
        refused(NOT_FOR_TASKS[thing], caller, dev)


@pytest.mark.parametrize("call", [read_secret, read_secret_in_a_batch])
def test_a_stranger_who_may_everything_cannot_read_the_secret(dev: Deployment, call: Call) -> None:
    """The secret's own policy refuses. An administrator can take that policy off, on AWS as here: it shows
    in CloudTrail, and the next apply puts it back."""
    with role(dev.account, "administrator", "*") as stranger:
        assert describe_secret(stranger, dev)
        refused(call, stranger, dev)


def test_whoever_deploys_reads_the_secret(dev: Deployment) -> None:
    deployer = dev.account
    grant = policy({"Effect": "Allow", "Action": "*", "Resource": "*"})
    iam = client(deployer, "iam")
    iam.put_role_policy(RoleName="emulator", PolicyName="deploys", PolicyDocument=grant)
    caller = session(deployer, "emulator")
    with enforced(caller):
        assert read_secret(caller, dev)
    iam.delete_role_policy(RoleName="emulator", PolicyName="deploys")


@pytest.mark.parametrize("call", [read_secret, read_state, read_log])
def test_a_stranger_without_rights_of_its_own_reads_nothing(dev: Deployment, call: Call) -> None:
    with role(dev.account, "nobody") as stranger:
        refused(call, stranger, dev)


def test_a_stranger_who_may_read_all_of_s3_cannot_read_the_state(dev: Deployment) -> None:
    """The state's key lets S3 decrypt only for those whose own policies say so, too."""
    with role(dev.account, "reader", "s3:*") as stranger:
        assert client(stranger, "s3").list_objects_v2(Bucket=state_of(dev)["Bucket"])
        refused(read_state, stranger, dev)


def test_one_who_may_read_the_state_reads_it(dev: Deployment) -> None:
    with role(dev.account, "operator", "s3:GetObject", "kms:Decrypt") as operator:
        assert read_state(operator, dev)


@pytest.mark.parametrize("call", [read_secret, read_state, read_log])
def test_an_administrator_of_another_account_reads_nothing(
    dev: Deployment, emulator: Emulator, call: Call
) -> None:
    """No policy here lets another account in. AWS finds no such log group in the caller's own account where
    it is asked by name; here it is asked by ARN, as for logs that are shared between accounts."""
    with role(emulator.other_account(OUTSIDER), "administrator", "*") as outsider:
        refused(call, outsider, dev)


def trusted(dev: Deployment, purpose: str, service: str, account: str, source: str) -> bool:
    """Whether the role's trust policy lets the service assume it for a source in an account."""
    found = client(dev.account, "iam").get_role(RoleName=f"{dev.name}-{purpose}")["Role"]
    context = {"aws:SourceAccount": account, "aws:SourceArn": source}
    return allowed(
        Request(service, "sts:AssumeRole", found["Arn"], context),
        owner=found["Arn"].split(":")[4],
        resource=json.dumps(found["AssumeRolePolicyDocument"]),
        resource_decides=True,
    )


@pytest.mark.parametrize("purpose", ROLES)
class TestTrust:
    """By the evaluator alone: no API of AWS's takes the request by which a service assumes a role."""

    HERE = "111111111111"
    TASK = "arn:aws:ecs:us-east-1:111111111111:task/payment-api-dev/1"

    def test_ecs_assumes_it_for_its_own_tasks(self, dev: Deployment, purpose: str) -> None:
        assert trusted(dev, purpose, "ecs-tasks.amazonaws.com", self.HERE, self.TASK)

    @pytest.mark.parametrize(
        "service", ["ec2", "lambda", "ecs", "rds", "backup", "monitoring.rds", "vpc-flow-logs", "codebuild"]
    )
    def test_no_other_service_does(self, dev: Deployment, purpose: str, service: str) -> None:
        assert not trusted(dev, purpose, f"{service}.amazonaws.com", self.HERE, self.TASK)

    @pytest.mark.parametrize(
        ("account", "source"),
        [
            (OUTSIDER, "arn:aws:ecs:us-east-1:999999999999:task/theirs/1"),
            (OUTSIDER, TASK),
            (HERE, "arn:aws:ecs:us-east-1:999999999999:task/theirs/1"),
            (HERE, "arn:aws:ecs:eu-west-1:111111111111:task/elsewhere/1"),
            (HERE, "arn:aws:lambda:us-east-1:111111111111:function:ecs"),
        ],
    )
    def test_nor_does_ecs_for_somebody_else(
        self, dev: Deployment, purpose: str, account: str, source: str
    ) -> None:
        assert not trusted(dev, purpose, "ecs-tasks.amazonaws.com", account, source)

    def test_nor_does_an_administrator(self, dev: Deployment, purpose: str) -> None:
        """A real request: STS refuses it, since the role trusts no principal but the service."""
        with role(dev.account, "climber", "*") as climber:
            refused(
                lambda caller, _: client(caller, "sts").assume_role(
                    RoleArn=f"arn:aws:iam::{self.HERE}:role/{dev.name}-{purpose}", RoleSessionName="climber"
                ),
                climber,
                dev,
            )
