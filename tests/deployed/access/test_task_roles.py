"""What the tasks' two roles may do where the emulator enforces IAM: requests are decided on by all that
stands in it, the roles' policies and those of secret, keys and buckets.

moto reads neither conditions nor resources nor most of the policies of resources, so `access.policies`
decides instead, by IAM's documented logic, and refuses in the service's own wire format. On a real AWS only
ECS gets a session of the two roles; moto gives the tests one.
"""

import json
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.deployed.access.callers import key_open, payment_role, refused
from tests.deployed.access.calls import (
    account_id,
    client,
    data_key,
    key_of,
    open_stream,
    read_secret,
    secret_arn,
    state_key,
    write_log,
)
from tests.deployed.access.forbidden import FOR_NO_TASK
from tests.deployed.access.policies import Request, allowed, listed, statements_of
from tests.emulator.deployment import Deployment

ROLES = ("execution", "task")


@pytest.mark.parametrize("purpose", ROLES)
def test_each_reads_this_secret(deployed: Deployment, purpose: str) -> None:
    with payment_role(deployed, purpose) as caller:
        assert read_secret(caller, deployed)


def test_the_execution_role_writes_its_log_streams(deployed: Deployment) -> None:
    with payment_role(deployed, "execution") as caller:
        assert write_log(caller, deployed)


def test_the_task_role_writes_no_logs(deployed: Deployment) -> None:
    """ECS writes them for it."""
    with payment_role(deployed, "task") as caller:
        refused(open_stream, caller, deployed)


@pytest.fixture(scope="class")
def keys_as_aws_makes_them(deployed: Deployment) -> Iterator[None]:
    """They let whoever the account's IAM policies let."""
    root = f"arn:aws:iam::{account_id(deployed.account)}:root"
    keys = (data_key(deployed), key_of(deployed, f"{deployed.name}-logs"), state_key(deployed))
    with ExitStack() as opened:
        for key in keys:
            opened.enter_context(key_open(deployed, key, root))
        yield


@pytest.mark.usefixtures("keys_as_aws_makes_them")
class TestNothingElse:
    """By the roles' own policies alone, whatever the keys say."""

    @pytest.mark.parametrize("purpose", ROLES)
    @pytest.mark.parametrize("thing", FOR_NO_TASK)
    def test_neither_gets(self, deployed: Deployment, purpose: str, thing: str) -> None:
        with payment_role(deployed, purpose) as caller:
            refused(FOR_NO_TASK[thing], caller, deployed)


@pytest.mark.parametrize("purpose", ROLES)
def test_each_is_let_do_just_this_to_all_that_stands_here(deployed: Deployment, purpose: str) -> None:
    """By the evaluator alone; what a condition asks for is taken to be so. A wildcard in a policy would be an
    action of its own here."""
    account = account_id(deployed.account)
    group = f"arn:aws:logs:{deployed.account.region}:{account}:log-group:/ecs/{deployed.name}"
    secret, key, stream = secret_arn(deployed), data_key(deployed), f"{group}:log-stream:payment-api/api/1"
    resources = {"*", secret, key, stream, f"{group}-jobs:log-stream:1", *tagged(deployed)}
    context = {
        "kms:ViaService": f"secretsmanager.{deployed.account.region}.amazonaws.com",
        "kms:EncryptionContext:SecretARN": secret,
    }
    expected = {"secretsmanager:GetSecretValue": {secret}, "kms:Decrypt": {key}}
    if purpose == "execution":
        expected |= {"logs:CreateLogStream": {stream}, "logs:PutLogEvents": {stream}}

    identity = policies(deployed, purpose)
    role = f"arn:aws:iam::{account}:role/{deployed.name}-{purpose}"
    found = {
        action: {
            each
            for each in resources
            if allowed(Request(role, action, each, context), owner=account, identity=identity)
        }
        for document in identity
        for statement in statements_of(document)
        for action in listed(statement["Action"])
    }
    if (purpose, deployed.name) == ("execution", "payment-api-prod"):
        pull = {action: found.pop(action) for action in sorted(found) if action.startswith("ecr:")}
        assert pull == {
            "ecr:BatchCheckLayerAvailability": set(),
            "ecr:BatchGetImage": set(),
            "ecr:GetAuthorizationToken": resources,
            "ecr:GetDownloadUrlForLayer": set(),
        }
    assert found == expected


def policies(deployed: Deployment, purpose: str) -> list[str]:
    """All policies of the role, attached and inline."""
    iam, name = client(deployed.account, "iam"), f"{deployed.name}-{purpose}"
    found = [
        iam.get_role_policy(RoleName=name, PolicyName=inline)["PolicyDocument"]
        for inline in iam.list_role_policies(RoleName=name)["PolicyNames"]
    ]
    for attached in iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]:
        policy = iam.get_policy(PolicyArn=attached["PolicyArn"])["Policy"]
        which = {"PolicyArn": policy["Arn"], "VersionId": policy["DefaultVersionId"]}
        found.append(iam.get_policy_version(**which)["PolicyVersion"]["Document"])
    return [json.dumps(each) for each in found]


def tagged(deployed: Deployment) -> set[str]:
    """Whatever stands in the account and has tags."""
    pages = client(deployed.account, "resourcegroupstaggingapi").get_paginator("get_resources").paginate()
    return {each["ResourceARN"] for page in pages for each in page["ResourceTagMappingList"]}
