"""The key of the fields: used by the tasks' role with its context, and by nobody else; the emulator enforces
IAM and the key's policy here."""

import json
from collections.abc import Iterator

import pytest

from tests.deployed.access.callers import (
    assert_denied,
    key_allows,
    permissions,
    role,
    role_of_the_tasks,
)
from tests.deployed.access.calls import (
    Call,
    account_id,
    client,
    decrypt_field,
    field_context,
    field_key,
    use_field_key,
)
from tests.deployed.access.enforcement import enforced, session
from tests.emulator.account import Account
from tests.emulator.deployment import Deployment

WRONG_CONTEXTS: tuple[dict[str, str], ...] = ({}, {"Deployment": "payment-api-other"}, {"Payment": "1"})
USES: dict[str, Call] = {
    "encrypt": lambda caller, deployed: client(caller, "kms").encrypt(
        KeyId=field_key(deployed), EncryptionContext=field_context(deployed), Plaintext=b"4111"
    ),
    "decrypt": decrypt_field,
    "generate a data key": lambda caller, deployed: client(caller, "kms").generate_data_key(
        KeyId=field_key(deployed), EncryptionContext=field_context(deployed), KeySpec="AES_256"
    ),
}

each_use = pytest.mark.parametrize("use", USES)


@pytest.fixture(params=["administrator", "deployer"])
def with_full_access(request: pytest.FixtureRequest, deployed: Deployment) -> Iterator[Account]:
    """An unrelated role with full access, and the role that deployed the stack."""
    if request.param == "administrator":
        with role(deployed.account, "administrator", "*") as caller:
            yield caller
        return
    caller = session(deployed.account, "emulator")
    with permissions(deployed.account, "emulator", "*"), enforced(caller):
        yield caller


def test_the_task_role_uses_it_with_the_context_of_the_deployment(deployed: Deployment) -> None:
    with role_of_the_tasks(deployed, "task") as caller:
        assert use_field_key(caller, deployed)["Plaintext"] == b"4111"


def test_the_context_may_contain_more_than_the_deployment(deployed: Deployment) -> None:
    """Such as the payment that a value belongs to."""
    context = {**field_context(deployed), "Payment": "1"}
    with role_of_the_tasks(deployed, "task") as caller:
        assert use_field_key(caller, deployed, context=context)["Plaintext"] == b"4111"


@pytest.mark.parametrize("context", WRONG_CONTEXTS, ids=str)
def test_the_task_role_cannot_use_it_with_another_context(
    deployed: Deployment, context: dict[str, str]
) -> None:
    def use(caller: Account, deployed: Deployment) -> object:
        return use_field_key(caller, deployed, context=context)

    def decrypt(caller: Account, deployed: Deployment) -> object:
        return decrypt_field(caller, deployed, context=context)

    with role_of_the_tasks(deployed, "task") as caller:
        assert_denied(use, caller, deployed)
        assert_denied(decrypt, caller, deployed)


def test_the_container_is_told_the_key_and_the_context(deployed: Deployment) -> None:
    ecs = client(deployed.account, "ecs")
    definition = ecs.describe_task_definition(taskDefinition=deployed.name)["taskDefinition"]
    (container,) = definition["containerDefinitions"]
    environment = {each["name"]: each["value"] for each in container["environment"]}
    assert environment["FIELD_KEY_ARN"] == field_key(deployed)
    assert json.loads(environment["FIELD_KEY_CONTEXT"]) == field_context(deployed)


@each_use
def test_the_execution_role_cannot_use_it(deployed: Deployment, use: str) -> None:
    with role_of_the_tasks(deployed, "execution") as caller:
        assert_denied(USES[use], caller, deployed)


@each_use
def test_who_deploys_or_administers_the_account_cannot_use_it(
    deployed: Deployment, with_full_access: Account, use: str
) -> None:
    assert client(with_full_access, "kms").describe_key(KeyId=field_key(deployed))
    assert_denied(USES[use], with_full_access, deployed)


@each_use
def test_only_its_policy_keeps_them_from_it(
    deployed: Deployment, with_full_access: Account, use: str
) -> None:
    """They could change it: that is in CloudTrail, and the next apply reverts it."""
    root = f"arn:aws:iam::{account_id(deployed.account)}:root"
    with key_allows(deployed, field_key(deployed), root):
        assert USES[use](with_full_access, deployed)
