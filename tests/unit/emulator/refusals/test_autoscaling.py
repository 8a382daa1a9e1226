"""Application Auto Scaling refuses what AWS refuses about services of ECS."""

import pytest

from tests.emulator.account import Account
from tests.emulator.refusals import autoscaling
from tests.unit.emulator.refusals.conftest import Refuses

SERVICE = {
    "ServiceNamespace": "ecs",
    "ResourceId": "service/cluster/service",
    "ScalableDimension": "ecs:service:DesiredCount",
}


@pytest.fixture
def service(account: Account) -> str:
    ecs = account.client("ecs")
    ecs.create_cluster(clusterName="cluster")
    ecs.register_task_definition(
        family="family", containerDefinitions=[{"name": "api", "image": "image", "memory": 128}]
    )
    ecs.create_service(
        cluster="cluster", serviceName="service", taskDefinition="family", desiredCount=1, launchType="EC2"
    )
    return "service"


def register(account: Account, **changed: int) -> None:
    account.client("application-autoscaling").register_scalable_target(
        **SERVICE, **({"MinCapacity": 1, "MaxCapacity": 2} | changed)
    )


def put_policy(account: Account, name: str = "cpu", **metric: str) -> None:
    account.client("application-autoscaling").put_scaling_policy(
        PolicyName=name,
        PolicyType="TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration={
            "TargetValue": 50.0,
            "PredefinedMetricSpecification": {
                "PredefinedMetricType": "ECSServiceAverageCPUUtilization",
                **metric,
            },
        },
        **SERVICE,
    )


def test_a_target_requires_its_service(account: Account, refused: Refuses) -> None:
    account.client("ecs").create_cluster(clusterName="cluster")
    with refused("not there yet", "ValidationException"):
        register(account)


def test_a_target_requires_an_active_service(account: Account, service: str, refused: Refuses) -> None:
    account.client("ecs").delete_service(cluster="cluster", service=service, force=True)
    with refused("not there yet", "ValidationException"):
        register(account)


@pytest.mark.usefixtures("service")
def test_the_maximum_capacity_is_not_less_than_the_minimum(account: Account, refused: Refuses) -> None:
    with refused("malformed", "ValidationException"):
        register(account, MinCapacity=3)


@pytest.mark.usefixtures("service")
def test_a_new_target_has_a_minimum_and_a_maximum(account: Account, refused: Refuses) -> None:
    client = account.client("application-autoscaling")
    with refused("malformed", "ValidationException"):
        client.register_scalable_target(**SERVICE, MinCapacity=1)
    register(account)
    client.register_scalable_target(**SERVICE, MinCapacity=1)


@pytest.mark.usefixtures("service")
def test_a_policy_requires_its_target(account: Account, refused: Refuses) -> None:
    with refused("not there yet", "ObjectNotFoundException"):
        put_policy(account)


@pytest.mark.usefixtures("service")
def test_a_policy_on_requests_requires_its_load_balancer(account: Account, refused: Refuses) -> None:
    register(account)
    label = "app/balancer/0000000000000000/targetgroup/group/0000000000000000"
    with refused("not there yet", "ValidationException"):
        put_policy(account, PredefinedMetricType="ALBRequestCountPerTarget", ResourceLabel=label)


@pytest.mark.usefixtures("service")
def test_only_what_exists_is_deleted(account: Account, refused: Refuses) -> None:
    client = account.client("application-autoscaling")
    with refused("not there yet", "ObjectNotFoundException"):
        client.deregister_scalable_target(**SERVICE)
    register(account)
    with refused("not there yet", "ObjectNotFoundException"):
        client.delete_scaling_policy(PolicyName="absent", **SERVICE)
    put_policy(account)
    client.delete_scaling_policy(PolicyName="cpu", **SERVICE)
    client.deregister_scalable_target(**SERVICE)


@pytest.mark.usefixtures("service")
def test_a_target_has_at_most_50_policies(
    account: Account, refused: Refuses, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert autoscaling._POLICIES_PER_TARGET == 50
    monkeypatch.setattr(autoscaling, "_POLICIES_PER_TARGET", 1)
    register(account)
    put_policy(account)
    with refused("too many", "LimitExceededException"):
        put_policy(account, "second")
