"""The payment API itself: a Fargate service behind the load balancer."""

from collections.abc import Sequence

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.ecs_cluster import EcsCluster, EcsClusterSetting
from cdktf_cdktf_provider_aws.ecs_service import (
    EcsService,
    EcsServiceDeploymentCircuitBreaker,
    EcsServiceLoadBalancer,
    EcsServiceNetworkConfiguration,
)
from cdktf_cdktf_provider_aws.ecs_task_definition import (
    EcsTaskDefinition,
    EcsTaskDefinitionRuntimePlatform,
)
from constructs import Construct

from constructs_lib.container import CONTAINER_NAME, container_definitions
from constructs_lib.credentials import Credentials
from constructs_lib.database import Database
from constructs_lib.iam import Account, ServiceRole, Statement
from constructs_lib.load_balancer import LoadBalancer
from constructs_lib.logs import log_group
from constructs_lib.security_groups import security_group
from constructs_lib.settings import ServiceSettings

HEALTH_CHECK_GRACE_SECONDS = 60


class Service(Construct):
    """Tasks in private subnets, as many as healthy at all times, rolled back when a deployment fails.

    An apply waits until the deployment is steady. How many tasks run is the autoscaling's business after the
    first apply.

    Outputs: `peer`, `cluster_name`, `service_name`, `log_group_name`, `ecs_service`.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name_prefix: str,
        account: Account,
        vpc_id: str,
        subnet_ids: Sequence[str],
        load_balancer: LoadBalancer,
        database: Database,
        credentials: Credentials,
        logs_key_arn: str,
        log_retention_days: int,
        settings: ServiceSettings,
    ) -> None:
        super().__init__(scope, id_)
        self._name_prefix = name_prefix
        self._account = account
        self._settings = settings
        self.peer = security_group(
            self,
            name="service",
            name_prefix=name_prefix,
            vpc_id=vpc_id,
            description="Payment tasks: requests from the load balancer, on to the database and AWS",
        )
        logs = log_group(
            self,
            "log-group",
            name=f"/ecs/{name_prefix}",
            retention_days=log_retention_days,
            kms_key_arn=logs_key_arn,
        )
        cluster = EcsCluster(
            self,
            "cluster",
            name=name_prefix,
            setting=[EcsClusterSetting(name="containerInsights", value="enhanced")],
        )
        execution_role = self._execution_role(credentials, logs.arn)
        task_role = self._task_role(credentials)
        task_definition = EcsTaskDefinition(
            self,
            "task-definition",
            family=name_prefix,
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
                region=account.region,
                log_group_name=logs.name,
                database=database.connection,
                secret_arn=credentials.secret_arn,
                secret_version_id=credentials.secret_version_id,
            ),
        )
        self.ecs_service = self._service(
            cluster, task_definition, subnet_ids, load_balancer, [execution_role, task_role]
        )
        self.cluster_name = cluster.name
        self.service_name = self.ecs_service.name
        self.log_group_name = logs.name

    def _execution_role(self, credentials: Credentials, log_group_arn: str) -> ServiceRole:
        """What ECS itself needs to start a task: its secret and its log streams."""
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
            ],
        )

    def _task_role(self, credentials: Credentials) -> ServiceRole:
        """What the application itself may do: read its credentials again, should they have been rotated."""
        return self._role("task", "The payment application", credentials.read_statements)

    def _role(self, purpose: str, description: str, statements: Sequence[Statement]) -> ServiceRole:
        return ServiceRole(
            self,
            f"{purpose}-role",
            name=f"{self._name_prefix}-{purpose}",
            description=description,
            service="ecs-tasks.amazonaws.com",
            # ECS gives no narrower source than the account's resources in the region.
            # https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html
            trust=self._account.called_by(self._account.arn("ecs", "*")),
            statements=statements,
        )

    def _service(
        self,
        cluster: EcsCluster,
        task_definition: EcsTaskDefinition,
        subnet_ids: Sequence[str],
        load_balancer: LoadBalancer,
        roles: Sequence[ServiceRole],
    ) -> EcsService:
        return EcsService(
            self,
            "service",
            name=self._name_prefix,
            cluster=cluster.arn,
            task_definition=task_definition.arn,
            desired_count=self._settings.min_capacity,
            launch_type="FARGATE",
            platform_version="1.4.0",
            deployment_minimum_healthy_percent=100,
            deployment_maximum_percent=200,
            deployment_circuit_breaker=EcsServiceDeploymentCircuitBreaker(enable=True, rollback=True),
            availability_zone_rebalancing="ENABLED",
            health_check_grace_period_seconds=HEALTH_CHECK_GRACE_SECONDS,
            enable_execute_command=self._settings.execute_command,
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
            # Autoscaling owns the count; an apply must not take its tasks away.
            lifecycle=TerraformResourceLifecycle(ignore_changes=["desired_count"]),
            # ECS refuses a target group without a load balancer, and tasks need their roles' policies.
            depends_on=[load_balancer.https_listener, *(role.policy_attachment for role in roles)],
        )
