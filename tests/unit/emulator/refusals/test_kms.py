"""KMS refuses malformed key policies, aliases that exist, and keys in the wrong state."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from tests.emulator.account import Account
from tests.unit.emulator.refusals.conftest import Refuses
from tests.unit.emulator.refusals.networks import KEY_ADMINISTRATION, Client

ABSENT = "00000000-0000-0000-0000-000000000000"


@pytest.fixture
def kms(account: Account) -> Client:
    return account.client("kms")


def _policy(*statements: Mapping[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [*statements]})


LOCKED_OUT = {
    "service only": KEY_ADMINISTRATION | {"Principal": {"Service": "logs.us-east-1.amazonaws.com"}},
    "another account": KEY_ADMINISTRATION | {"Principal": {"AWS": "arn:aws:iam::222222222222:root"}},
    "no PutKeyPolicy": KEY_ADMINISTRATION | {"Action": ["kms:Encrypt", "kms:Create*"]},
    "only with a condition": KEY_ADMINISTRATION
    | {"Condition": {"StringEquals": {"kms:ViaService": "rds.us-east-1.amazonaws.com"}}},
}
MALFORMED = {
    "no JSON": "policy",
    "no statements": _policy(),
    "absent role": _policy(
        KEY_ADMINISTRATION,
        KEY_ADMINISTRATION | {"Principal": {"AWS": "arn:aws:iam::123456789012:role/absent"}},
    ),
    **{name: _policy(statement) for name, statement in LOCKED_OUT.items()},
}


@pytest.mark.parametrize("case", MALFORMED)
def test_a_malformed_key_policy_is_refused(kms: Client, refused: Refuses, case: str) -> None:
    with refused("malformed", "MalformedPolicyDocumentException"):
        kms.create_key(Policy=MALFORMED[case])
    key = kms.create_key(Policy=_policy(KEY_ADMINISTRATION))["KeyMetadata"]["KeyId"]
    with refused("malformed", "MalformedPolicyDocumentException"):
        kms.put_key_policy(KeyId=key, PolicyName="default", Policy=MALFORMED[case])


def test_the_lockout_check_can_be_bypassed(kms: Client) -> None:
    kms.create_key(Policy=_policy(LOCKED_OUT["service only"]), BypassPolicyLockoutSafetyCheck=True)


def test_an_alias_exists_once_and_has_a_key(kms: Client, refused: Refuses) -> None:
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    kms.create_alias(AliasName="alias/api", TargetKeyId=key)
    with refused("taken", "AlreadyExistsException"):
        kms.create_alias(AliasName="alias/api", TargetKeyId=key)
    with refused("not there yet", "NotFoundException"):
        kms.create_alias(AliasName="alias/other", TargetKeyId=ABSENT)


def test_a_key_that_does_not_exist_cannot_be_changed(kms: Client, refused: Refuses) -> None:
    with refused("not there yet", "NotFoundException"):
        kms.put_key_policy(KeyId=ABSENT, PolicyName="default", Policy=_policy(KEY_ADMINISTRATION))
    with refused("not there yet", "NotFoundException"):
        kms.enable_key_rotation(KeyId=ABSENT)


def test_a_key_is_deleted_after_7_to_30_days(kms: Client, refused: Refuses) -> None:
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    for days in (6, 31):
        with refused("malformed", "ValidationException"):
            kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=days)


TAGS = [{"TagKey": "Name", "TagValue": "api"}]
CHANGES: dict[str, dict[str, Any]] = {
    "create_alias": {"AliasName": "alias/other"},
    "disable_key": {},
    "disable_key_rotation": {},
    "enable_key": {},
    "enable_key_rotation": {},
    "schedule_key_deletion": {},
    "tag_resource": {"Tags": TAGS},
    "untag_resource": {"TagKeys": ["Name"]},
    "update_alias": {"AliasName": "alias/api"},
    "update_key_description": {"Description": "API"},
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_key_pending_deletion_cannot_be_changed(kms: Client, refused: Refuses, change: str) -> None:
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    kms.create_alias(AliasName="alias/api", TargetKeyId=key)
    kms.schedule_key_deletion(KeyId=key)
    parameter = "TargetKeyId" if change.endswith("alias") else "KeyId"
    with refused("in use", "KMSInvalidStateException"):
        getattr(kms, change)(**{parameter: key}, **CHANGES[change])


@pytest.mark.parametrize(
    ("use", "parameters"),
    [
        ("enable_key_rotation", {}),
        ("encrypt", {"Plaintext": b"a"}),
        ("decrypt", {"CiphertextBlob": b"a"}),
        ("generate_data_key", {"KeySpec": "AES_256"}),
    ],
)
def test_a_disabled_key_cannot_be_used(
    kms: Client, refused: Refuses, use: str, parameters: dict[str, Any]
) -> None:
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    kms.disable_key(KeyId=key)
    with refused("not there yet", "DisabledException"):
        getattr(kms, use)(KeyId=key, **parameters)
