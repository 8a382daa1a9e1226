"""ECS: the normal form of task definitions, settings and deployments of services."""

from typing import Any

from moto.core.responses import ActionResult
from moto.core.utils import camelcase_to_underscores, utcnow
from moto.ecs.models import EC2ContainerServiceBackend, Service, TaskDefinition
from moto.ecs.responses import EC2ContainerServiceResponse
from moto.moto_api._internal import mock_random

from tests.emulator.gaps.patching import Method, replaces

# Parameters of CreateService that DescribeServices returns and moto does not store, with the defaults of
# the API: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateService.html
_DEFAULTS: dict[str, Any] = {
    "availabilityZoneRebalancing": "ENABLED",
    "capacityProviderStrategy": None,
    "deploymentConfiguration": None,
    "enableECSManagedTags": False,
    "enableExecuteCommand": False,
    "healthCheckGracePeriodSeconds": None,
    "serviceConnectConfiguration": None,
}
_DEPLOYMENT_DEFAULTS: dict[str, Any] = {"maximumPercent": 200, "minimumHealthyPercent": 100}
_HEALTH_CHECK_DEFAULTS: dict[str, Any] = {"interval": 30, "timeout": 5, "retries": 3}


@replaces(TaskDefinition)
def __init__(original: Method, self: TaskDefinition, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401, N807 - as in moto
    """RegisterTaskDefinition stores a normal form: it adds the defaults that were not sent, and drops
    environment variables with an empty value.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html
    """
    original(self, *args, **kwargs)
    awsvpc = self.network_mode == "awsvpc"
    containers: list[dict[str, Any]] = self.container_definitions
    for container in containers:
        container.setdefault("systemControls", [])
        container["environment"] = [each for each in container["environment"] if each.get("value")]
        container["portMappings"] = [
            {"protocol": "tcp", "hostPort": mapping["containerPort"] if awsvpc else 0} | mapping
            for mapping in container["portMappings"]
        ]
        if container.get("healthCheck"):
            container["healthCheck"] = _HEALTH_CHECK_DEFAULTS | container["healthCheck"]


@replaces(EC2ContainerServiceResponse)
def create_service(original: Method, self: EC2ContainerServiceResponse) -> ActionResult:
    """CreateService stores all parameters of the service and starts its tasks.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateService.html
    """
    answer: ActionResult = original(self)
    cluster = self._get_param("cluster", "default").split("/")[-1]
    service = self.ecs_backend.services[f"{cluster}:{self._get_param('serviceName')}"]
    deployment = _DEPLOYMENT_DEFAULTS | (self._get_param("deploymentConfiguration") or {})
    for name, default in _DEFAULTS.items():
        value = deployment if name == "deploymentConfiguration" else self._get_param(name)
        setattr(service, camelcase_to_underscores(name), default if value is None else value)
    _deploy(self.ecs_backend, service)
    return answer


@replaces(EC2ContainerServiceBackend)
def update_service(
    original: Method, self: EC2ContainerServiceBackend, service_properties: dict[str, Any]
) -> Service:
    """UpdateService starts a deployment of the new task definition, which replaces the primary one.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateService.html
    """
    sets_desired_count = service_properties.get("desired_count") is not None
    service: Service = original(self, service_properties)
    if not sets_desired_count:  # moto then subtracts the service's tasks from the cluster's count
        self.update_cluster_resources(
            self._get_cluster(service.cluster_name), service.running_count, task_state="RUNNING"
        )
    _deploy(self, service)
    return service


def _deploy(backend: EC2ContainerServiceBackend, service: Service) -> None:
    """Bring the service to the steady state at once: one completed deployment of its task definition, which
    runs the desired number of tasks.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Deployment.html
    """
    cluster = backend._get_cluster(service.cluster_name)
    backend.update_cluster_resources(cluster, -service.pending_count, task_state="PENDING")
    backend.update_cluster_resources(
        cluster, service.desired_count - service.running_count, task_state="RUNNING"
    )
    service.pending_count = 0
    service.running_count = service.desired_count
    (deployment,) = service.deployments
    if deployment["taskDefinition"] != service.task_definition:
        deployment |= {"id": f"ecs-svc/{mock_random.randint(0, 32**12)}", "createdAt": utcnow()}
    deployment |= {
        "desiredCount": service.desired_count,
        "networkConfiguration": service.network_configuration,
        "pendingCount": 0,
        "rolloutState": "COMPLETED",
        "rolloutStateReason": f"ECS deployment {deployment['id']} completed.",
        "runningCount": service.desired_count,
        "taskDefinition": service.task_definition,
        "updatedAt": utcnow(),
    }
