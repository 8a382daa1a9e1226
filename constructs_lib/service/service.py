"""The payment API itself: a Fargate service behind the load balancer."""

from collections.abc import Sequence

from cdktf import Postcondition, TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.ecs_cluster import EcsCluster, EcsClusterSetting
from cdktf_cdktf_provider_aws.ecs_service import (
    EcsService,
    EcsServiceAlarms,
    EcsServiceDeploymentCircuitBreaker,
    EcsServiceLoadBalancer,
    EcsServiceNetworkConfiguration,
)
from cdktf_cdktf_provider_aws.ecs_task_definition import (
    EcsTaskDefinition,
    EcsTaskDefinitionRuntimePlatform,
)
from constructs import Construct

from constructs_lib.database.cluster import Database
from constructs_lib.database.credentials import Credentials
from constructs_lib.edge.load_balancer import LoadBalancer
from constructs_lib.foundation.iam import Deployment, ServiceRole, Statement
from constructs_lib.foundation.logs import LogGroupDefaults
from constructs_lib.foundation.terraform import equal, interpolated
from constructs_lib.network.security_groups import security_group
from constructs_lib.network.vpc import Network
from constructs_lib.service.container import CONTAINER_NAME, container_definitions
from constructs_lib.settings.model import ServiceSettings

HEALTH_CHECK_GRACE_SECONDS = 60


class Service(Construct):
    """Tasks in private subnets, as many as healthy at all times, rolled back when a deployment fails.

    An apply waits until the deployment is steady. How many tasks run is the autoscaling's business after the
    first apply.

    Outputs: `peer`, `cluster_name`, `service_name`, `role_arns`.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        deployment: Deployment,
        network: Network,
        load_balancer: LoadBalancer,
        database: Database,
        credentials: Credentials,
        logs: LogGroupDefaults,
        rollback_alarm_names: Sequence[str],
        settings: ServiceSettings,
    ) -> None:
        super().__init__(scope, id_)
        self._deployment = deployment
        self._settings = settings
        self.peer = security_group(
            self,
            name="service",
            name_prefix=deployment.name_prefix,
            vpc_id=network.vpc_id,
            description="Payment tasks: requests from the load balancer, on to the database and AWS",
        )
        log_group = logs.group(self, name=f"/ecs/{deployment.name_prefix}")
        cluster = EcsCluster(
            self,
            "cluster",
            name=deployment.name_prefix,
            setting=[EcsClusterSetting(name="containerInsights", value="enhanced")],
        )
        execution_role = self._execution_role(credentials, log_group.arn)
        task_role = self._task_role(credentials)
        task_definition = EcsTaskDefinition(
            self,
            "task-definition",
            family=deployment.name_prefix,
            requires_compatibilities=["FARGATE"],
            network_mode="awsvpc",
            cpu=str(settings.cpu),
            memory=str(settings.memory),
            runtime_platform=EcsTaskDefinitionRuntimePlatform(
                operating_system_family="LINUX", cpu_architecture="X86_64"
            ),
            execution_role_arn=execution_role.arn,
            task_role_arn=task_role.arn,
            container_definitions=container_definitions(
                settings=settings,
                region=deployment.region,
                log_group_name=log_group.name,
                database=database.connection,
                secret_arn=credentials.secret_arn,
                secret_version_id=credentials.secret_version_id,
            ),
        )
        service = self._service(
            cluster,
            task_definition,
            subnet_ids=network.private_subnet_ids,
            load_balancer=load_balancer,
            rollback_alarm_names=rollback_alarm_names,
            roles=[execution_role, task_role],
        )
        self.cluster_name = cluster.name
        self.service_name = service.name
        self.role_arns = [execution_role.arn, task_role.arn]

    def _execution_role(self, credentials: Credentials, log_group_arn: str) -> ServiceRole:
        """What ECS itself needs to start a task: its image, its secret and its log streams."""
        return self._role(
            "execution",
            "Starts the payment tasks",
            [
                *credentials.read_statements,
                Statement(
                    sid="WriteLogs",
                    actions=["logs:CreateLogStream", "logs:PutLogEvents"],
                    resources=[f"{log_group_arn}:log-stream:*"],
                ),
                *self._pull_image(),
            ],
        )

    def _pull_image(self) -> list[Statement]:
        repository_arn = self._settings.image_repository_arn
        if repository_arn is None:
            return []
        return [
            # A token is for the whole registry; the call knows no narrower resource.
            Statement(sid="LogInToRegistry", actions=["ecr:GetAuthorizationToken"], resources=["*"]),
            Statement(
                sid="PullImage",
                actions=[
                    "ecr:BatchCheckLayerAvailability",
                    "ecr:BatchGetImage",
                    "ecr:GetDownloadUrlForLayer",
                ],
                resources=[repository_arn],
            ),
        ]

    def _task_role(self, credentials: Credentials) -> ServiceRole:
        """What the application itself may do: read its credentials again, should they have been rotated."""
        return self._role("task", "The payment application", credentials.read_statements)

    def _role(self, purpose: str, description: str, statements: Sequence[Statement]) -> ServiceRole:
        return ServiceRole(
            self,
            f"{purpose}-role",
            name=f"{self._deployment.name_prefix}-{purpose}",
            description=description,
            service="ecs-tasks.amazonaws.com",
            # ECS gives no narrower source than the account's resources in the region.
            # https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html
            trust=self._deployment.called_by(self._deployment.arn("ecs", "*")),
            statements=statements,
        )

    def _service(
        self,
        cluster: EcsCluster,
        task_definition: EcsTaskDefinition,
        *,
        subnet_ids: Sequence[str],
        load_balancer: LoadBalancer,
        rollback_alarm_names: Sequence[str],
        roles: Sequence[ServiceRole],
    ) -> EcsService:
        return EcsService(
            self,
            "service",
            name=self._deployment.name_prefix,
            cluster=cluster.arn,
            task_definition=task_definition.arn,
            desired_count=self._settings.min_capacity,
            launch_type="FARGATE",
            platform_version="LATEST",
            deployment_minimum_healthy_percent=100,
            deployment_maximum_percent=200,
            deployment_circuit_breaker=EcsServiceDeploymentCircuitBreaker(enable=True, rollback=True),
            alarms=EcsServiceAlarms(alarm_names=list(rollback_alarm_names), enable=True, rollback=True),
            availability_zone_rebalancing="ENABLED",
            health_check_grace_period_seconds=HEALTH_CHECK_GRACE_SECONDS,
            # A shell would need a writable root file system, and an auditor would ask who was in it.
            enable_execute_command=False,
            enable_ecs_managed_tags=True,
            propagate_tags="SERVICE",
            wait_for_steady_state=True,
            network_configuration=EcsServiceNetworkConfiguration(
                subnets=list(subnet_ids),
                security_groups=[str(self.peer.security_group_id)],
                assign_public_ip=False,
            ),
            load_balancer=[
                EcsServiceLoadBalancer(
                    target_group_arn=load_balancer.target_group_arn,
                    container_name=CONTAINER_NAME,
                    container_port=self._settings.port,
                )
            ],
            lifecycle=TerraformResourceLifecycle(
                # Autoscaling owns the count; an apply must not take its tasks away.
                ignore_changes=["desired_count"],
                # The provider takes a deployment that was rolled back for a success: it is steady, after all.
                # https://github.com/hashicorp/terraform-provider-aws/issues/19519
                postcondition=[
                    Postcondition(
                        condition=interpolated(equal("self.task_definition", f"{task_definition.fqn}.arn")),
                        error_message=(
                            "ECS rolled the deployment back to the task definition before."
                            " The service's events and stopped tasks say why."
                        ),
                    )
                ],
            ),
            # ECS refuses a target group without a load balancer, and tasks need their roles' policies.
            depends_on=[load_balancer.https_listener, *(role.policy_attachment for role in roles)],
        )
