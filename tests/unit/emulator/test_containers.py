"""A container's process has the environment that its task definition gives it."""

import json
import os
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.emulator import containers, hosts
from tests.emulator.account import Account
from tests.emulator.containers import ResourceInitializationError, TaskDefinition
from tests.emulator.server import Emulator
from tests.unit.emulator.accounts import AccountWithClients
from tests.unit.emulator.refusals.resources import role

SECONDS = 60.0


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with Emulator() as running:
        yield running


@pytest.fixture(scope="module")
def client(emulator: Emulator) -> Account:
    return AccountWithClients(**vars(emulator.account))


@pytest.fixture
def account(emulator: Emulator, client: Account) -> Account:
    """An account with the roles of a task."""
    emulator.reset()
    role(client, "task", "ecs-tasks")
    role(client, "execution", "ecs-tasks", "secretsmanager:GetSecretValue")
    return client


def define(account: Account, **changed: Any) -> TaskDefinition:  # noqa: ANN401 - JSON
    """A new task definition with one container, `app`, read back."""
    answer = account.client("ecs").register_task_definition(
        family="task",
        networkMode="awsvpc",
        requiresCompatibilities=["FARGATE"],
        cpu="256",
        memory="512",
        taskRoleArn="arn:aws:iam::123456789012:role/task",
        executionRoleArn="arn:aws:iam::123456789012:role/execution",
        containerDefinitions=[{"name": "app", "image": "image"} | changed],
    )
    return TaskDefinition.read(account, answer["taskDefinition"]["taskDefinitionArn"])


def environment(definition: TaskDefinition, home: Path) -> dict[str, str]:
    return containers.environment(definition, definition.container("app"), home=home)


def secret(account: Account, value: str, name: str = "secret") -> str:
    """The ARN of a new secret."""
    arn: str = account.client("secretsmanager").create_secret(Name=name, SecretString=value)["ARN"]
    return arn


def secrets(**references: str) -> list[dict[str, str]]:
    return [{"name": name, "valueFrom": reference} for name, reference in references.items()]


def test_the_environment_has_only_what_a_task_has(
    account: Account, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    definition = define(account, environment=[{"name": "MODE", "value": "full"}])
    monkeypatch.setenv("AWS_PROFILE", "somebody")
    monkeypatch.setenv("SOMETHING", "else")
    found = environment(definition, tmp_path)
    assert found["MODE"] == "full"
    assert found["HOME"] == str(tmp_path)
    assert found["PATH"] == os.environ["PATH"]
    assert found["AWS_REGION"] == "us-east-1"
    assert found["AWS_ENDPOINT_URL"] == account.endpoint
    assert not {"AWS_PROFILE", "SOMETHING", "PYTEST_CURRENT_TEST", "CHECKPOINT_DISABLE"} & {*found}


def test_the_credentials_are_those_of_the_tasks_role(account: Account, tmp_path: Path) -> None:
    found = environment(define(account), tmp_path)
    keys = account.client("sts").get_access_key_info(AccessKeyId=found["AWS_ACCESS_KEY_ID"])
    assert keys["Account"] == "123456789012"
    code = "import boto3; print(boto3.client('sts').get_caller_identity()['Arn'])"
    assert output(define(account, command=[sys.executable, "-c", code]), tmp_path) == [
        "arn:aws:sts::123456789012:assumed-role/task/local"
    ]


def test_secrets_are_read_whole_by_key_by_stage_and_by_version(account: Account, tmp_path: Path) -> None:
    arn = secret(account, json.dumps({"username": "first", "port": 5432}))
    client = account.client("secretsmanager")
    before = client.describe_secret(SecretId=arn)["VersionIdsToStages"]
    client.put_secret_value(SecretId=arn, SecretString=json.dumps({"username": "second"}))
    (version,) = before
    definition = define(
        account,
        secrets=secrets(
            WHOLE=arn,
            KEY=f"{arn}:username::",
            STAGE=f"{arn}:username:AWSPREVIOUS:",
            VERSION=f"{arn}:username::{version}",
            NUMBER=f"{arn}:port::{version}",
        ),
    )
    found = environment(definition, tmp_path)
    assert {name: found[name] for name in ("WHOLE", "KEY", "STAGE", "VERSION", "NUMBER")} == {
        "WHOLE": '{"username": "second"}',
        "KEY": "second",
        "STAGE": "first",
        "VERSION": "first",
        "NUMBER": "5432",
    }


@pytest.mark.parametrize(
    ("value", "suffix", "reason"),
    [
        ('{"username": "hidden"}', ":password::", "did not contain json key password"),
        ("hidden", ":password::", "not JSON"),
        ('{"username": "hidden"}', ":username:AWSPENDING:", "ResourceNotFoundException"),
        (None, "", "ResourceNotFoundException"),
    ],
)
def test_a_secret_that_cannot_be_read_prevents_the_start(
    account: Account, tmp_path: Path, value: str | None, suffix: str, reason: str
) -> None:
    arn = "arn:aws:secretsmanager:us-east-1:123456789012:secret:absent-AbCdEf"
    if value is not None:
        arn = secret(account, value)
    with pytest.raises(ResourceInitializationError, match=reason) as error:
        environment(define(account, secrets=secrets(PASSWORD=f"{arn}{suffix}")), tmp_path)
    assert str(error.value).startswith("ResourceInitializationError: unable to pull secrets")
    assert "hidden" not in str(error.value)


def test_the_execution_role_may_read_the_secret(account: Account, tmp_path: Path) -> None:
    definition = define(account, secrets=secrets(NAME=secret(account, "hidden")))
    assert environment(definition, tmp_path)["NAME"] == "hidden"
    account.client("iam").delete_role_policy(RoleName="execution", PolicyName="actions")
    with pytest.raises(ResourceInitializationError, match="AccessDeniedException"):
        environment(definition, tmp_path)


def test_libpq_finds_the_database(account: Account, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hosts, "_ca_files", [tmp_path / "ca.pem"])
    definition = define(account, environment=[{"name": "DB_HOST", "value": "database.example.internal"}])
    assert not {"PGHOSTADDR", "PGSSLROOTCERT"} & {*environment(definition, tmp_path)}
    hosts.register("database.example.internal", "127.0.0.9")
    try:
        found = environment(definition, tmp_path)
    finally:
        hosts.unregister("database.example.internal")
    assert (found["PGHOSTADDR"], found["PGSSLROOTCERT"]) == ("127.0.0.9", str(tmp_path / "ca.pem"))


def output(definition: TaskDefinition, folder: Path) -> list[str]:
    """What the container's command writes, run to its end."""
    container, lines = definition.container("app"), list[str]()
    process = containers.run(
        container, environment=environment(definition, folder), directory=folder, on_line=lines.append
    )
    assert process.wait(SECONDS) == 0
    return lines


def test_the_command_follows_the_entry_point(account: Account, tmp_path: Path) -> None:
    code = "import os, sys; print(os.getcwd()); print(sys.argv[1])"
    definition = define(account, entryPoint=[sys.executable, "-c", code], command=["argument"])
    assert output(definition, tmp_path) == [str(tmp_path.resolve()), "argument"]


def test_a_container_is_stopped(account: Account, tmp_path: Path) -> None:
    code = "import signal; print('ready', flush=True); signal.pause()"
    definition = define(account, command=[sys.executable, "-c", code])
    ready = threading.Event()
    process = containers.run(
        definition.container("app"),
        environment=environment(definition, tmp_path),
        directory=tmp_path,
        on_line=lambda _: ready.set(),
    )
    assert ready.wait(SECONDS)
    assert process.stop(SECONDS) == -15
