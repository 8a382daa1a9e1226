"""The permissions of the tasks' two roles; the emulator enforces IAM here, by the deployed policies of the
roles and of secret, keys and buckets.

moto evaluates neither conditions nor resources nor most resource policies, so `policy_evaluation` decides by
IAM's documented logic, and `access.enforcement` denies in the service's wire format. On AWS only ECS can
assume the two roles; moto lets the tests assume them.
"""

import json
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.deployed.access.callers import assert_denied, key_allows, role_of_the_tasks
from tests.deployed.access.calls import (
    account_id,
    client,
    data_key,
    field_key,
    key_of,
    open_stream,
    read_secret,
    secret_arn,
    state_key,
    write_log,
)
from tests.deployed.access.forbidden import FORBIDDEN_CALLS
from tests.deployed.profiles import DECLARED_SECRETS
from tests.emulator.deployment import Deployment
from tests.emulator.policy_evaluation import Request, allowed, listed, statements_of

ROLES = ("execution", "task")


@pytest.mark.parametrize("purpose", ROLES)
def test_execution_role_and_task_role_can_read_the_secret(deployed: Deployment, purpose: str) -> None:
    with role_of_the_tasks(deployed, purpose) as caller:
        assert read_secret(caller, deployed)


def test_the_execution_role_can_write_the_log_streams_of_the_tasks(deployed: Deployment) -> None:
    with role_of_the_tasks(deployed, "execution") as caller:
        assert write_log(caller, deployed)


def test_the_task_role_cannot_write_logs(deployed: Deployment) -> None:
    """ECS writes the logs of the container with the execution role."""
    with role_of_the_tasks(deployed, "task") as caller:
        assert_denied(open_stream, caller, deployed)


@pytest.fixture(scope="class")
def default_key_policies(deployed: Deployment) -> Iterator[None]:
    """The keys have the default policy of KMS, which delegates to the account's IAM policies."""
    root = f"arn:aws:iam::{account_id(deployed.account)}:root"
    logs = key_of(deployed, f"{deployed.name}-logs")
    keys = (data_key(deployed), field_key(deployed), logs, state_key(deployed))
    with ExitStack() as contexts:
        for key in keys:
            contexts.enter_context(key_allows(deployed, key, root))
        yield


@pytest.mark.usefixtures("default_key_policies")
class TestForbiddenCalls:
    """The roles' own policies deny these calls, even with key policies that delegate to IAM."""

    @pytest.mark.parametrize("purpose", ROLES)
    @pytest.mark.parametrize("target", FORBIDDEN_CALLS)
    def test_neither_role_can_access(self, deployed: Deployment, purpose: str, target: str) -> None:
        with role_of_the_tasks(deployed, purpose) as caller:
            assert_denied(FORBIDDEN_CALLS[target], caller, deployed)


@pytest.mark.parametrize("purpose", ROLES)
def test_each_role_is_allowed_exactly_the_expected_actions_on_all_existing_resources(
    deployed: Deployment, purpose: str
) -> None:
    """Evaluated without requests, and with conditions that hold. An action with a wildcard would appear among
    the actions that were found."""
    account, is_dev = account_id(deployed.account), deployed.name == "payment-api-dev"
    group = f"arn:aws:logs:{deployed.account.region}:{account}:log-group:/ecs/{deployed.name}"
    secret, key, stream = secret_arn(deployed), data_key(deployed), f"{group}:log-stream:payment-api/api/1"
    declared = {secret_arn(deployed, name) for name in DECLARED_SECRETS.values()} if is_dev else set()
    fields = field_key(deployed)
    resources = {"*", secret, key, stream, f"{group}-jobs:log-stream:1", *tagged(deployed), *declared, fields}
    context = {
        "kms:ViaService": f"secretsmanager.{deployed.account.region}.amazonaws.com",
        "kms:EncryptionContext:SecretARN": secret,
        "kms:EncryptionContext:Deployment": deployed.name,
    }
    expected = {"secretsmanager:GetSecretValue": {secret}, "kms:Decrypt": {key}}
    if purpose == "execution":
        expected |= {"logs:CreateLogStream": {stream}, "logs:PutLogEvents": {stream}}
        expected["secretsmanager:GetSecretValue"] |= declared
    else:
        use = ("kms:Encrypt", "kms:GenerateDataKey", "kms:GenerateDataKeyWithoutPlaintext")
        expected |= {action: {fields} for action in use}
        expected["kms:Decrypt"] |= {fields}

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
    """All policies of the role, managed and inline."""
    iam, name = client(deployed.account, "iam"), f"{deployed.name}-{purpose}"
    found = [
        iam.get_role_policy(RoleName=name, PolicyName=inline)["PolicyDocument"]
        for inline in iam.list_role_policies(RoleName=name)["PolicyNames"]
    ]
    for attached in iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]:
        policy = iam.get_policy(PolicyArn=attached["PolicyArn"])["Policy"]
        version = {"PolicyArn": policy["Arn"], "VersionId": policy["DefaultVersionId"]}
        found.append(iam.get_policy_version(**version)["PolicyVersion"]["Document"])
    return [json.dumps(each) for each in found]


def tagged(deployed: Deployment) -> set[str]:
    """The ARNs of all tagged resources in the account."""
    pages = client(deployed.account, "resourcegroupstaggingapi").get_paginator("get_resources").paginate()
    return {each["ResourceARN"] for page in pages for each in page["ResourceTagMappingList"]}
