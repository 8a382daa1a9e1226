"""ECS: services that run what they are told to, and remember how."""

from typing import Any

from moto.core.responses import ActionResult
from moto.core.utils import camelcase_to_underscores, utcnow
from moto.ecs.models import EC2ContainerServiceBackend, Service
from moto.ecs.responses import EC2ContainerServiceResponse
from moto.moto_api._internal import mock_random

from tests.emulator.gaps.patching import Method, replaces

# What CreateService takes and DescribeServices gives back, but moto forgets; with what AWS says of a
# service that was created without: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateService.html
_FORGOTTEN: dict[str, Any] = {
    "availabilityZoneRebalancing": "ENABLED",
    "capacityProviderStrategy": None,
    "deploymentConfiguration": {"maximumPercent": 200, "minimumHealthyPercent": 100},
    "enableECSManagedTags": False,
    "enableExecuteCommand": False,
    "healthCheckGracePeriodSeconds": None,
    "serviceConnectConfiguration": None,
}


@replaces(EC2ContainerServiceResponse)
def create_service(original: Method, self: EC2ContainerServiceResponse) -> ActionResult:
    """CreateService keeps all that it is given, and its tasks start."""
    answer: ActionResult = original(self)
    cluster = self._get_param("cluster", "default").split("/")[-1]
    service = self.ecs_backend.services[f"{cluster}:{self._get_param('serviceName')}"]
    for name, default in _FORGOTTEN.items():
        given = self._get_param(name)
        setattr(service, camelcase_to_underscores(name), default if given is None else given)
    _deploy(self.ecs_backend, service)
    return answer


@replaces(EC2ContainerServiceBackend)
def update_service(
    original: Method, self: EC2ContainerServiceBackend, service_properties: dict[str, Any]
) -> Service:
    """UpdateService deploys: the primary deployment is one of the new task definition."""
    counted = service_properties.get("desired_count") is not None
    service: Service = original(self, service_properties)
    if not counted:  # moto then takes the service's tasks off the cluster's count
        self.update_cluster_resources(
            self._get_cluster(service.cluster_name), service.running_count, task_state="RUNNING"
        )
    _deploy(self, service)
    return service


def _deploy(backend: EC2ContainerServiceBackend, service: Service) -> None:
    """Bring a service to its steady state, which AWS reaches when its tasks run and are healthy: one
    completed deployment of its task definition, with as many tasks as are desired."""
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
