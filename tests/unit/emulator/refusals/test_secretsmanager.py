"""Secrets Manager refuses what AWS refuses about secrets and their policies."""

import pytest

from tests.emulator.account import Account
from tests.unit.emulator.refusals.conftest import Refuses
from tests.unit.emulator.refusals.resources import ABSENT_ROLE, policy, role

ALLOW = {"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": "*"}


def secret(account: Account, **arguments: str) -> str:
    account.client("secretsmanager").create_secret(Name="secret", SecretString="value", **arguments)
    return "secret"


def deleted_secret(account: Account) -> str:
    name = secret(account)
    account.client("secretsmanager").delete_secret(SecretId=name, RecoveryWindowInDays=7)
    return name


def test_the_name_of_a_secret_is_unique(account: Account, refused: Refuses) -> None:
    secret(account)
    with refused("taken", "ResourceExistsException"):
        secret(account)


def test_the_name_of_a_deleted_secret_is_taken_until_the_recovery_window_ends(
    account: Account, refused: Refuses
) -> None:
    deleted_secret(account)
    with refused("taken", "InvalidRequestException"):
        secret(account)


@pytest.mark.parametrize(
    ("operation", "arguments"),
    [
        ("get_secret_value", {}),
        ("put_secret_value", {"SecretString": "changed"}),
        ("update_secret", {"Description": "changed"}),
        ("tag_resource", {"Tags": [{"Key": "a", "Value": "b"}]}),
        ("untag_resource", {"TagKeys": ["a"]}),
        ("rotate_secret", {}),
    ],
)
def test_a_deleted_secret_is_neither_read_nor_changed(
    account: Account, refused: Refuses, operation: str, arguments: dict[str, object]
) -> None:
    name = deleted_secret(account)
    call = getattr(account.client("secretsmanager"), operation)
    with refused("in use", "InvalidRequestException"):
        call(SecretId=name, **arguments)


def test_a_restored_secret_can_be_changed(account: Account) -> None:
    name, client = deleted_secret(account), account.client("secretsmanager")
    client.restore_secret(SecretId=name)
    client.put_secret_value(SecretId=name, SecretString="changed")


@pytest.mark.parametrize("days", [6, 31])
def test_the_recovery_window_is_from_7_to_30_days(account: Account, refused: Refuses, days: int) -> None:
    name = secret(account)
    with refused("malformed", "InvalidParameterException"):
        account.client("secretsmanager").delete_secret(SecretId=name, RecoveryWindowInDays=days)


def test_a_value_requires_a_secret(account: Account, refused: Refuses) -> None:
    client = account.client("secretsmanager")
    with refused("not there yet", "ResourceNotFoundException"):
        client.put_secret_value(SecretId="absent", SecretString="value")
    with refused("not there yet", "ResourceNotFoundException"):
        client.get_secret_value(SecretId="absent")


def test_a_value_requires_an_enabled_key(account: Account, refused: Refuses) -> None:
    kms, client = account.client("kms"), account.client("secretsmanager")
    with refused("not there yet", "EncryptionFailure"):
        secret(account, KmsKeyId="arn:aws:kms:us-east-1:123456789012:key/absent")
    key = kms.create_key()["KeyMetadata"]["Arn"]
    name = secret(account, KmsKeyId=key)
    kms.disable_key(KeyId=key.rpartition("/")[2])
    with refused("not there yet", "EncryptionFailure"):
        client.put_secret_value(SecretId=name, SecretString="changed")
    with refused("not there yet", "EncryptionFailure"):
        client.update_secret(SecretId=name, SecretString="changed")
    with refused("not there yet", "DecryptionFailure"):
        client.get_secret_value(SecretId=name)


@pytest.mark.parametrize(
    "document",
    [
        "{",
        policy(ALLOW),
        policy({"Effect": "Allow", "Principal": "*"}),
        policy(ALLOW | {"Principal": {"AWS": ABSENT_ROLE}}),
    ],
)
def test_a_resource_policy_is_valid_and_its_principals_exist(
    account: Account, refused: Refuses, document: str
) -> None:
    name = secret(account)
    with refused("malformed", "MalformedPolicyDocumentException"):
        account.client("secretsmanager").put_resource_policy(SecretId=name, ResourcePolicy=document)


def test_a_public_policy_can_be_blocked(account: Account, refused: Refuses) -> None:
    name, client = secret(account), account.client("secretsmanager")
    public = policy(ALLOW | {"Principal": "*"})
    with refused("protected", "PublicPolicyException"):
        client.put_resource_policy(SecretId=name, ResourcePolicy=public, BlockPublicPolicy=True)
    client.put_resource_policy(SecretId=name, ResourcePolicy=public, BlockPublicPolicy=False)


def test_a_policy_for_a_role_is_not_public(account: Account) -> None:
    name, arn = secret(account), role(account, "role", "ecs-tasks")
    account.client("secretsmanager").put_resource_policy(
        SecretId=name, ResourcePolicy=policy(ALLOW | {"Principal": {"AWS": arn}}), BlockPublicPolicy=True
    )
