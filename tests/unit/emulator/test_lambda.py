"""Lambda on the emulator runs a function's handler."""

import json
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.emulator import hosts
from tests.emulator.account import Account
from tests.emulator.server import Emulator
from tests.unit.emulator.accounts import AccountWithClients
from tests.unit.emulator.refusals.networks import Network
from tests.unit.emulator.refusals.resources import archive, role

PERMISSIONS = (
    *("ec2:CreateNetworkInterface", "ec2:DescribeNetworkInterfaces", "ec2:DeleteNetworkInterface"),
    *("logs:CreateLogStream", "logs:PutLogEvents"),
)


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with Emulator() as running:
        yield running


@pytest.fixture(scope="module")
def account(emulator: Emulator) -> Account:
    return AccountWithClients(**vars(emulator.account))


@dataclass
class Answer:
    """The payload and the error of an invocation."""

    payload: Any
    error: str | None


class Functions:
    """A role and a log group, and functions with them."""

    def __init__(self, account: Account) -> None:
        self.account, self.client, self.logs = account, account.client("lambda"), account.client("logs")
        self.role = role(account, "function", "lambda", *PERMISSIONS)
        self.logs.create_log_group(logGroupName="/functions")

    def create(
        self,
        code: str = "def handler(event, context): return event",
        **changed: Any,  # noqa: ANN401 - parameters
    ) -> dict[str, Any]:
        """A new function as CreateFunction returns it. `code` is that of its module."""
        answer: dict[str, Any] = self.client.create_function(
            **{
                "FunctionName": "function",
                "Role": self.role,
                "Runtime": "python3.13",
                "Handler": "app.handler",
                "Timeout": 60,
                "Code": {"ZipFile": archive(code)},
                "LoggingConfig": {"LogGroup": "/functions"},
            }
            | changed
        )
        return answer

    def invoke(self, event: object = None, **options: str) -> Answer:
        """Invoke the function and wait for its answer."""
        answer = self.client.invoke(FunctionName="function", Payload=json.dumps(event), **options)
        return Answer(json.loads(answer["Payload"].read()), answer.get("FunctionError"))

    def lines(self) -> list[str]:
        """What the function's invocations have written."""
        return [each["message"] for each in self.logs.filter_log_events(logGroupName="/functions")["events"]]


@pytest.fixture
def functions(emulator: Emulator, account: Account) -> Functions:
    emulator.reset()
    return Functions(account)


def test_a_function_runs_with_its_variables_and_the_credentials_of_its_role(
    functions: Functions, emulator: Emulator
) -> None:
    code = """
        import boto3, os
        def handler(event, context):
            names = ("NAME", "AWS_REGION", "AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_LOG_GROUP_NAME")
            return {
                "event": event,
                "caller": boto3.client("sts").get_caller_identity()["Arn"],
                "variables": [os.environ.get(name) for name in names],
                "inherited": os.environ.get("PYTEST_CURRENT_TEST"),
                "remaining": 0 < context.get_remaining_time_in_millis() <= 60_000,
                "arn": context.invoked_function_arn,
            }
    """
    created = functions.create(code, Environment={"Variables": {"NAME": "value"}})
    answer = functions.invoke({"n": 1})
    assert answer.error is None
    assert answer.payload == {
        "event": {"n": 1},
        "caller": "arn:aws:sts::123456789012:assumed-role/function/function",
        "variables": ["value", "us-east-1", "function", "/functions"],
        "inherited": None,
        "remaining": True,
        "arn": created["FunctionArn"],
    }
    assert emulator.failures == []


def test_what_a_function_writes_is_in_its_log_group(functions: Functions) -> None:
    functions.create("def handler(event, context): print('one'); print('two')")
    assert functions.invoke().payload is None
    start, *lines, end, report = functions.lines()
    assert start.startswith("START RequestId: ")
    assert lines == ["one", "two"]
    assert end.startswith("END RequestId: ")
    assert report.startswith("REPORT RequestId: ")


def test_the_log_format_json(functions: Functions) -> None:
    code = """
        import logging
        def handler(event, context):
            logging.getLogger().info("hidden")
            logging.getLogger().warning("shown")
            raise ValueError("wrong")
    """
    config = {"LogFormat": "JSON", "ApplicationLogLevel": "WARN", "LogGroup": "/functions"}
    functions.create(code, LoggingConfig=config)
    assert functions.invoke().error == "Unhandled"
    start, shown, error, report = map(json.loads, functions.lines())
    assert (start["type"], report["type"]) == ("platform.start", "platform.report")
    assert (shown["level"], shown["message"]) == ("WARNING", "shown")
    assert (error["log_level"], error["errorType"]) == ("ERROR", "ValueError")


def test_the_log_of_a_role_without_permission_is_lost(functions: Functions) -> None:
    functions.create(
        "def handler(event, context): print('lost')", Role=role(functions.account, "mute", "lambda")
    )
    assert functions.invoke().error is None
    assert functions.lines() == []


@pytest.mark.parametrize(
    ("code", "kind", "message"),
    [
        ("def handler(event, context): raise ValueError('wrong')", "ValueError", "wrong"),
        ("import absent", "Runtime.ImportModuleError", "No module named 'absent'"),
        ("other = 1", "Runtime.HandlerNotFound", "Handler 'handler' missing on module 'app'"),
        ("def handler(event, context): return object()", "Runtime.MarshalError", "not JSON serializable"),
        ("import os\ndef handler(event, context): os._exit(3)", "Runtime.ExitError", "exit status 3"),
    ],
)
def test_a_function_fails(functions: Functions, code: str, kind: str, message: str) -> None:
    functions.create(code)
    answer = functions.invoke()
    assert answer.error == "Unhandled"
    assert answer.payload["errorType"] == kind
    assert message in answer.payload["errorMessage"]


def test_a_stack_trace_has_the_paths_of_lambda(functions: Functions) -> None:
    functions.create("def handler(event, context): raise ValueError('wrong')")
    (frame,) = functions.invoke().payload["stackTrace"]
    assert frame.startswith('  File "/var/task/app.py", line 1, in handler')


def test_a_function_that_takes_too_long_is_killed(functions: Functions) -> None:
    functions.create("import time\ndef handler(event, context): time.sleep(600)", Timeout=1)
    answer = functions.invoke()
    assert answer.error == "Unhandled"
    assert answer.payload["errorType"] == "Sandbox.Timedout"
    assert answer.payload["errorMessage"].endswith("Task timed out after 1.00 seconds")


def test_a_function_reaches_nothing_outside_this_machine(functions: Functions) -> None:
    code = """
        import socket
        def attempt(call):
            try:
                call()
            except OSError as error:
                return type(error).__name__
        def handler(event, context):
            return [
                attempt(lambda: socket.create_connection(("192.0.2.1", 443), 1)),
                attempt(lambda: socket.create_connection(("example.com", 443), 1)),
                attempt(lambda: socket.gethostbyname("example.com")),
                attempt(lambda: open(__file__, "a")),
            ]
    """
    functions.create(code)
    assert functions.invoke().payload == ["OSError", "gaierror", "gaierror", "OSError"]


def test_a_function_in_a_vpc_finds_the_registered_hosts(functions: Functions) -> None:
    code = """
        import socket
        def handler(event, context):
            try:
                with socket.create_connection(("Database.Example.internal", event["port"])) as connection:
                    return connection.recv(100).decode()
            except socket.gaierror:
                return "unknown"
    """
    network = Network(functions.account)
    vpc = {"SubnetIds": network.subnets, "SecurityGroupIds": [network.group()]}
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            with server.accept()[0] as connection:
                connection.sendall(b"hello")

        threading.Thread(target=answer, daemon=True).start()
        hosts.register("database.example.internal", "127.0.0.1")
        try:
            functions.create(code)
            event = {"port": server.getsockname()[1]}
            assert functions.invoke(event).payload == "unknown"
            functions.client.update_function_configuration(FunctionName="function", VpcConfig=vpc)
            assert functions.invoke(event).payload == "hello"
        finally:
            hosts.unregister("database.example.internal")


def test_the_authority_of_the_emulator_is_among_those_of_rds(
    functions: Functions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = """
        import pathlib
        def handler(event, context):
            return pathlib.Path(__file__).with_name("rds-ca-bundle.pem").read_text()
    """
    authority = tmp_path / "ca.pem"
    authority.write_text("the emulator's")
    monkeypatch.setattr(hosts, "_ca_files", [authority])
    functions.create(code, Code={"ZipFile": archive(code, **{"rds-ca-bundle.pem": "of RDS"})})
    assert functions.invoke().payload == "of RDS\nthe emulator's"


def test_only_host_names_on_loopback_are_registered() -> None:
    with pytest.raises(ValueError, match=r"127\.0\.0\.0/8"):
        hosts.register("database.example.internal", "192.0.2.1")


def test_reserved_concurrency_throttles(functions: Functions) -> None:
    functions.create()
    functions.client.put_function_concurrency(FunctionName="function", ReservedConcurrentExecutions=0)
    client = functions.client
    client.meta.events.register_first("needs-retry.lambda.Invoke", lambda **_: None)
    with pytest.raises(ClientError) as error:
        client.invoke(FunctionName="function")
    assert error.value.response["Error"]["Code"] == "TooManyRequestsException"
    assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 429


def test_a_dry_run_does_not_run_the_function(functions: Functions) -> None:
    functions.create("def handler(event, context): print('run')")
    answer = functions.client.invoke(FunctionName="function", InvocationType="DryRun")
    assert answer["StatusCode"] == 204
    assert functions.lines() == []


def test_a_new_function_is_pending_and_then_active(functions: Functions) -> None:
    created = functions.create()
    assert (created["State"], created["StateReasonCode"]) == ("Pending", "Creating")
    configuration = functions.client.get_function(FunctionName="function")["Configuration"]
    assert (configuration["State"], configuration["LastUpdateStatus"]) == ("Active", "Successful")


def test_an_update_keeps_what_it_does_not_name(functions: Functions) -> None:
    network = Network(functions.account)
    first, second = network.group(), network.group("second")
    vpc = {"SubnetIds": network.subnets, "SecurityGroupIds": [first]}
    created = functions.create(VpcConfig=vpc, LoggingConfig={"LogFormat": "JSON", "LogGroup": "/functions"})
    updated = functions.client.update_function_configuration(
        FunctionName="function",
        VpcConfig={"SecurityGroupIds": [second]},
        LoggingConfig={"LogFormat": "JSON", "SystemLogLevel": "WARN"},
    )
    assert updated["LastUpdateStatus"] == "InProgress"
    assert updated["RevisionId"] != created["RevisionId"]
    found = functions.client.get_function_configuration(FunctionName="function")
    assert found["VpcConfig"] == vpc | {
        "SecurityGroupIds": [second],
        "VpcId": network.vpc,
        "Ipv6AllowedForDualStack": False,
    }
    assert found["LoggingConfig"] == {
        "LogFormat": "JSON",
        "ApplicationLogLevel": "INFO",
        "SystemLogLevel": "WARN",
        "LogGroup": "/functions",
    }


def test_updated_code_runs(functions: Functions) -> None:
    functions.create("def handler(event, context): return 'old'")
    assert functions.invoke().payload == "old"
    functions.client.update_function_code(
        FunctionName="function",
        ZipFile=archive("def handler(event, context): return 'new'"),
        Architectures=["arm64"],
    )
    assert functions.invoke().payload == "new"
    found = functions.client.get_function_configuration(FunctionName="function")
    assert found["Architectures"] == ["arm64"]
