"""RunTask on the emulator runs the command of the task definition."""

import sys
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto.ecs.models import ecs_backends

from tests.emulator import containers
from tests.emulator.account import Account
from tests.emulator.gaps.ecs_tasks import run_of
from tests.emulator.server import Emulator
from tests.unit.emulator.accounts import AccountWithClients
from tests.unit.emulator.refusals.resources import role, security_group, vpc

ACCOUNT_ID = "123456789012"
IMAGE = "example.com/payments:1"
SECONDS = 60.0


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with Emulator() as running:
        yield running


@pytest.fixture(scope="module")
def account(emulator: Emulator) -> Account:
    return AccountWithClients(**vars(emulator.account))


@dataclass
class Tasks:
    """A cluster, a network, roles and a log group, and tasks of one family in them."""

    account: Account
    network: dict[str, Any] = field(init=False)

    def __post_init__(self) -> None:
        self.ecs, self.logs = self.account.client("ecs"), self.account.client("logs")
        vpc_id, subnets = vpc(self.account)
        self.group = security_group(self.account, vpc_id)
        self.network = {"awsvpcConfiguration": {"subnets": subnets, "securityGroups": [self.group]}}
        self.task_role = role(self.account, "task", "ecs-tasks")
        self.execution_role = role(
            self.account, "execution", "ecs-tasks", "logs:CreateLogStream", "logs:PutLogEvents"
        )
        self.ecs.create_cluster(clusterName="payments")
        self.logs.create_log_group(logGroupName="/payments")

    def define(self, code: str, *, family: str = "migration", **changed: Any) -> str:  # noqa: ANN401 - JSON
        """The ARN of a new task definition whose container runs the Python code."""
        log = {"awslogs-group": "/payments", "awslogs-region": "us-east-1", "awslogs-stream-prefix": "run"}
        container = {
            "name": "app",
            "image": IMAGE,
            "command": [sys.executable, "-c", textwrap.dedent(code)],
            "logConfiguration": {"logDriver": "awslogs", "options": log},
        }
        answer = self.ecs.register_task_definition(
            family=family,
            networkMode="awsvpc",
            requiresCompatibilities=["FARGATE"],
            cpu="256",
            memory="512",
            taskRoleArn=self.task_role,
            executionRoleArn=self.execution_role,
            containerDefinitions=[container | changed],
        )
        arn: str = answer["taskDefinition"]["taskDefinitionArn"]
        return arn

    def run(self, definition: str, **options: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
        """The task as RunTask returns it."""
        answer = self.ecs.run_task(
            cluster="payments",
            taskDefinition=definition,
            launchType="FARGATE",
            **({"networkConfiguration": self.network} | options),
        )
        (task,) = answer["tasks"]
        return task  # type: ignore[no-any-return]

    def ended(self, task: dict[str, Any]) -> dict[str, Any]:
        """The task after it has stopped, as DescribeTasks returns it."""
        run = run_of(ecs_backends[ACCOUNT_ID]["us-east-1"].tasks["payments"][task["taskArn"]])
        assert run is not None
        assert run.wait(SECONDS)
        (described,) = self.ecs.describe_tasks(cluster="payments", tasks=[task["taskArn"]])["tasks"]
        return described  # type: ignore[no-any-return]

    def lines(self, task: dict[str, Any], container: str = "app") -> list[str]:
        """What the container has written."""
        stream = f"run/{container}/{task['taskArn'].split('/')[-1]}"
        events = self.logs.get_log_events(logGroupName="/payments", logStreamName=stream)["events"]
        return [event["message"] for event in events]


@pytest.fixture
def tasks(emulator: Emulator, account: Account, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tasks:
    emulator.reset()
    monkeypatch.setitem(containers.images, IMAGE, tmp_path)
    return Tasks(account)


def test_a_task_runs_its_command_and_keeps_its_exit_code_and_log(tasks: Tasks, emulator: Emulator) -> None:
    task = tasks.run(tasks.define("print('one'); print('two'); raise SystemExit(3)"))
    assert (task["lastStatus"], task["desiredStatus"]) == ("PROVISIONING", "RUNNING")
    assert "exitCode" not in task["containers"][0]
    ended = tasks.ended(task)
    assert (ended["lastStatus"], ended["desiredStatus"]) == ("STOPPED", "STOPPED")
    assert ended["stopCode"] == "EssentialContainerExited"
    assert ended["stoppedReason"] == "Essential container in task exited"
    (container,) = ended["containers"]
    assert (container["name"], container["lastStatus"], container["exitCode"]) == ("app", "STOPPED", 3)
    assert container["taskArn"] == task["taskArn"]
    assert tasks.lines(task) == ["one", "two"]
    assert emulator.failures == []


def test_a_task_has_the_credentials_of_its_role_and_runs_in_the_folder_of_its_image(
    tasks: Tasks, tmp_path: Path
) -> None:
    code = """
        import os, boto3
        print(os.getcwd())
        print(boto3.client("sts").get_caller_identity()["Arn"].split("/")[1])
    """
    task = tasks.run(tasks.define(code))
    tasks.ended(task)
    assert tasks.lines(task) == [str(tmp_path.resolve()), "task"]


def test_overrides_change_the_command_and_the_environment(tasks: Tasks) -> None:
    override = {
        "name": "app",
        "command": [sys.executable, "-c", "import os; print(os.environ['MODE'], os.environ['KEPT'])"],
        "environment": [{"name": "MODE", "value": "changed"}],
    }
    variables = [{"name": "MODE", "value": "default"}, {"name": "KEPT", "value": "kept"}]
    definition = tasks.define("raise SystemExit(1)", environment=variables)
    task = tasks.run(definition, overrides={"containerOverrides": [override]})
    assert tasks.ended(task)["containers"][0]["exitCode"] == 0
    assert tasks.lines(task) == ["changed kept"]


def test_an_unknown_image_cannot_be_pulled(tasks: Tasks) -> None:
    ended = tasks.ended(tasks.run(tasks.define("", image="example.com/unknown:1")))
    assert ended["stopCode"] == "TaskFailedToStart"
    assert ended["stoppedReason"].startswith("CannotPullContainerError: ")
    assert "exitCode" not in ended["containers"][0]


def test_a_command_that_does_not_exist_cannot_be_started(tasks: Tasks) -> None:
    ended = tasks.ended(tasks.run(tasks.define("", command=["no-such-program"])))
    assert ended["stopCode"] == "TaskFailedToStart"
    assert ended["stoppedReason"].startswith("CannotStartContainerError: ")


def test_a_missing_log_group_prevents_the_start(tasks: Tasks) -> None:
    tasks.logs.delete_log_group(logGroupName="/payments")
    ended = tasks.ended(tasks.run(tasks.define("")))
    assert ended["stopCode"] == "TaskFailedToStart"
    assert ended["stoppedReason"].startswith("ResourceInitializationError: failed to validate logger args")


ENDLESS = """
    import pathlib, signal
    {}
    print("ready", flush=True)
    pathlib.Path("ready").write_text("")
    signal.pause()
"""


def test_stop_task_sends_sigterm(tasks: Tasks) -> None:
    code = ENDLESS.format("signal.signal(signal.SIGTERM, lambda *_: exit(7))")
    task = tasks.run(tasks.define(code))
    wait_for_line(tasks, task)
    stopped = tasks.ecs.stop_task(cluster="payments", task=task["taskArn"], reason="enough")["task"]
    assert stopped["desiredStatus"] == "STOPPED"
    ended = tasks.ended(task)
    assert (ended["stopCode"], ended["stoppedReason"]) == ("UserInitiated", "enough")
    assert ended["containers"][0]["exitCode"] == 7


def test_stop_task_sends_sigkill_after_the_stop_timeout(tasks: Tasks) -> None:
    code = ENDLESS.format("signal.signal(signal.SIGTERM, signal.SIG_IGN)")
    task = tasks.run(tasks.define(code, stopTimeout=1))
    wait_for_line(tasks, task)
    tasks.ecs.stop_task(cluster="payments", task=task["taskArn"])
    assert tasks.ended(task)["containers"][0]["exitCode"] == 137


def wait_for_line(tasks: Tasks, task: dict[str, Any]) -> None:
    """Wait until the container has written something."""
    run = run_of(ecs_backends[ACCOUNT_ID]["us-east-1"].tasks["payments"][task["taskArn"]])
    assert run is not None
    assert run.wait_for_output(SECONDS)
    (described,) = tasks.ecs.describe_tasks(cluster="payments", tasks=[task["taskArn"]])["tasks"]
    assert described["lastStatus"] == "RUNNING"


def test_running_and_stopped_tasks_are_listed(tasks: Tasks) -> None:
    waiting = tasks.run(tasks.define(ENDLESS.format(""), family="waiting"), startedBy="somebody")
    done = tasks.run(tasks.define("", family="migration"))
    tasks.ended(done)
    wait_for_line(tasks, waiting)

    def listed(**filters: str) -> list[str]:
        return tasks.ecs.list_tasks(cluster="payments", **filters)["taskArns"]  # type: ignore[no-any-return]

    assert listed() == [waiting["taskArn"]]
    assert listed(desiredStatus="STOPPED") == [done["taskArn"]]
    assert listed(family="waiting") == [waiting["taskArn"]]
    assert listed(family="wait") == []
    assert listed(startedBy="somebody") == [waiting["taskArn"]]
    assert listed(startedBy="nobody") == []


def test_the_same_client_token_starts_one_task(tasks: Tasks) -> None:
    definition = tasks.define("")
    first = tasks.run(definition, clientToken="token")
    assert tasks.run(definition, clientToken="token")["taskArn"] == first["taskArn"]
    with pytest.raises(ClientError) as error:
        tasks.run(definition, clientToken="token", startedBy="somebody")
    assert error.value.response["Error"]["Code"] == "ConflictException"
    assert tasks.run(definition, clientToken="other")["taskArn"] != first["taskArn"]


def test_a_task_that_does_not_exist_is_missing(tasks: Tasks) -> None:
    answer = tasks.ecs.describe_tasks(cluster="payments", tasks=["absent"])
    assert (answer["tasks"], answer["failures"]) == ([], [{"arn": "absent", "reason": "MISSING"}])
    with pytest.raises(ClientError) as error:
        tasks.ecs.stop_task(cluster="payments", task="absent")
    assert error.value.response["Error"]["Code"] == "InvalidParameterException"


def test_a_network_interface_goes_with_its_task(tasks: Tasks) -> None:
    task = tasks.run(tasks.define(""))
    ended = tasks.ended(task)
    assert {each["name"] for each in ended["attachments"][0]["details"]} >= {"subnetId", "networkInterfaceId"}
    assert tasks.account.client("ec2").describe_network_interfaces()["NetworkInterfaces"] == []
    tasks.account.client("ec2").delete_security_group(GroupId=tasks.group)


def test_a_task_without_security_groups_has_the_default_one(tasks: Tasks) -> None:
    network = {"awsvpcConfiguration": {"subnets": tasks.network["awsvpcConfiguration"]["subnets"]}}
    task = tasks.run(tasks.define(ENDLESS.format("")), networkConfiguration=network)
    wait_for_line(tasks, task)
    (interface,) = tasks.account.client("ec2").describe_network_interfaces()["NetworkInterfaces"]
    assert [group["GroupName"] for group in interface["Groups"]] == ["default"]


def test_the_end_of_an_essential_container_stops_the_others(tasks: Tasks) -> None:
    arn = tasks.define("")
    definition = tasks.ecs.describe_task_definition(taskDefinition=arn)["taskDefinition"]
    (app,) = definition["containerDefinitions"]
    sidecar = app | {"name": "sidecar", "essential": False, "command": ["sleep", "600"]}
    answer = tasks.ecs.register_task_definition(
        family="two",
        networkMode="awsvpc",
        requiresCompatibilities=["FARGATE"],
        cpu="256",
        memory="512",
        executionRoleArn=tasks.execution_role,
        containerDefinitions=[app, sidecar],
    )
    ended = tasks.ended(tasks.run(answer["taskDefinition"]["taskDefinitionArn"]))
    codes = {each["name"]: each["exitCode"] for each in ended["containers"]}
    assert codes == {"app": 0, "sidecar": 143}


def test_the_processes_of_tasks_end_with_the_resources(tasks: Tasks, emulator: Emulator) -> None:
    task = tasks.run(tasks.define(ENDLESS.format("")))
    run = run_of(ecs_backends[ACCOUNT_ID]["us-east-1"].tasks["payments"][task["taskArn"]])
    wait_for_line(tasks, task)
    emulator.reset()
    assert run is not None
    assert run.wait(SECONDS)
