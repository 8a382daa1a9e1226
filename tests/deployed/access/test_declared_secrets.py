"""The secrets of `service.secrets` in dev: the execution role reads exactly these; the emulator enforces IAM,
the policies of the secrets and those of their keys here."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.deployed.access.callers import assert_denied, role_of_the_tasks
from tests.deployed.access.calls import client, secret_arn
from tests.deployed.profiles import DECLARED_SECRETS
from tests.emulator.account import Account
from tests.emulator.deployment import Deployment

each_secret = pytest.mark.parametrize("name", DECLARED_SECRETS.values())


def read(caller: Account, arn: str) -> object:
    """Read the value of a secret."""
    return client(caller, "secretsmanager").get_secret_value(SecretId=arn)["SecretString"]


@contextmanager
def undeclared(dev: Deployment, *, under_the_key_of: str | None = None) -> Iterator[str]:
    """The ARN of a secret whose name begins with that of a declared one."""
    manager = client(dev.account, "secretsmanager")
    key = {}
    if under_the_key_of:
        key = {"KmsKeyId": manager.describe_secret(SecretId=under_the_key_of)["KmsKeyId"]}
    arn = manager.create_secret(Name="partner/provider-old", SecretString="x", **key)["ARN"]
    try:
        yield arn
    finally:
        manager.delete_secret(SecretId=arn, ForceDeleteWithoutRecovery=True)


@each_secret
def test_the_execution_role_reads_a_declared_secret_under_whichever_key(dev: Deployment, name: str) -> None:
    with role_of_the_tasks(dev, "execution") as caller:
        assert read(caller, secret_arn(dev, name)) == '{"key": "x"}'


@pytest.mark.parametrize("key_of", [None, "partner/provider"])
def test_the_execution_role_cannot_read_another_secret(dev: Deployment, key_of: str | None) -> None:
    with undeclared(dev, under_the_key_of=key_of) as arn, role_of_the_tasks(dev, "execution") as caller:
        assert_denied(lambda caller, _: read(caller, arn), caller, dev)


@each_secret
def test_the_application_itself_cannot_read_a_declared_secret(dev: Deployment, name: str) -> None:
    """ECS gives it the value; what it could read by itself, it could read in every version."""
    arn = secret_arn(dev, name)
    with role_of_the_tasks(dev, "task") as caller:
        assert_denied(lambda caller, _: read(caller, arn), caller, dev)


def test_the_execution_role_decrypts_a_secret_only_through_secrets_manager(dev: Deployment) -> None:
    arn = secret_arn(dev, "partner/provider")
    key = client(dev.account, "secretsmanager").describe_secret(SecretId=arn)["KmsKeyId"]
    arguments = {"KeyId": key, "EncryptionContext": {"SecretARN": arn}}
    blob = client(dev.account, "kms").encrypt(**arguments, Plaintext=b"x")["CiphertextBlob"]
    with role_of_the_tasks(dev, "execution") as caller:
        assert_denied(
            lambda caller, _: client(caller, "kms").decrypt(**arguments, CiphertextBlob=blob), caller, dev
        )


def test_the_container_receives_them_from_ecs(dev: Deployment) -> None:
    definition = client(dev.account, "ecs").describe_task_definition(taskDefinition=dev.name)
    (container,) = definition["taskDefinition"]["containerDefinitions"]
    found = {each["name"]: each["valueFrom"] for each in container["secrets"]}
    assert found.items() >= {
        (variable, f"{secret_arn(dev, name)}:key::") for variable, name in DECLARED_SECRETS.items()
    }
