"""ECS: clusters, services and task definitions on Fargate."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from moto.ecs.exceptions import ECSException

from constructs_lib.settings.quotas import FARGATE_MEMORY
from tests.emulator.calls import Call
from tests.emulator.refusals.policies import find_role, trusts
from tests.emulator.refusals.rules import RefusedError, moto_refuses, refuses

moto_refuses("ecs", "DeleteService", code="InvalidParameterException", kind="in use")
moto_refuses("ecs", "UpdateService", code="ServiceNotFoundException", kind="not there yet")
moto_refuses("ecs", "CreateService", code="ClusterNotFoundException", kind="not there yet")
moto_refuses("ecs", "RunTask", code="ClusterNotFoundException", kind="not there yet")

_CONTAINERS = 10
_ENVIRONMENT_FILES = 10
_DEFINITION_BYTES = 65_536
_SECURITY_GROUPS, _SUBNETS, _TARGET_GROUPS = 5, 16, 5
_TASKS_PER_SERVICE = 5_000
_TASKS_PER_CALL = 10
_STOP_TIMEOUT = 120
_LOG_DRIVERS = {"awslogs", "splunk", "awsfirelens"}
_ONLY_ON_INSTANCES = ("devices", "maxSwap", "sharedMemorySize", "swappiness")
_NOT_IN_AWSVPC = ("dnsSearchDomains", "dnsServers", "extraHosts", "hostname", "links")
_HEALTH_CHECK = {"interval": (5, 300), "timeout": (2, 60), "retries": (1, 10), "startPeriod": (0, 300)}
# https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Tmpfs.html
_MOUNT_OPTIONS = {
    *("defaults", "ro", "rw", "suid", "nosuid", "dev", "nodev", "exec", "noexec", "sync", "async", "dirsync"),
    *("remount", "mand", "nomand", "atime", "noatime", "diratime", "nodiratime", "bind", "rbind"),
    *("unbindable", "runbindable", "private", "rprivate", "shared", "rshared", "slave", "rslave"),
    *("relatime", "norelatime", "strictatime", "nostrictatime"),
    *("mode", "uid", "gid", "nr_inodes", "nr_blocks", "mpol"),
}
_ECR = re.compile(r"\d{12}\.dkr[.-]ecr")
_ROLE_ARN = re.compile(r"arn:aws[\w-]*:iam::\d{12}:role/[\w+=,.@/-]+")


def _invalid(message: str) -> RefusedError:
    return RefusedError("InvalidParameterException", message)


def _client(message: str) -> RefusedError:
    return RefusedError("ClientException", message)


def _name(arn_or_name: str | None) -> str:
    return (arn_or_name or "default").split("/")[-1]


def _service(call: Call) -> Any:  # noqa: ANN401 - moto's service
    name = _name(call.parameters.get("service") or call.parameters.get("serviceName"))
    return call.backend("ecs").services.get(f"{_name(call.parameters.get('cluster'))}:{name}")


def _task_definition(call: Call) -> Any:  # noqa: ANN401 - moto's task definition
    """The task definition that the call names, or else the service's; None if it does not exist."""
    service = _service(call)
    name = call.parameters.get("taskDefinition") or (service and service.task_definition)
    try:
        return call.backend("ecs").describe_task_definition(name) if name else None
    except ECSException:
        return None


def _containers(call: Call) -> list[dict[str, Any]]:
    return call.parameters.get("containerDefinitions") or []


def _is_fargate(call: Call) -> bool:
    return "FARGATE" in (call.parameters.get("requiresCompatibilities") or ())


# In use


@refuses("ecs", "DeleteCluster", kind="in use")
def cluster_with_services_or_tasks(call: Call) -> None:
    """DeleteCluster refuses a cluster with active services or running tasks.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeleteCluster.html
    """
    ecs, cluster = call.backend("ecs"), _name(call.parameters.get("cluster"))
    if any(each.cluster_name == cluster and each.status == "ACTIVE" for each in ecs.services.values()):
        raise RefusedError(
            "ClusterContainsServicesException", "The Cluster cannot be deleted while Services are active."
        )
    if any(task.last_status not in ("STOPPED", "DELETED") for task in ecs.tasks.get(cluster, {}).values()):
        raise RefusedError(
            "ClusterContainsTasksException", "The Cluster cannot be deleted while Tasks are active."
        )


@refuses("ecs", "UpdateService", kind="in use")
def service_is_not_active(call: Call) -> None:
    """UpdateService refuses a service that was deleted.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateService.html
    """
    service = _service(call)
    if service and service.status != "ACTIVE":
        raise RefusedError("ServiceNotActiveException", "Service was not ACTIVE.")


# Taken


@refuses("ecs", "CreateService", kind="taken")
def service_exists(call: Call) -> None:
    """CreateService refuses the name of a service that is not inactive.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateService.html
    """
    service = _service(call)
    if service and service.status == "DRAINING":
        raise _invalid("Unable to Start a service that is still Draining.")
    if service and service.status == "ACTIVE":
        raise _invalid("Creation of service was not idempotent.")


# Not there yet


@refuses("ecs", "CreateService", "UpdateService", "RunTask", kind="not there yet")
def active_cluster(call: Call) -> None:
    """A service or a task requires a cluster that is active.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateService.html
    """
    cluster = call.backend("ecs").clusters.get(_name(call.parameters.get("cluster")))
    if cluster and cluster.status != "ACTIVE":
        raise RefusedError("ClusterNotFoundException", "Cluster not found.")


@refuses("ecs", "CreateService", "UpdateService", "RunTask", kind="not there yet")
def active_task_definition(call: Call) -> None:
    """A service or a task requires a task definition that exists and is active.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deregister-task-definition-v2.html
    """
    if not call.parameters.get("taskDefinition"):
        return
    definition = _task_definition(call)
    if definition is None:
        raise _client("TaskDefinition not found.")
    if definition.status != "ACTIVE":
        raise _client("TaskDefinition is inactive")


@refuses("ecs", "CreateService", "UpdateService", kind="not there yet")
def target_group_without_listener(call: Call) -> None:
    """A service's target group exists, and a listener of a load balancer forwards to it.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-load-balancing.html
    """
    for arn in _target_groups(call):
        group = call.backend("elbv2").target_groups.get(arn)
        if group is None:
            raise _invalid(f"The target group {arn} does not exist.")
        if not group.load_balancer_arns:
            raise _invalid(
                f"The target group with targetGroupArn {arn} does not have an associated load balancer."
            )
        definition = _task_definition(call)
        if definition and definition.network_mode == "awsvpc" and group.target_type != "ip":
            raise _invalid(
                f"The provided target group {arn} has target type {group.target_type or 'instance'}, which "
                "is incompatible with the awsvpc network mode specified in the task definition."
            )


def _target_groups(call: Call) -> Iterator[str]:
    for each in call.parameters.get("loadBalancers") or ():
        if arn := each.get("targetGroupArn"):
            yield arn


@refuses("ecs", "CreateService", "UpdateService", kind="not there yet")
def container_of_the_load_balancer(call: Call) -> None:
    """A service registers a container and a port that its task definition has.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_LoadBalancer.html
    """
    definition = _task_definition(call)
    service = _service(call)
    balancers = call.parameters.get("loadBalancers") or (service.load_balancers if service else [])
    for each in balancers if definition else ():
        name, port = each.get("containerName"), each.get("containerPort")
        container = next((one for one in definition.container_definitions if one["name"] == name), None)
        if container is None:
            raise _invalid(f"The container {name} does not exist in the task definition.")
        if port not in {mapping.get("containerPort") for mapping in container.get("portMappings") or ()}:
            raise _invalid(f"The container {name} did not have a container port {port} defined.")


@refuses("ecs", "CreateService", "UpdateService", "RunTask", kind="not there yet")
def roles_of_the_task(call: Call) -> None:
    """ECS assumes the roles of a task definition when it starts a task. AWS refuses RunTask; a service is
    created, but starts no task, which the emulator reports at once instead of after a timeout.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html
    """
    definition = _task_definition(call) if call.parameters.get("taskDefinition") else None
    for attribute in ("execution_role_arn", "task_role_arn"):
        arn = getattr(definition, attribute, None)
        role = find_role(arn) if arn else None
        if arn and (role is None or not trusts(role, "ecs-tasks.amazonaws.com")):
            raise _client(
                f"ECS was unable to assume the role '{arn}' that was provided for this task. Please verify "
                "that the role being passed has the proper trust relationship and permissions."
            )


@refuses("ecs", "RunTask", kind="not there yet")
def network_of_a_task(call: Call) -> None:
    """The subnets and security groups of a task exist.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/api_failures_messages.html
    """
    network = (call.parameters.get("networkConfiguration") or {}).get("awsvpcConfiguration") or {}
    ec2 = call.backend("ec2")
    subnets = {subnet.id for zone in ec2.subnets.values() for subnet in zone.values()}
    for each in network.get("subnets") or ():
        if each not in subnets:
            raise _invalid(
                f"Error retrieving subnet information for [{each}]: The subnet ID '{each}' does not exist "
                "(ErrorCode: InvalidSubnetID.NotFound)"
            )
    for each in network.get("securityGroups") or ():
        if ec2.get_security_group_from_id(each) is None:
            raise _invalid(
                f"Error retrieving security group information for [{each}]: The security group '{each}' does "
                "not exist (ErrorCode: InvalidGroup.NotFound)"
            )


@refuses("ecs", "RunTask", kind="not there yet")
def container_of_an_override(call: Call) -> None:
    """An override names a container of the task definition.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerOverride.html
    """
    definition = _task_definition(call)
    names = {each["name"] for each in definition.container_definitions} if definition else set()
    for each in (call.parameters.get("overrides") or {}).get("containerOverrides") or ():
        if definition and each.get("name") not in names:
            raise _invalid(
                f"Override for container named {each.get('name')} is not a container in the TaskDefinition."
            )


@refuses("ecs", "RunTask", kind="not there yet")
def capacity_of_a_task(call: Call) -> None:
    """Without the launch type FARGATE or a capacity provider, a task needs a container instance.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/api_failures_messages.html
    """
    ecs = call.backend("ecs")
    cluster = ecs.clusters.get(_name(call.parameters.get("cluster")))
    launch = call.parameters.get("launchType")
    strategy = call.parameters.get("capacityProviderStrategy")
    default = cluster.default_capacity_provider_strategy if cluster else None
    on_instances = launch == "EC2" or not (launch or strategy or default)
    if cluster and on_instances and not ecs.container_instances.get(cluster.name):
        raise _invalid("No Container Instances were found in your cluster.")


# Too many


@refuses("ecs", "RunTask", kind="too many")
def tasks_of_a_call(call: Call) -> None:
    """RunTask starts at most ten tasks.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RunTask.html
    """
    if not 1 <= (call.parameters.get("count") or 1) <= _TASKS_PER_CALL:
        raise _invalid(f"Task count must be between 1 and {_TASKS_PER_CALL} inclusive.")


@refuses("ecs", "CreateService", "UpdateService", kind="too many")
def service_quotas(call: Call) -> None:
    """A service has at most 5,000 tasks, 5 target groups, 16 subnets and 5 security groups.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-quotas.html
    """
    network = (call.parameters.get("networkConfiguration") or {}).get("awsvpcConfiguration") or {}
    for name, count, quota in (
        ("desiredCount", call.parameters.get("desiredCount") or 0, _TASKS_PER_SERVICE),
        ("loadBalancers", len(call.parameters.get("loadBalancers") or ()), _TARGET_GROUPS),
        ("subnets", len(network.get("subnets") or ()), _SUBNETS),
        ("securityGroups", len(network.get("securityGroups") or ()), _SECURITY_GROUPS),
    ):
        if count > quota:
            raise _invalid(f"{name} can be at most {quota}.")


@refuses("ecs", "RegisterTaskDefinition", kind="too many")
def size_of_a_task_definition(call: Call) -> None:
    """A task definition has at most ten containers and 64 KiB.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-quotas.html
    """
    if len(_containers(call)) > _CONTAINERS:
        raise _client(f"A task definition can have at most {_CONTAINERS} containers.")
    size = len(json.dumps(call.parameters, default=str, separators=(",", ":")).encode())
    if size > _DEFINITION_BYTES:
        raise _client(f"Actual length: '{size}'. Max allowed length is '{_DEFINITION_BYTES}' bytes.")


# Malformed


@refuses("ecs", "RegisterTaskDefinition", kind="malformed")
def fargate_size(call: Call) -> None:
    """A Fargate task has one of the supported pairs of CPU units and memory.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html
    """
    if not _is_fargate(call):
        return
    cpu, memory = (str(call.parameters.get(name) or "") for name in ("cpu", "memory"))
    for name, value in (("cpu", cpu), ("memory", memory)):
        if not value:
            raise _client(f"Fargate requires that '{name}' be defined at the task level.")
    sizes = FARGATE_MEMORY.get(int(cpu), ()) if cpu.isdigit() else ()
    if not memory.isdigit() or int(memory) not in sizes:
        raise _client(
            f"No Fargate configuration exists for given values: {cpu} CPU, {memory} memory. See the Amazon "
            "ECS documentation for the valid values."
        )
    used = sum(container.get("cpu") or 0 for container in _containers(call))
    if used > int(cpu):
        raise _client("The total cpu of the containers is greater than the task's.")


@refuses("ecs", "RegisterTaskDefinition", kind="malformed")
def fargate_network_mode(call: Call) -> None:
    """Fargate supports the network mode awsvpc only.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html
    """
    if _is_fargate(call) and call.parameters.get("networkMode") != "awsvpc":
        raise _client("Fargate only supports network mode 'awsvpc'.")


@refuses("ecs", "RegisterTaskDefinition", kind="malformed")
def execution_role(call: Call) -> None:
    """On Fargate, log drivers, secrets and images of Amazon ECR require an execution role.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html
    """
    if call.parameters.get("executionRoleArn"):
        return
    for container in _containers(call):
        driver = (container.get("logConfiguration") or {}).get("logDriver")
        if container.get("secrets"):
            raise _client(
                "When you are specifying container secrets, you must also specify a value for "
                "'executionRoleArn'."
            )
        if _is_fargate(call) and driver in ("awslogs", "splunk"):
            raise _client(
                f"Fargate requires task definition to have execution role ARN to support log driver {driver}."
            )
        if _is_fargate(call) and _ECR.match(container.get("image") or ""):
            raise _client(
                "Fargate requires task definition to have execution role ARN to support ECR images."
            )


@refuses("ecs", "RegisterTaskDefinition", kind="malformed")
def role_arns(call: Call) -> None:
    """The roles of a task definition are ARNs of roles. Whether they exist matters when a task starts.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RegisterTaskDefinition.html
    """
    for name in ("executionRoleArn", "taskRoleArn"):
        value = call.parameters.get(name)
        if value and not _ROLE_ARN.fullmatch(value):
            raise _client("Role is not valid")


@refuses("ecs", "RegisterTaskDefinition", kind="malformed")
def ports(call: Call) -> None:
    """With awsvpc, a container's host ports are its container ports, and no port is used twice.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_PortMapping.html
    """
    used: Counter[tuple[Any, str]] = Counter()
    for container in _containers(call):
        for mapping in container.get("portMappings") or ():
            port, host_port = mapping.get("containerPort"), mapping.get("hostPort")
            used[port, mapping.get("protocol") or "tcp"] += 1
            if call.parameters.get("networkMode") == "awsvpc" and host_port not in (None, 0, port):
                raise _client(
                    "When networkMode=awsvpc, the host ports and container ports in port mappings must match."
                )
    if call.parameters.get("networkMode") == "awsvpc" and any(count > 1 for count in used.values()):
        raise _client("When networkMode=awsvpc, container ports must be unique in a task definition.")


@refuses("ecs", "RegisterTaskDefinition", kind="malformed")
def containers(call: Call) -> None:
    """Containers have different, valid names, and at least one is essential.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html
    """
    names = [container.get("name") or "" for container in _containers(call)]
    for name in names:
        if not re.fullmatch(r"[A-Za-z0-9_-]{1,255}", name):
            raise _client(f"Container name {name!r} is not valid.")
    if len({*names}) != len(names):
        raise _client("Container names must be unique in a task definition.")
    if not any(container.get("essential", True) for container in _containers(call)):
        raise _client("At least one container in a task definition must be essential.")


@refuses("ecs", "RegisterTaskDefinition", kind="malformed")
def variables(call: Call) -> None:
    """A container's secrets and environment variables have names of their own; environment files are .env
    files in S3.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-secrets-manager.html
    """
    for container in _containers(call):
        names = [each.get("name") for each in container.get("environment") or ()]
        secrets = [each.get("name") for each in container.get("secrets") or ()]
        for name in secrets:
            if name in names or secrets.count(name) > 1:
                raise _client(
                    "The secret name must be unique and not shared with any new or existing environment "
                    f"variables set on the container, such as '{name}'."
                )
        if not all(names):
            raise _client("The name of an environment variable cannot be empty.")
        files = container.get("environmentFiles") or ()
        if len(files) > _ENVIRONMENT_FILES or not all(each["value"].endswith(".env") for each in files):
            raise _client(
                f"A container has at most {_ENVIRONMENT_FILES} environment files, which end in .env."
            )


@refuses("ecs", "RegisterTaskDefinition", kind="malformed")
def health_check(call: Call) -> None:
    """A health check's command starts with CMD or CMD-SHELL, and its times are in fixed ranges.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_HealthCheck.html
    """
    for container in _containers(call):
        check = container.get("healthCheck")
        if not check:
            continue
        if (check.get("command") or [""])[0] not in ("CMD", "CMD-SHELL", "NONE"):
            raise _client("A health check's command must start with CMD or CMD-SHELL.")
        for name, (lowest, highest) in _HEALTH_CHECK.items():
            value = check.get(name)
            if value is not None and not lowest <= value <= highest:
                raise _client(f"The health check's {name} must be from {lowest} to {highest}.")


@refuses("ecs", "RegisterTaskDefinition", kind="malformed")
def logging_options(call: Call) -> None:
    """On Fargate, awslogs requires a group, a region and a stream prefix; a buffer's size is for the mode
    non-blocking.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_LogConfiguration.html
    """
    for container in _containers(call):
        configuration = container.get("logConfiguration")
        if not configuration:
            continue
        driver, options = configuration.get("logDriver"), configuration.get("options") or {}
        if _is_fargate(call) and driver not in _LOG_DRIVERS:
            raise _client(f"Fargate does not support the log driver {driver}.")
        if driver != "awslogs":
            continue
        for name in ("awslogs-group", "awslogs-region", *(["awslogs-stream-prefix"] * _is_fargate(call))):
            if not options.get(name):
                raise _client(f"Log driver awslogs requires options: {name}")
        if options.get("mode", "non-blocking") not in ("blocking", "non-blocking"):
            raise _client("The option mode must be blocking or non-blocking.")
        if not re.fullmatch(r"\d+[bkmg]?", options.get("max-buffer-size", "1m")):
            raise _client("The option max-buffer-size must be a number with a unit, such as 25m.")


@refuses("ecs", "RegisterTaskDefinition", kind="malformed")
def not_on_fargate(call: Call) -> None:
    """Fargate lacks privileged containers, devices, swap, a size of /dev/shm and capabilities to add other
    than SYS_PTRACE, and stops a container after 120 seconds.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html
    """
    if not _is_fargate(call):
        return
    for container in _containers(call):
        linux = container.get("linuxParameters") or {}
        for name in _ONLY_ON_INSTANCES:
            if linux.get(name) is not None:
                raise _client(f"Fargate does not support {name}.")
        added = (linux.get("capabilities") or {}).get("add") or ()
        if {*added} - {"SYS_PTRACE"}:
            raise _client("Fargate supports adding only the capability SYS_PTRACE.")
        if container.get("privileged"):
            raise _client("Fargate does not support privileged containers.")
        for name in _NOT_IN_AWSVPC:
            if container.get(name):
                raise _client(f"Fargate does not support {name}.")
        if (container.get("stopTimeout") or 0) > _STOP_TIMEOUT:
            raise _client(f"The stopTimeout of a container on Fargate is at most {_STOP_TIMEOUT} seconds.")


@refuses("ecs", "RegisterTaskDefinition", kind="malformed")
def tmpfs(call: Call) -> None:
    """A tmpfs has an absolute path, a size and mount options from a fixed list, which has words without
    values only.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Tmpfs.html
    """
    for container in _containers(call):
        for mount in (container.get("linuxParameters") or {}).get("tmpfs") or ():
            if not mount["containerPath"].startswith("/") or mount["size"] < 1:
                raise _client("A tmpfs has an absolute container path and a positive size.")
            for option in mount.get("mountOptions") or ():
                if option not in _MOUNT_OPTIONS:
                    raise _client(f"The tmpfs mount option {option!r} is not valid.")


@refuses("ecs", "CreateService", "UpdateService", kind="malformed")
def deployment_percentages(call: Call) -> None:
    """A rolling deployment can start or stop at least one task.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeploymentConfiguration.html
    """
    configuration = call.parameters.get("deploymentConfiguration") or {}
    lowest, highest = configuration.get("minimumHealthyPercent"), configuration.get("maximumPercent")
    if lowest is not None and highest is not None and (lowest, highest) == (100, 100):
        raise _invalid(
            "Both maximumPercent and minimumHealthyPercent cannot be 100 as this will block deployments."
        )
    if lowest is not None and highest is not None and lowest > highest:
        raise _invalid("minimumHealthyPercent cannot be more than maximumPercent.")


@refuses("ecs", "CreateService", kind="malformed")
def grace_period(call: Call) -> None:
    """A grace period is for services behind a load balancer.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateService.html
    """
    if call.parameters.get("healthCheckGracePeriodSeconds") and not call.parameters.get("loadBalancers"):
        raise _invalid(
            "Health check grace period is only valid for services configured to use load balancers"
        )


@refuses("ecs", "CreateService", "UpdateService", "RunTask", kind="malformed")
def network_configuration(call: Call) -> None:
    """Tasks with awsvpc require subnets, which are in one VPC together with the security groups.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_AwsVpcConfiguration.html
    """
    network = (call.parameters.get("networkConfiguration") or {}).get("awsvpcConfiguration")
    definition = _task_definition(call)
    if network is None:
        creates = call.operation.name != "UpdateService"
        if creates and definition and definition.network_mode == "awsvpc":
            raise _invalid("Network Configuration must be provided when networkMode 'awsvpc' is specified.")
        return
    ec2 = call.backend("ec2")
    subnets = {subnet.id: subnet for zone in ec2.subnets.values() for subnet in zone.values()}
    vpcs = {subnets[each].vpc_id for each in network.get("subnets") or () if each in subnets}
    groups = (ec2.get_security_group_from_id(each) for each in network.get("securityGroups") or ())
    if len(vpcs) > 1 or {group.vpc_id for group in groups if group} - vpcs:
        raise _invalid("The subnets and security groups must be in one VPC.")
    fargate = (
        call.parameters.get("launchType") == "FARGATE"
        or getattr(_service(call), "launch_type", None) == "FARGATE"
    )
    if network.get("assignPublicIp") == "ENABLED" and not fargate:
        raise _invalid("Assign public IP is not supported for this launch type.")


@refuses("ecs", "CreateService", "RunTask", kind="malformed")
def launch_type(call: Call) -> None:
    """A service on Fargate requires a task definition for Fargate.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateService.html
    """
    definition = _task_definition(call)
    compatible = definition is None or "FARGATE" in (definition.requires_compatibilities or ())
    if call.parameters.get("launchType") == "FARGATE" and not compatible:
        raise _invalid("Task definition does not support launch_type FARGATE.")
