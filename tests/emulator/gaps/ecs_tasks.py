"""ECS: RunTask on Fargate runs the task, and what describes, lists and stops it."""

from types import SimpleNamespace
from typing import Any

from moto.core.responses import ActionResult
from moto.core.utils import utcnow
from moto.ec2.models import ec2_backends
from moto.ecs.exceptions import InvalidParameterException
from moto.ecs.models import Container, EC2ContainerServiceBackend, Task
from moto.ecs.models import TaskDefinition as MotoTaskDefinition
from moto.ecs.responses import EC2ContainerServiceResponse
from moto.moto_api._internal import mock_random

from tests.emulator.containers import TaskDefinition
from tests.emulator.gaps.patching import Method, extra_state, replaces
from tests.emulator.tasks import TaskRun

_NETWORK = 7  # the position of the network configuration among moto's parameters of run_task
_PLATFORM = "1.4.0"


@replaces(EC2ContainerServiceBackend)
def _calculate_task_resource_requirements(
    original: Method, _self: EC2ContainerServiceBackend, task_definition: MotoTaskDefinition
) -> dict[str, Any]:
    """On Fargate, containers need no memory of their own.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html
    """
    definitions = [{"memory": 0} | each for each in task_definition.container_definitions]
    requirements: dict[str, Any] = original(SimpleNamespace(container_definitions=definitions))
    return requirements


def _describe(definition: MotoTaskDefinition) -> dict[str, Any]:
    """The task definition as DescribeTaskDefinition returns it."""
    return {
        "taskDefinitionArn": definition.arn,
        "containerDefinitions": definition.container_definitions,
        "taskRoleArn": getattr(definition, "task_role_arn", None),
        "executionRoleArn": getattr(definition, "execution_role_arn", None),
    }


@replaces(EC2ContainerServiceBackend)
def run_task(original: Method, self: EC2ContainerServiceBackend, *args: Any, **kwargs: Any) -> list[Task]:  # noqa: ANN401 - as in moto
    """RunTask on Fargate starts tasks, which go through their states by themselves. Without security groups
    they are in the default one of the VPC.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-lifecycle-explanation.html
    """
    names = ("cluster", "definition", "count", "overrides")
    given = dict(zip(names, args, strict=False))
    network = (args[7] if len(args) > _NETWORK else None) or {}
    if awsvpc := network.get("awsvpcConfiguration"):
        awsvpc.setdefault("securityGroups", _default_groups(self, awsvpc["subnets"]))
    tasks: list[Task] = original(self, *args, **kwargs)
    definition = self.describe_task_definition(given["definition"])
    for task in tasks:
        if task.container_instance_arn is None:
            _start(task, definition, given["overrides"])
    return tasks


def _default_groups(backend: EC2ContainerServiceBackend, subnet_ids: list[str]) -> list[str]:
    ec2 = ec2_backends[backend.account_id][backend.region_name]
    group = ec2.get_default_security_group(ec2.get_subnet(subnet_ids[0]).vpc_id)
    return [group.id] if group else []


def _start(task: Any, definition: MotoTaskDefinition, overrides: dict[str, Any] | None) -> None:  # noqa: ANN401 - moto's task
    """Give moto's task the members that it lacks, and run it."""
    task._transitions = []  # moto would advance it with each DescribeTasks
    task.last_status = "PROVISIONING"
    task.stop_code = task.stopped_reason = None
    task.created_at = utcnow()
    task.cpu, task.memory = definition.cpu, definition.memory
    task.platform_version = task.platform_version or _PLATFORM
    task.platform_family = "Linux"
    task.health_status = "UNKNOWN"
    by_name = {each["name"]: each for each in (overrides or {}).get("containerOverrides") or ()}
    task.containers = []
    create: Any = Container  # typed as abstract, and for moto's task definitions only
    for each in definition.container_definitions:
        container = create(SimpleNamespace(arn=definition.arn, container_definitions=[each]))
        container.container_arn = f"{task.task_arn.replace(':task/', ':container/')}/{mock_random.uuid4()}"
        container.task_arn = task.task_arn
        container.command = by_name.get(each["name"], {}).get("command") or container.command
        del container.exitCode  # the serializer would prefer it to exit_code
        container.exit_code = None
        container.health_status = "UNKNOWN"
        task.containers.append(container)
    run = TaskRun(task, TaskDefinition.of(_describe(definition), overrides))
    extra_state(task, "run")["run"] = run
    run.start()


def run_of(task: Task) -> TaskRun | None:
    """What runs the task; None for a task that RunTask did not start on Fargate."""
    return extra_state(task, "run").get("run")


@replaces(EC2ContainerServiceBackend)
def stop_task(
    _original: Method, self: EC2ContainerServiceBackend, cluster_str: str, task_str: str, reason: str | None
) -> Task:
    """StopTask sends SIGTERM to the containers, after `stopTimeout` SIGKILL, and does not wait for them.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_StopTask.html
    """
    cluster = self._get_cluster(cluster_str)
    tasks = self.tasks.get(cluster.name, {}).values()
    task: Any = next((each for each in tasks if each.id == task_str.rsplit("/", maxsplit=1)[-1]), None)
    if task is None:
        raise InvalidParameterException("The referenced task was not found.")
    run = run_of(task)
    if run is not None and task.last_status != "STOPPED":
        task.desired_status = "STOPPED"
        task.stop_code = "UserInitiated"
        task.stopped_reason = reason or "Task stopped by user"
        run.stop()
    return task  # type: ignore[no-any-return]


@replaces(EC2ContainerServiceBackend)
def list_tasks(original: Method, self: EC2ContainerServiceBackend, *filters: str | None) -> list[Task]:
    """ListTasks returns the tasks that shall run, unless it is asked for those that shall stop. A family and
    a cluster are named exactly.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ListTasks.html
    """
    cluster_name, instance, family, started_by, service, desired_status = filters
    cluster = self._get_cluster(cluster_name or "default")
    found: list[Task] = original(
        self, cluster.name, instance, None, started_by, service, desired_status or "RUNNING"
    )
    return [
        task
        for task in found
        if task.cluster_arn == cluster.arn
        and (family is None or task.task_definition_arn.split("/")[-1].rpartition(":")[0] == family)
    ]


@replaces(EC2ContainerServiceResponse)
def describe_tasks(original: Method, self: EC2ContainerServiceResponse) -> ActionResult:
    """DescribeTasks reports the tasks that do not exist as failures.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeTasks.html
    """
    answer: ActionResult = original(self)
    result: Any = answer.result
    found = {task.id for task in result["tasks"]}
    result["failures"] = [
        {"arn": each, "reason": "MISSING"}
        for each in self._get_param("tasks", [])
        if each.split("/")[-1] not in found
    ]
    return answer
