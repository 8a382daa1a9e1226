"""The policies of the pipeline's roles, against every recorded call of Terraform."""

import json

import pytest

from constructs_lib.access.policies import MAX_CHARACTERS, MAX_POLICIES, Kind, documents
from constructs_lib.access.required import PASSED, REQUIREMENTS
from tests.access import derivation, page, recording
from tests.access.authorization import access_level, privilege
from tests.access.roles import ACCOUNT, Role
from tests.unit.synthesis import Synthesized

RECORDED = recording.read()
DEPLOYER, PLANNER = Role("deploy"), Role("plan")
BY_HAND = {action for requirement in REQUIREMENTS for action in requirement.actions}
DERIVED = {action for each in derivation.statements(RECORDED)["deploy"] for action in each["actions"]} | {
    action for each in derivation.statements(RECORDED)["plan"] for action in each["actions"]
}
ALWAYS_ALLOWED = "sts:GetCallerIdentity"


def arn(service: str, resource: str) -> str:
    return f"arn:aws:{service}:us-east-1:{ACCOUNT}:{resource}"


def test_the_derived_policies_are_those_of_the_recording() -> None:
    assert derivation.FILE.read_text(encoding="utf-8") == derivation.text(RECORDED), "run `pipenv run access`"


def test_the_page_lists_the_permissions_beyond_the_calls() -> None:
    assert page.FILE.read_text(encoding="utf-8") == page.text(), "run `pipenv run access`"


@pytest.mark.parametrize("kind", ["plan", "deploy"])
def test_every_policy_is_within_the_quotas_of_iam(kind: Kind) -> None:
    texts = documents(kind, account_id=ACCOUNT, state_bucket="b" * 56)
    assert max(len("".join(each.split())) for each in texts) <= MAX_CHARACTERS
    assert len(texts) <= MAX_POLICIES


def test_the_deployer_may_do_everything_that_was_recorded() -> None:
    denied = [each for each in RECORDED if each.action != ALWAYS_ALLOWED and not DEPLOYER.may_again(each)]
    assert denied == []


def test_the_planner_may_read_everything_that_a_plan_reads() -> None:
    read = [
        each
        for each in RECORDED
        if each.reads and each.action != ALWAYS_ALLOWED and access_level(each.action) in ("List", "Read")
    ]
    assert [each for each in read if not PLANNER.may_again(each)] == []


@pytest.mark.parametrize("action", sorted(DERIVED - BY_HAND))
def test_without_a_derived_action_a_recorded_call_is_denied(action: str) -> None:
    role = DEPLOYER.lacking(action)
    assert any(not role.may_again(each) for each in RECORDED if each.action == action)


def test_the_planner_can_change_nothing() -> None:
    # Of the state and the credentials, through S3 and Secrets Manager only.
    changing = {each for each in PLANNER.actions if access_level(each) not in ("List", "Read")}
    assert changing == {"kms:Decrypt"}
    assert not PLANNER.may("kms:Decrypt", arn("kms", "key/x"), {"aws:ResourceTag/Project": "payment-api"})


@pytest.mark.parametrize("action", sorted(DEPLOYER.actions))
def test_every_action_exists(action: str) -> None:
    assert privilege(action)["access_level"]


ROLE = f"arn:aws:iam::{ACCOUNT}:role/payment-api-dev-task"
OWN = f"arn:aws:iam::{ACCOUNT}:role/payment-api-deploy"
BOUNDARY = f"arn:aws:iam::{ACCOUNT}:policy/payment-api-access/boundary"
FIELD_KEY = {"aws:ResourceTag/Project": "payment-api"}


@pytest.mark.parametrize(
    ("action", "resource", "context"),
    [
        ("iam:CreateUser", f"arn:aws:iam::{ACCOUNT}:user/payment-api-dev", {}),
        ("iam:CreateAccessKey", f"arn:aws:iam::{ACCOUNT}:user/someone", {}),
        ("iam:CreateLoginProfile", f"arn:aws:iam::{ACCOUNT}:user/someone", {}),
        ("iam:CreateRole", ROLE, {}),
        ("iam:CreateRole", ROLE, {"iam:PermissionsBoundary": "arn:aws:iam::aws:policy/AdministratorAccess"}),
        ("iam:CreateRole", f"arn:aws:iam::{ACCOUNT}:role/other", {"iam:PermissionsBoundary": BOUNDARY}),
        ("iam:DeleteRolePermissionsBoundary", ROLE, {}),
        ("iam:DeleteRolePermissionsBoundary", OWN, {}),
        ("iam:PutRolePermissionsBoundary", OWN, {"iam:PermissionsBoundary": BOUNDARY}),
        ("iam:AttachRolePolicy", OWN, {}),
        ("iam:DetachRolePolicy", OWN, {}),
        ("iam:UpdateAssumeRolePolicy", OWN, {}),
        ("iam:CreatePolicyVersion", BOUNDARY, {}),
        ("iam:CreatePolicyVersion", f"arn:aws:iam::{ACCOUNT}:policy/payment-api-access/deploy-1", {}),
        ("iam:DeletePolicy", BOUNDARY, {}),
        ("iam:PassRole", ROLE, {"iam:PassedToService": "ec2.amazonaws.com"}),
        ("iam:PassRole", OWN, {"iam:PassedToService": "lambda.amazonaws.com"}),
        ("kms:Decrypt", arn("kms", "key/x"), FIELD_KEY),
        ("kms:Encrypt", arn("kms", "key/x"), FIELD_KEY),
        ("kms:GenerateDataKey", arn("kms", "key/x"), FIELD_KEY),
        ("kms:GenerateDataKeyWithoutPlaintext", arn("kms", "key/x"), FIELD_KEY),
        ("kms:CreateGrant", arn("kms", "key/x"), FIELD_KEY),
        ("kms:ScheduleKeyDeletion", arn("kms", "key/x"), {"aws:ResourceTag/Project": "other"}),
        ("kms:PutKeyPolicy", arn("kms", "key/x"), {}),
        ("secretsmanager:GetSecretValue", arn("secretsmanager", "secret:other-a1b2c3"), {}),
        ("secretsmanager:GetSecretValue", arn("secretsmanager", "secret:payment-api-dev-partner-a1b2c3"), {}),
        ("secretsmanager:PutSecretValue", arn("secretsmanager", "secret:other-a1b2c3"), {}),
        ("ec2:DeleteVpc", arn("ec2", "vpc/vpc-1"), {"aws:ResourceTag/Project": "other"}),
        ("ec2:CreateVpc", arn("ec2", "vpc/*"), {}),
        ("ec2:RunInstances", arn("ec2", "instance/*"), {"aws:RequestTag/Project": "payment-api"}),
        ("rds:DeleteDBCluster", arn("rds", "cluster:other"), {}),
        ("s3:PutObject", "arn:aws:s3:::other/payment-api/dev/terraform.tfstate", {}),
        ("s3:GetObject", "arn:aws:s3:::example-net-terraform-state/other/terraform.tfstate", {}),
        ("s3:DeleteBucket", "arn:aws:s3:::example-net-terraform-state", {}),
        ("s3:PutBucketPolicy", "arn:aws:s3:::example-net-terraform-state", {}),
        ("sts:AssumeRole", f"arn:aws:iam::{ACCOUNT}:role/admin", {}),
        ("organizations:LeaveOrganization", "*", {}),
    ],
)
def test_the_deployer_may_not(action: str, resource: str, context: dict[str, str]) -> None:
    assert not DEPLOYER.may(action, resource, context)
    assert not PLANNER.may(action, resource, context)


def test_the_deployer_may_create_a_role_with_the_boundary() -> None:
    assert DEPLOYER.may("iam:CreateRole", ROLE, {"iam:PermissionsBoundary": BOUNDARY})


def test_every_role_is_passed_to_its_own_service_only(every: Synthesized) -> None:
    for role in every.all("aws_iam_role").values():
        (trust,) = json.loads(role["assume_role_policy"])["Statement"]
        own = trust["Principal"]["Service"]
        resource = f"arn:aws:iam::{ACCOUNT}:role/{role['name']}"
        passed = {
            service
            for service in PASSED
            if DEPLOYER.may("iam:PassRole", resource, {"iam:PassedToService": service})
        }
        assert passed == {own}, role["name"]
