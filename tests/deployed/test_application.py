"""The sample application beside the deployed dev, started as `pipenv run local --run` does it."""

import io
import json
import re
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from signal import pthread_kill
from threading import get_ident
from time import monotonic, sleep
from types import SimpleNamespace

import pytest
from rich.console import Console

from constructs_lib.service.container import STOP_TIMEOUT_SECONDS
from tests.deployed.lookups import NAME
from tests.emulator import __main__ as local
from tests.emulator import application as application_module
from tests.emulator import containers
from tests.emulator.application import Application, ApplicationError
from tests.emulator.containers import TaskDefinition
from tests.emulator.deployment import Deployment
from tests.emulator.local_processes import LineHandler
from tests.emulator.requirements import tls_to_the_database_or_skip
from tests.emulator.server import Emulator
from tests.unit.emulator.waiting import TIMEOUT_SECONDS
from tests.unit.sample.application import (
    HOST,
    SAMPLE,
    Client,
    command_of_the_page,
    free_port,
    listening_at,
)

CARD = "4111111111111111"
MIGRATE = ("python", "-m", "payments", "migrate")
PRINT_ENVIRONMENT = (sys.executable, "-c", "import json, os; print(json.dumps(dict(os.environ)))")
# What a process has on AWS without variables, or what finds the emulator's servers.
OF_THE_MACHINE = (
    *("PATH", "LANG", "LC_CTYPE", "HOME", "TMPDIR", "PGHOSTADDR", "PGSSLROOTCERT", "NO_PROXY", "no_proxy"),
    *("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_REGION", "AWS_DEFAULT_REGION"),
    *("AWS_ENDPOINT_URL", "AWS_EXECUTION_ENV", "AWS_EC2_METADATA_DISABLED"),
    *("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"),
)


def application(
    dev: Deployment,
    command: Sequence[str],
    lines: list[str],
    *,
    port: int | None = None,
    on_line: LineHandler | None = None,
) -> Application:
    """The command in the folder of the sample application, in place of the container of dev."""
    outputs = dev.system.outputs()
    return Application(
        dev.account,
        cluster=outputs["cluster_name"],
        service=outputs["service_name"],
        command=command,
        directory=SAMPLE,
        on_line=on_line or lines.append,
        port=port or free_port(),
    )


def output_of(dev: Deployment, *command: str) -> tuple[int, list[str]]:
    """Run the command until it ends: its exit code and what it has written."""
    lines: list[str] = []
    with application(dev, command, lines) as running:
        return running.wait(), lines


def definition(dev: Deployment) -> TaskDefinition:
    """The task definition of the service."""
    (service,) = dev.account.client("ecs").describe_services(cluster=NAME, services=[NAME])["services"]
    return TaskDefinition.read(dev.account, service["taskDefinition"])


@pytest.fixture(scope="module")
def migrated(dev: Deployment, tmp_path_factory: pytest.TempPathFactory) -> Deployment:
    """Dev with the tables of the sample application, which the owner of the database has made."""
    tls_to_the_database_or_skip()
    value = dev.account.client("secretsmanager").get_secret_value(SecretId=f"{NAME}-database-owner")
    owner = json.loads(value["SecretString"])
    task = definition(dev)
    environment = containers.environment(task, task.containers[0], home=tmp_path_factory.mktemp("home"))
    environment |= {"DB_USERNAME": owner["username"], "DB_PASSWORD": owner["password"]}
    lines: list[str] = []
    process = containers.run(
        task.containers[0],
        environment=environment,
        directory=SAMPLE,
        on_line=lines.append,
        command=MIGRATE,
    )
    assert process.wait(TIMEOUT_SECONDS) == 0, lines
    return dev


@pytest.fixture(scope="module")
def written() -> list[str]:
    """What the application has written."""
    return []


@pytest.fixture(scope="module")
def client(migrated: Deployment, written: list[str]) -> Iterator[Client]:
    """A client of the running application."""
    port = free_port()
    command = listening_at(command_of_the_page(), HOST, port)
    with application(migrated, command, written, port=port) as running:
        assert running.await_health(TIMEOUT_SECONDS), written
        yield Client(port)


def test_a_payment_is_made_and_read_back_over_http(client: Client) -> None:
    taken = client.take("order-1")
    assert taken.status == 201
    read = client.request("GET", f"/payments/{taken.document['id']}")
    assert (read.status, read.document["amount"], read.document["card_last_four"]) == (200, 1250, "1111")
    assert client.take("order-1").document == taken.document
    assert client.take("order-1", amount=1).status == 409


def test_its_log_stream_has_the_requests_and_no_card_number(
    client: Client, dev: Deployment, written: list[str]
) -> None:
    client.take("logged")
    logs = dev.account.client("logs")
    events = logs.filter_log_events(logGroupName=f"/ecs/{NAME}")["events"]
    messages = [event["message"] for event in events]
    assert any('"route": "/payments", "status": 201' in message for message in messages), messages
    assert CARD not in "\n".join([*messages, *written])


def test_its_login_is_the_applications_and_can_change_no_table(client: Client, dev: Deployment) -> None:
    code, lines = output_of(dev, *MIGRATE)
    assert client.request("GET", "/health").status == 200
    assert code == 1
    assert "permission denied" in "\n".join(lines)


def test_its_environment_is_that_of_the_task_definition_and_nothing_else(
    dev: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OF_THE_SHELL", "x")
    _, (line,) = output_of(dev, *PRINT_ENVIRONMENT)
    environment: dict[str, str] = json.loads(line)
    (container,) = definition(dev).containers
    assert {name: environment.get(name) for name in container.variables} == dict(container.variables)
    names = {*container.variables, *(name for name, _ in container.secrets)}
    assert names <= environment.keys()
    assert environment.keys() - names <= {*OF_THE_MACHINE}


def test_its_secrets_are_the_values_in_secrets_manager(dev: Deployment) -> None:
    _, (line,) = output_of(dev, *PRINT_ENVIRONMENT)
    environment: dict[str, str] = json.loads(line)
    references = dict(definition(dev).containers[0].secrets)
    arn, key, version = re.fullmatch(r"(.+):(\w+)::([\w-]*)", references["DB_PASSWORD"]).groups()  # type: ignore[union-attr]
    value = dev.account.client("secretsmanager").get_secret_value(SecretId=arn, VersionId=version)
    assert environment["DB_PASSWORD"] == json.loads(value["SecretString"])[key]


def test_its_credentials_are_those_of_the_tasks_role(dev: Deployment) -> None:
    script = "import boto3; print(boto3.client('sts').get_caller_identity()['Arn'])"
    _, (arn,) = output_of(dev, sys.executable, "-c", script)
    assert f":assumed-role/{NAME}-task/" in arn


def test_a_port_that_is_in_use_is_one_line(dev: Deployment, client: Client) -> None:
    with (
        pytest.raises(ApplicationError, match=rf"^Port {client.port} of 127.0.0.1 is in use.*$"),
        application(dev, ["true"], [], port=client.port),
    ):
        pass


def test_a_command_that_does_not_exist_is_one_line(dev: Deployment) -> None:
    with (
        pytest.raises(ApplicationError, match=r"^ECS could not start the task: CannotStartContainer.*$"),
        application(dev, ["./missing"], []),
    ):
        pass


def await_line(running: Application, lines: list[str]) -> None:
    """Wait until the command has written something."""
    while not lines:
        assert running.runs
        sleep(0.05)


def test_it_gets_the_stop_signal_and_the_time_of_the_task_definition(dev: Deployment) -> None:
    lines: list[str] = []
    script = "trap 'echo stopped; exit 7' TERM; echo up; sleep 600 & wait"
    with application(dev, ["sh", "-c", script], lines) as running:
        await_line(running, lines)
        assert running.container.stop_timeout == STOP_TIMEOUT_SECONDS
        assert running.stop() == 7
    assert lines == ["up", "stopped"]


@contextmanager
def with_interruptions() -> Iterator[None]:
    """Let SIGINT raise KeyboardInterrupt, also where a shell started the tests with the signal ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def test_a_second_interruption_does_not_wait(dev: Deployment) -> None:
    lines: list[str] = []
    script = "trap 'echo stopping' TERM; echo up; while :; do sleep 0.1; done"
    main_thread = get_ident()

    def interrupt_again(line: str) -> None:
        lines.append(line)
        if line == "stopping":
            pthread_kill(main_thread, signal.SIGINT)

    with (
        with_interruptions(),
        application(dev, ["sh", "-c", script], lines, on_line=interrupt_again) as running,
    ):
        await_line(running, lines)
        start = monotonic()
        with pytest.raises(KeyboardInterrupt):
            running.stop()
        assert running.wait() == -signal.SIGKILL
        assert monotonic() - start < STOP_TIMEOUT_SECONDS / 2


@pytest.fixture
def run_of_dev(
    dev: Deployment, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> tuple[local.LocalRun, io.StringIO]:
    """A run of `pipenv run local` whose deployment is dev, and what it prints."""
    stand_in = SimpleNamespace(
        **{name: getattr(dev, name) for name in ("account", "name", "stacks", "system", "providers")}
    )
    monkeypatch.setattr(local, "Deployment", lambda *_, **__: stand_in)
    # Nothing listens in these tests, and another program may use the port of dev's container.
    monkeypatch.setattr(application_module, "check_port", lambda _: None)
    output = io.StringIO()
    return local.LocalRun(Console(file=output), emulator, Path(), settings={}), output


def test_the_exit_code_of_a_command_that_ends_by_itself_is_reported(
    run_of_dev: tuple[local.LocalRun, io.StringIO],
) -> None:
    run, output = run_of_dev
    assert run.run_application(["sh", "-c", "echo 'from the command'; exit 3"]) == 3
    run.summary()
    assert "from the command\nThe command has ended with exit code 3.\n" in output.getvalue()
    assert "exit code 3" in output.getvalue().partition("Summary")[2]


def test_the_address_is_printed_when_the_application_is_healthy(
    run_of_dev: tuple[local.LocalRun, io.StringIO], monkeypatch: pytest.MonkeyPatch
) -> None:
    run, output = run_of_dev
    monkeypatch.setattr(Application, "await_health", lambda *_: True)
    run.run_application(["true"])
    assert "is healthy at http://127.0.0.1:8080. Press Ctrl-C" in output.getvalue()
