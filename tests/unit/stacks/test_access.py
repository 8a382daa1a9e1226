"""The stack of the pipeline's roles: whom they trust, and what limits them and the roles that they make."""

import json

import pytest

from constructs_lib.access.boundary import workload_boundary
from constructs_lib.foundation.iam import Account
from tests.emulator.policy_evaluation import Request, allowed
from tests.unit.synthesis import Synthesized, statements, synthesize, synthesize_access
from tests.variables import EVERYTHING_ON

ISSUER = "token.actions.githubusercontent.com"
ROLES = ("payment-api-plan", "payment-api-deploy", "payment-api-drift")


@pytest.fixture(scope="module")
def access() -> Synthesized:
    return synthesize_access()


@pytest.mark.parametrize(
    ("role", "subject"),
    [
        ("payment-api-plan", "pull_request"),
        ("payment-api-deploy", "environment:prod"),
        ("payment-api-drift", "ref:refs/heads/main"),
    ],
)
def test_a_role_trusts_exactly_one_subject_of_the_repository(
    access: Synthesized, role: str, subject: str
) -> None:
    document = access.one("aws_iam_role", name=role)["assume_role_policy"]
    assert statements(document) == {
        "AssumedByWorkflows": {
            "Sid": "AssumedByWorkflows",
            "Effect": "Allow",
            "Principal": {"Federated": access.ref("aws_iam_openid_connect_provider", "arn")},
            "Action": ["sts:AssumeRoleWithWebIdentity"],
            "Condition": {
                "StringEquals": {
                    f"{ISSUER}:aud": "sts.amazonaws.com",
                    f"{ISSUER}:sub": f"repo:example/payment-api:{subject}",
                }
            },
        }
    }


def test_an_existing_provider_is_trusted_and_none_is_created() -> None:
    access = synthesize_access(EVERYTHING_ON)
    assert access.all("aws_iam_openid_connect_provider") == {}
    document = access.one("aws_iam_role", name="payment-api-deploy")["assume_role_policy"]
    trusted = statements(document)["AssumedByWorkflows"]["Principal"]["Federated"]
    assert trusted == access.settings.access.oidc_provider_arn


@pytest.mark.parametrize("role", ROLES)
def test_every_role_has_the_boundary_of_the_pipeline(access: Synthesized, role: str) -> None:
    boundary = access.ref("aws_iam_policy", "arn", name="pipeline-boundary")
    assert access.one("aws_iam_role", name=role)["permissions_boundary"] == boundary


@pytest.mark.parametrize("suffix", ["dev", EVERYTHING_ON])
def test_the_roles_of_a_deployment_have_their_boundary_if_it_is_set(suffix: str) -> None:
    stack = synthesize(suffix, PAYMENT_API_ACCESS__PERMISSIONS_BOUNDARY="true")
    account = "${data.aws_caller_identity.caller.account_id}"
    expected = f"arn:aws:iam::{account}:policy/payment-api-access/boundary"
    assert {each["permissions_boundary"] for each in stack.all("aws_iam_role").values()} == {expected}


def test_the_boundary_contains_every_permission_of_the_stacks_roles(every: Synthesized) -> None:
    account = "123456789012"
    boundary = workload_boundary(Account(account_id=account, region=every.region), every.settings.service)
    role = f"arn:aws:iam::{account}:role/{every.prefix}-task"
    denied = []
    for policy in every.all("aws_iam_policy").values():
        for statement in json.loads(policy["policy"])["Statement"]:
            for action in statement["Action"]:
                for resource in statement["Resource"]:
                    arn = concrete(resource, account, every.prefix, every.region)
                    if arn != "*" and action.split(":")[0] != arn.split(":")[2]:
                        continue  # a statement of service.permissions with actions of two services
                    request = Request(role, action, arn, {"iam:PassedToService": "ecs-tasks.amazonaws.com"})
                    if not allowed(request, owner=account, identity=[boundary]):
                        denied.append((action, arn))
    assert denied == []


def concrete(resource: str, account: str, prefix: str, region: str) -> str:
    """The ARN of a policy, with a name of the stack for what only Terraform knows."""
    resource = resource.replace("${data.aws_caller_identity.caller.account_id}", account)
    if not resource.startswith("${"):
        return resource
    kind = resource.removeprefix("${").partition(".")[0]
    service, name = {
        "aws_cloudwatch_log_group": ("logs", f"log-group:/ecs/{prefix}"),
        "aws_iam_role": ("iam", f"role/{prefix}-task"),
        "aws_kms_key": ("kms", "key/x"),
        "aws_secretsmanager_secret": ("secretsmanager", f"secret:{prefix}-database-a1b2c3"),
    }[kind]
    return f"arn:aws:{service}:{'' if service == 'iam' else region}:{account}:{name}"


def test_the_boundary_allows_no_secret_that_no_setting_names(every: Synthesized) -> None:
    account = "123456789012"
    boundary = workload_boundary(Account(account_id=account, region=every.region), every.settings.service)
    other = f"arn:aws:secretsmanager:{every.region}:{account}:secret:other-a1b2c3"
    request = Request(f"arn:aws:iam::{account}:role/x", "secretsmanager:GetSecretValue", other)
    assert not allowed(request, owner=account, identity=[boundary])
