"""CloudWatch Logs refuses log groups that exist, and keys that it cannot use."""

import json

import pytest

from tests.emulator.account import Account
from tests.unit.emulator.refusals.conftest import Refuses
from tests.unit.emulator.refusals.networks import KEY_ADMINISTRATION, Client

GROUP = "arn:aws:logs:us-east-1:123456789012:log-group:api"


@pytest.fixture
def logs(account: Account) -> Client:
    return account.client("logs")


def _key(account: Account, service: str, group: str) -> str:
    use = {
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": ["kms:Encrypt*", "kms:Decrypt*", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"],
        "Resource": "*",
        "Condition": {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": group}},
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [KEY_ADMINISTRATION, use]})
    arn: str = account.client("kms").create_key(Policy=policy)["KeyMetadata"]["Arn"]
    return arn


def test_a_log_group_exists_once(logs: Client, refused: Refuses) -> None:
    logs.create_log_group(logGroupName="api")
    with refused("taken", "ResourceAlreadyExistsException"):
        logs.create_log_group(logGroupName="api")


def test_a_log_group_that_does_not_exist_cannot_be_changed(logs: Client, refused: Refuses) -> None:
    with refused("not there yet", "ResourceNotFoundException"):
        logs.put_retention_policy(logGroupName="api", retentionInDays=30)
    with refused("not there yet", "ResourceNotFoundException"):
        logs.delete_log_group(logGroupName="api")


@pytest.mark.parametrize(
    ("service", "group"),
    [("logs.eu-west-1.amazonaws.com", GROUP), ("logs.us-east-1.amazonaws.com", f"{GROUP}-other")],
)
def test_the_policy_of_a_log_groups_key_allows_its_use(
    account: Account, logs: Client, refused: Refuses, service: str, group: str
) -> None:
    key = _key(account, service, group)
    with refused("not there yet", "AccessDeniedException"):
        logs.create_log_group(logGroupName="api", kmsKeyId=key)
    logs.create_log_group(logGroupName="api")
    with refused("not there yet", "AccessDeniedException"):
        logs.associate_kms_key(logGroupName="api", kmsKeyId=key)


def test_the_key_of_a_log_group_is_enabled(account: Account, logs: Client, refused: Refuses) -> None:
    key = _key(account, "logs.us-east-1.amazonaws.com", GROUP)
    logs.create_log_group(logGroupName="api", kmsKeyId=key)
    account.client("kms").disable_key(KeyId=key.rpartition("/")[2])
    for used in (key, f"{key}0"):
        with refused("not there yet", "InvalidParameterException"):
            logs.create_log_group(logGroupName="other", kmsKeyId=used)


def test_the_retention_is_one_of_a_list(logs: Client, refused: Refuses) -> None:
    logs.create_log_group(logGroupName="api")
    with refused("malformed", "InvalidParameterException"):
        logs.put_retention_policy(logGroupName="api", retentionInDays=31)
