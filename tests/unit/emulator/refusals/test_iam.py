"""IAM refuses what AWS refuses about roles and policies."""

import json

import pytest

from tests.emulator.account import Account
from tests.unit.emulator.refusals.conftest import Refuses
from tests.unit.emulator.refusals.resources import ABSENT_ROLE, ANY_POLICY, policy, role, trust

ARN = "arn:aws:iam::123456789012:policy/policy"
TRUST = trust(Service="ecs-tasks.amazonaws.com")


def managed_policy(account: Account, name: str = "policy") -> str:
    answer = account.client("iam").create_policy(PolicyName=name, PolicyDocument=ANY_POLICY)
    arn: str = answer["Policy"]["Arn"]
    return arn


def test_an_attached_policy_cannot_be_deleted(account: Account, refused: Refuses) -> None:
    iam, arn = account.client("iam"), managed_policy(account)
    role(account, "role", "ecs-tasks")
    iam.attach_role_policy(RoleName="role", PolicyArn=arn)
    with refused("in use", "DeleteConflict"):
        iam.delete_policy(PolicyArn=arn)
    iam.detach_role_policy(RoleName="role", PolicyArn=arn)
    iam.delete_policy(PolicyArn=arn)


def test_a_policy_with_versions_cannot_be_deleted(account: Account, refused: Refuses) -> None:
    iam, arn = account.client("iam"), managed_policy(account)
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=ANY_POLICY)
    with refused("in use", "DeleteConflict"):
        iam.delete_policy(PolicyArn=arn)


def test_the_default_version_cannot_be_deleted(account: Account, refused: Refuses) -> None:
    arn = managed_policy(account)
    with refused("in use", "DeleteConflict"):
        account.client("iam").delete_policy_version(PolicyArn=arn, VersionId="v1")


def test_a_role_with_a_managed_policy_cannot_be_deleted(account: Account, refused: Refuses) -> None:
    iam = account.client("iam")
    role(account, "role", "ecs-tasks")
    iam.attach_role_policy(RoleName="role", PolicyArn=managed_policy(account))
    with refused("in use", "DeleteConflict"):
        iam.delete_role(RoleName="role")


def test_a_role_with_an_inline_policy_cannot_be_deleted(account: Account, refused: Refuses) -> None:
    role(account, "role", "ecs-tasks", "s3:GetObject")
    with refused("in use", "DeleteConflict"):
        account.client("iam").delete_role(RoleName="role")


def test_a_role_in_an_instance_profile_cannot_be_deleted(account: Account, refused: Refuses) -> None:
    iam = account.client("iam")
    role(account, "role", "ec2")
    iam.create_instance_profile(InstanceProfileName="profile")
    iam.add_role_to_instance_profile(InstanceProfileName="profile", RoleName="role")
    with refused("in use", "DeleteConflict"):
        iam.delete_role(RoleName="role")


@pytest.mark.parametrize("name", ["role", "ROLE"])
def test_the_name_of_a_role_is_unique_in_any_case(account: Account, refused: Refuses, name: str) -> None:
    role(account, "role", "ecs-tasks")
    with refused("taken", "EntityAlreadyExists"):
        account.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=TRUST)


@pytest.mark.parametrize("name", ["policy", "Policy"])
def test_the_name_of_a_policy_is_unique_in_any_case(account: Account, refused: Refuses, name: str) -> None:
    managed_policy(account)
    with refused("taken", "EntityAlreadyExists"):
        account.client("iam").create_policy(PolicyName=name, PolicyDocument=ANY_POLICY)


def document_of(size: int) -> str:
    """A policy document with this many characters without white space."""
    statement = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/"}
    text = json.dumps({"Version": "2012-10-17", "Statement": [statement]}, separators=(",", ":"))
    statement["Resource"] += "x" * (size - len(text))
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]}, indent=2)


def test_a_managed_policy_has_at_most_6144_characters(account: Account, refused: Refuses) -> None:
    iam = account.client("iam")
    iam.create_policy(PolicyName="policy", PolicyDocument=document_of(6144))
    with refused("too many", "LimitExceeded"):
        iam.create_policy(PolicyName="larger", PolicyDocument=document_of(6145))
    with refused("too many", "LimitExceeded"):
        iam.create_policy_version(PolicyArn=ARN, PolicyDocument=document_of(6145))


def test_inline_policies_have_at_most_10240_characters(account: Account, refused: Refuses) -> None:
    iam = account.client("iam")
    role(account, "role", "ecs-tasks")
    iam.put_role_policy(RoleName="role", PolicyName="first", PolicyDocument=document_of(6000))
    iam.put_role_policy(RoleName="role", PolicyName="first", PolicyDocument=document_of(6000))
    with refused("too many", "LimitExceeded"):
        iam.put_role_policy(RoleName="role", PolicyName="second", PolicyDocument=document_of(6000))


def test_a_trust_policy_has_at_most_2048_characters(account: Account, refused: Refuses) -> None:
    statement = json.loads(TRUST)["Statement"][0]
    long = policy(*[statement | {"Sid": f"Statement{number}"} for number in range(20)])
    role(account, "role", "ecs-tasks")
    with refused("too many", "LimitExceeded"):
        account.client("iam").create_role(RoleName="long", AssumeRolePolicyDocument=long)
    with refused("too many", "LimitExceeded"):
        account.client("iam").update_assume_role_policy(RoleName="role", PolicyDocument=long)


def test_a_role_has_at_most_ten_managed_policies(account: Account, refused: Refuses) -> None:
    iam = account.client("iam")
    role(account, "role", "ecs-tasks")
    for number in range(10):
        iam.attach_role_policy(RoleName="role", PolicyArn=managed_policy(account, f"policy-{number}"))
    with refused("too many", "LimitExceeded"):
        iam.attach_role_policy(RoleName="role", PolicyArn=managed_policy(account))


def test_an_account_has_default_quotas_of_roles_and_policies(
    account: Account, refused: Refuses, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A thousand calls would take too long.
    monkeypatch.setattr("tests.emulator.refusals.iam._ROLES", 1)
    monkeypatch.setattr("tests.emulator.refusals.iam._POLICIES", 1)
    role(account, "role", "ecs-tasks")
    managed_policy(account)
    with refused("too many", "LimitExceeded"):
        role(account, "second", "ecs-tasks")
    with refused("too many", "LimitExceeded"):
        managed_policy(account, "second")


def test_a_policy_has_at_most_five_versions(account: Account, refused: Refuses) -> None:
    iam, arn = account.client("iam"), managed_policy(account)
    for _ in range(4):
        iam.create_policy_version(PolicyArn=arn, PolicyDocument=ANY_POLICY)
    with refused("too many", "LimitExceeded"):
        iam.create_policy_version(PolicyArn=arn, PolicyDocument=ANY_POLICY)


@pytest.mark.parametrize(
    "document", [policy({"Effect": "Allow", "Principal": {"Service": "x"}}), trust(AWS=ABSENT_ROLE)]
)
def test_a_trust_policy_is_valid_and_its_principals_exist(
    account: Account, refused: Refuses, document: str
) -> None:
    iam = account.client("iam")
    role(account, "role", "ecs-tasks")
    with refused("malformed", "MalformedPolicyDocument"):
        iam.create_role(RoleName="malformed", AssumeRolePolicyDocument=document)
    with refused("malformed", "MalformedPolicyDocument"):
        iam.update_assume_role_policy(RoleName="role", PolicyDocument=document)


def test_a_trust_policy_names_a_role_that_exists(account: Account) -> None:
    arn = role(account, "role", "ecs-tasks")
    account.client("iam").create_role(RoleName="second", AssumeRolePolicyDocument=trust(AWS=arn))


def test_a_policy_document_is_valid(account: Account, refused: Refuses) -> None:
    iam, arn = account.client("iam"), managed_policy(account)
    malformed = policy({"Effect": "Allow", "Action": "s3:GetObject"})
    role(account, "role", "ecs-tasks")
    with refused("malformed", "MalformedPolicyDocument"):
        iam.create_policy(PolicyName="malformed", PolicyDocument=malformed)
    with refused("malformed", "MalformedPolicyDocument"):
        iam.create_policy_version(PolicyArn=arn, PolicyDocument=malformed)
    with refused("malformed", "MalformedPolicyDocument"):
        iam.put_role_policy(RoleName="role", PolicyName="malformed", PolicyDocument=malformed)


def test_a_policy_that_does_not_exist_cannot_be_attached(account: Account, refused: Refuses) -> None:
    role(account, "role", "ecs-tasks")
    with refused("not there yet", "NoSuchEntity"):
        account.client("iam").attach_role_policy(RoleName="role", PolicyArn=ARN)
