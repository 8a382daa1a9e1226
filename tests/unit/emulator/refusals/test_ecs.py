"""ECS refuses what AWS refuses about clusters, services and task definitions on Fargate."""

from pathlib import Path
from typing import Any

import pytest

from tests.emulator import containers
from tests.emulator.account import Account
from tests.unit.emulator.refusals.conftest import Refuses
from tests.unit.emulator.refusals.resources import role, security_group, vpc

EXECUTION_ROLE = "arn:aws:iam::123456789012:role/execution"
API: dict[str, Any] = {"name": "api", "image": "image", "portMappings": [{"containerPort": 8080}]}
LOGS = {
    "logDriver": "awslogs",
    "options": {"awslogs-group": "g", "awslogs-region": "us-east-1", "awslogs-stream-prefix": "p"},
}


def define(account: Account, *containers: dict[str, Any], **changed: Any) -> str:  # noqa: ANN401 - parameters
    answer = account.client("ecs").register_task_definition(
        **{
            "family": "family",
            "networkMode": "awsvpc",
            "requiresCompatibilities": ["FARGATE"],
            "cpu": "256",
            "memory": "512",
            "executionRoleArn": EXECUTION_ROLE,
            "containerDefinitions": [*containers] or [API],
        }
        | changed
    )
    arn: str = answer["taskDefinition"]["taskDefinitionArn"]
    return arn


class Services:
    """The calls of the tests, with valid defaults."""

    def __init__(self, account: Account) -> None:
        self.account, self.ecs, self.elbv2 = account, account.client("ecs"), account.client("elbv2")
        self.vpc, self.subnets = vpc(account)
        self.group = security_group(account, self.vpc)
        balancer = self.elbv2.create_load_balancer(Name="balancer", Subnets=self.subnets)
        self.targets = self.target_group("targets")
        self.elbv2.create_listener(
            LoadBalancerArn=balancer["LoadBalancers"][0]["LoadBalancerArn"],
            Protocol="HTTP",
            Port=80,
            DefaultActions=[{"Type": "forward", "TargetGroupArn": self.targets}],
        )
        role(account, "execution", "ecs-tasks")
        self.ecs.create_cluster(clusterName="cluster")
        self.definition = define(account)

    def target_group(self, name: str, type_: str = "ip") -> str:
        answer = self.elbv2.create_target_group(
            Name=name, Protocol="HTTP", Port=80, VpcId=self.vpc, TargetType=type_
        )
        arn: str = answer["TargetGroups"][0]["TargetGroupArn"]
        return arn

    def network(self, **changed: Any) -> dict[str, Any]:  # noqa: ANN401 - parameters
        configuration = {"subnets": self.subnets, "securityGroups": [self.group]}
        return {"awsvpcConfiguration": configuration | changed}

    def balancer(self, **changed: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - parameters
        return [{"targetGroupArn": self.targets, "containerName": "api", "containerPort": 8080} | changed]

    def create(self, **changed: Any) -> None:  # noqa: ANN401 - parameters of CreateService
        self.ecs.create_service(
            **{
                "cluster": "cluster",
                "serviceName": "service",
                "taskDefinition": self.definition,
                "desiredCount": 1,
                "launchType": "FARGATE",
                "networkConfiguration": self.network(),
                "loadBalancers": self.balancer(),
            }
            | changed
        )

    def update(self, **changed: Any) -> None:  # noqa: ANN401 - parameters of UpdateService
        self.ecs.update_service(cluster="cluster", service="service", **changed)


@pytest.fixture
def services(account: Account) -> Services:
    return Services(account)


def test_a_cluster_with_services_cannot_be_deleted(services: Services, refused: Refuses) -> None:
    services.create()
    with refused("in use", "ClusterContainsServicesException"):
        services.ecs.delete_cluster(cluster="cluster")
    services.ecs.delete_service(cluster="cluster", service="service", force=True)
    services.ecs.delete_cluster(cluster="cluster")


def run_task(services: Services, **changed: Any) -> None:  # noqa: ANN401 - parameters of RunTask
    services.ecs.run_task(
        **{
            "cluster": "cluster",
            "taskDefinition": services.definition,
            "launchType": "FARGATE",
            "networkConfiguration": services.network(),
        }
        | changed
    )


def test_a_cluster_with_tasks_cannot_be_deleted(
    services: Services, refused: Refuses, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(containers.images, API["image"], tmp_path)
    run_task(services, taskDefinition=define(services.account, API | {"command": ["sleep", "600"]}))
    with refused("in use", "ClusterContainsTasksException"):
        services.ecs.delete_cluster(cluster="cluster")


def test_a_task_requires_its_cluster(services: Services, refused: Refuses) -> None:
    with refused("not there yet", "ClusterNotFoundException"):
        run_task(services, cluster="absent")


def test_a_task_requires_an_active_task_definition(services: Services, refused: Refuses) -> None:
    services.ecs.deregister_task_definition(taskDefinition=services.definition)
    with refused("not there yet", "ClientException"):
        run_task(services)


def test_a_task_requires_a_network_configuration(services: Services, refused: Refuses) -> None:
    with refused("malformed", "InvalidParameterException"):
        services.ecs.run_task(cluster="cluster", taskDefinition=services.definition, launchType="FARGATE")


@pytest.mark.parametrize(
    "network", [{"subnets": ["subnet-0123456789abcdef0"]}, {"securityGroups": ["sg-0123456789abcdef0"]}]
)
def test_a_task_requires_its_subnets_and_security_groups(
    services: Services, refused: Refuses, network: dict[str, Any]
) -> None:
    with refused("not there yet", "InvalidParameterException"):
        run_task(services, networkConfiguration=services.network(**network))


def test_an_override_names_a_container_of_the_task(services: Services, refused: Refuses) -> None:
    with refused("not there yet", "InvalidParameterException"):
        run_task(services, overrides={"containerOverrides": [{"name": "absent", "command": ["true"]}]})


def test_a_task_without_a_launch_type_requires_an_instance(services: Services, refused: Refuses) -> None:
    with refused("not there yet", "InvalidParameterException"):
        services.ecs.run_task(
            cluster="cluster", taskDefinition=services.definition, networkConfiguration=services.network()
        )


def test_one_call_starts_at_most_ten_tasks(services: Services, refused: Refuses) -> None:
    with refused("too many", "InvalidParameterException"):
        run_task(services, count=11)


def test_a_service_that_wants_tasks_is_deleted_only_by_force(services: Services, refused: Refuses) -> None:
    services.create()
    with refused("in use", "InvalidParameterException"):
        services.ecs.delete_service(cluster="cluster", service="service")


def test_a_deleted_service_cannot_be_updated(services: Services, refused: Refuses) -> None:
    services.create()
    services.ecs.delete_service(cluster="cluster", service="service", force=True)
    with refused("in use", "ServiceNotActiveException"):
        services.update(desiredCount=1)
    services.create()


def test_the_name_of_a_service_is_unique(services: Services, refused: Refuses) -> None:
    services.create()
    with refused("taken", "InvalidParameterException"):
        services.create()


def test_a_service_requires_an_active_cluster(services: Services, refused: Refuses) -> None:
    with refused("not there yet", "ClusterNotFoundException"):
        services.create(cluster="absent")
    services.ecs.delete_cluster(cluster="cluster")
    with refused("not there yet", "ClusterNotFoundException"):
        services.create()


def test_an_updated_service_exists(services: Services, refused: Refuses) -> None:
    with refused("not there yet", "ServiceNotFoundException"):
        services.update(desiredCount=1)


def test_a_service_requires_an_active_task_definition(services: Services, refused: Refuses) -> None:
    with refused("not there yet", "ClientException"):
        services.create(taskDefinition="absent")
    services.ecs.deregister_task_definition(taskDefinition=services.definition)
    with refused("not there yet", "ClientException"):
        services.create()


def test_a_target_group_requires_a_listener(services: Services, refused: Refuses) -> None:
    unused = services.target_group("unused")
    for arn in (unused, unused.replace("/unused/", "/absent/")):
        with refused("not there yet", "InvalidParameterException"):
            services.create(loadBalancers=services.balancer(targetGroupArn=arn))
    services.create()
    with refused("not there yet", "InvalidParameterException"):
        services.update(loadBalancers=services.balancer(targetGroupArn=unused))


def test_the_targets_of_tasks_are_addresses(services: Services, refused: Refuses) -> None:
    instances = services.target_group("instances", "instance")
    listener = services.elbv2.describe_listeners(
        LoadBalancerArn=services.elbv2.describe_load_balancers()["LoadBalancers"][0]["LoadBalancerArn"]
    )["Listeners"][0]["ListenerArn"]
    services.elbv2.create_rule(
        ListenerArn=listener,
        Priority=1,
        Conditions=[{"Field": "path-pattern", "Values": ["/i"]}],
        Actions=[{"Type": "forward", "TargetGroupArn": instances}],
    )
    with refused("not there yet", "InvalidParameterException"):
        services.create(loadBalancers=services.balancer(targetGroupArn=instances))


@pytest.mark.parametrize("changed", [{"containerName": "absent"}, {"containerPort": 80}])
def test_the_task_definition_has_the_container_of_the_load_balancer(
    services: Services, refused: Refuses, changed: dict[str, Any]
) -> None:
    with refused("not there yet", "InvalidParameterException"):
        services.create(loadBalancers=services.balancer(**changed))


def test_an_updated_task_definition_has_the_container_of_the_service(
    services: Services, refused: Refuses
) -> None:
    services.create()
    with refused("not there yet", "InvalidParameterException"):
        services.update(taskDefinition=define(services.account, API | {"name": "other"}))


@pytest.mark.parametrize("name", ["executionRoleArn", "taskRoleArn"])
def test_the_roles_of_a_task_can_be_assumed(services: Services, refused: Refuses, name: str) -> None:
    other = role(services.account, "other", "ec2")
    for arn in (f"{EXECUTION_ROLE}-absent", other):
        with refused("not there yet", "ClientException"):
            services.create(taskDefinition=define(services.account, **{name: arn}))


def test_a_service_has_default_quotas(services: Services, refused: Refuses) -> None:
    with refused("too many", "InvalidParameterException"):
        services.create(desiredCount=5001)
    with refused("too many", "InvalidParameterException"):
        services.create(networkConfiguration=services.network(securityGroups=[services.group] * 6))
    with refused("too many", "InvalidParameterException"):
        services.create(networkConfiguration=services.network(subnets=services.subnets * 9))
    with refused("too many", "InvalidParameterException"):
        services.create(loadBalancers=services.balancer() * 6)


def test_a_task_definition_has_at_most_ten_containers_and_64_kib(account: Account, refused: Refuses) -> None:
    with refused("too many", "ClientException"):
        define(account, *[{"name": f"c{number}", "image": "image"} for number in range(11)])
    with refused("too many", "ClientException"):
        define(account, API | {"environment": [{"name": "A", "value": "x" * 65_536}]})


@pytest.mark.parametrize(
    "changed",
    [
        {"cpu": "256", "memory": "4096"},
        {"cpu": "300"},
        {"memory": "0.5GB"},
        {"cpu": ""},
        {"networkMode": "bridge"},
        {"executionRoleArn": "execution"},
        {"taskRoleArn": "arn:aws:iam::123456789012:user/api"},
    ],
)
def test_a_fargate_task_is_valid(account: Account, refused: Refuses, changed: dict[str, str]) -> None:
    with refused("malformed", "ClientException"):
        define(account, **changed)


@pytest.mark.parametrize(
    "changed",
    [
        {"logConfiguration": LOGS},
        {"secrets": [{"name": "A", "valueFrom": "arn:aws:secretsmanager:us-east-1:123456789012:secret:a"}]},
        {"image": "123456789012.dkr.ecr.us-east-1.amazonaws.com/api:1"},
    ],
)
def test_logs_secrets_and_ecr_require_an_execution_role(
    account: Account, refused: Refuses, changed: dict[str, Any]
) -> None:
    with refused("malformed", "ClientException"):
        define(account, API | changed, executionRoleArn="")
    define(account, API | changed)


SECRET = {"name": "A", "valueFrom": "arn:aws:secretsmanager:us-east-1:123456789012:secret:a"}
CHECK = {"command": ["CMD-SHELL", "true"]}
TMPFS: dict[str, Any] = {"containerPath": "/tmp", "size": 64}  # noqa: S108 - in a container


@pytest.mark.parametrize(
    "changed",
    [
        {"portMappings": [{"containerPort": 8080, "hostPort": 80}]},
        {"portMappings": [{"containerPort": 8080}, {"containerPort": 8080}]},
        {"name": "a name"},
        {"essential": False},
        {"cpu": 512},
        {"secrets": [SECRET, SECRET]},
        {"secrets": [SECRET], "environment": [{"name": "A", "value": "a"}]},
        {"environment": [{"name": "", "value": "a"}]},
        {"environmentFiles": [{"type": "s3", "value": "arn:aws:s3:::bucket/variables.txt"}]},
        {"healthCheck": {"command": ["curl"]}},
        {"healthCheck": CHECK | {"interval": 4}},
        {"healthCheck": CHECK | {"timeout": 61}},
        {"healthCheck": CHECK | {"retries": 11}},
        {"healthCheck": CHECK | {"startPeriod": 301}},
        {"logConfiguration": {"logDriver": "json-file"}},
        {"logConfiguration": LOGS | {"options": {"awslogs-group": "g", "awslogs-region": "r"}}},
        {"logConfiguration": LOGS | {"options": {**LOGS["options"], "mode": "async"}}},  # type: ignore[dict-item]
        {"logConfiguration": LOGS | {"options": {**LOGS["options"], "max-buffer-size": "big"}}},  # type: ignore[dict-item]
        {"linuxParameters": {"sharedMemorySize": 64}},
        {"linuxParameters": {"maxSwap": 0}},
        {"linuxParameters": {"devices": [{"hostPath": "/dev/fuse"}]}},
        {"linuxParameters": {"capabilities": {"add": ["NET_ADMIN"]}}},
        {"linuxParameters": {"tmpfs": [{"containerPath": "tmp", "size": 64}]}},
        {"linuxParameters": {"tmpfs": [{"containerPath": "/tmp", "size": 0}]}},  # noqa: S108 - in a container
        {"linuxParameters": {"tmpfs": [TMPFS | {"mountOptions": ["mode=1777"]}]}},
        {"privileged": True},
        {"hostname": "api"},
        {"stopTimeout": 121},
    ],
)
def test_a_container_on_fargate_is_valid(account: Account, refused: Refuses, changed: dict[str, Any]) -> None:
    with refused("malformed", "ClientException"):
        define(account, API | changed)


def test_a_valid_tmpfs(account: Account) -> None:
    mount = TMPFS | {"mountOptions": ["noexec", "nosuid", "nodev"]}
    define(account, API | {"linuxParameters": {"tmpfs": [mount]}})


def test_the_names_of_containers_are_unique(account: Account, refused: Refuses) -> None:
    with refused("malformed", "ClientException"):
        define(account, API, {"name": "api", "image": "image"})


@pytest.mark.parametrize(
    "changed",
    [
        {"deploymentConfiguration": {"maximumPercent": 100, "minimumHealthyPercent": 100}},
        {"deploymentConfiguration": {"maximumPercent": 100, "minimumHealthyPercent": 101}},
    ],
)
def test_a_deployment_can_replace_a_task(
    services: Services, refused: Refuses, changed: dict[str, Any]
) -> None:
    with refused("malformed", "InvalidParameterException"):
        services.create(**changed)
    services.create()
    with refused("malformed", "InvalidParameterException"):
        services.update(**changed)


def test_a_grace_period_is_for_services_behind_a_load_balancer(services: Services, refused: Refuses) -> None:
    with refused("malformed", "InvalidParameterException"):
        services.create(healthCheckGracePeriodSeconds=60, loadBalancers=[])


def test_tasks_are_in_one_vpc(services: Services, refused: Refuses) -> None:
    other, subnets = vpc(services.account, cidr="10.1.0.0/16")
    for network in (
        services.network(subnets=[*services.subnets, *subnets]),
        services.network(securityGroups=[security_group(services.account, other)]),
    ):
        with refused("malformed", "InvalidParameterException"):
            services.create(networkConfiguration=network)


def test_tasks_with_awsvpc_require_subnets(services: Services, refused: Refuses) -> None:
    with refused("malformed", "InvalidParameterException"):
        services.create(networkConfiguration={})


def test_only_fargate_tasks_have_public_addresses(services: Services, refused: Refuses) -> None:
    with refused("malformed", "InvalidParameterException"):
        services.create(launchType="EC2", networkConfiguration=services.network(assignPublicIp="ENABLED"))


def test_fargate_requires_a_task_definition_for_it(services: Services, refused: Refuses) -> None:
    definition = define(services.account, requiresCompatibilities=["EC2"])
    with refused("malformed", "InvalidParameterException"):
        services.create(taskDefinition=definition)


def test_ecs_returns_the_normal_form_of_a_task_definition(account: Account) -> None:
    container = API | {
        "environment": [{"name": "EMPTY", "value": ""}, {"name": "A", "value": "a"}],
        "healthCheck": CHECK,
    }
    definition = account.client("ecs").describe_task_definition(taskDefinition=define(account, container))
    (found,) = definition["taskDefinition"]["containerDefinitions"]
    assert found["environment"] == [{"name": "A", "value": "a"}]
    assert found["portMappings"] == [{"containerPort": 8080, "hostPort": 8080, "protocol": "tcp"}]
    assert found["healthCheck"] == CHECK | {"interval": 30, "timeout": 5, "retries": 3}
    assert [found[name] for name in ("mountPoints", "volumesFrom", "systemControls")] == [[], [], []]
    assert (found["cpu"], found["essential"]) == (0, True)


def test_ecs_returns_the_defaults_of_a_deployment(services: Services) -> None:
    services.create(deploymentConfiguration={"deploymentCircuitBreaker": {"enable": True, "rollback": True}})
    (service,) = services.ecs.describe_services(cluster="cluster", services=["service"])["services"]
    configuration = service["deploymentConfiguration"]
    assert (configuration["minimumHealthyPercent"], configuration["maximumPercent"]) == (100, 200)
