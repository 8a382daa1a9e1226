"""The Fargate service of the payment API, behind the load balancer."""

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
from constructs_lib.database.credentials import read_statements
from constructs_lib.database.logins import Logins
from constructs_lib.edge.load_balancer import LoadBalancer
from constructs_lib.foundation.field_key import FieldKey
from constructs_lib.foundation.iam import PULL_IMAGE, Deployment, ServiceRole, Statement
from constructs_lib.foundation.logs import LogGroupDefaults
from constructs_lib.foundation.terraform import equal, interpolated
from constructs_lib.network.security_groups import security_group
from constructs_lib.network.vpc import Network
from constructs_lib.service.container import CONTAINER_NAME, container_definitions
from constructs_lib.settings.model import ServiceSettings

HEALTH_CHECK_GRACE_SECONDS = 60


class Service(Construct):
    """Tasks in private subnets, with rolling deployments that keep full capacity and roll back on failure.

    An apply waits until the service is stable. After the first apply, autoscaling determines the number of
    tasks.

    Outputs: `peer`, `cluster_arn`, `cluster_name`, `log_group_arn`, `log_group_name`, `service_name`,
    `execution_role_arn`, and `deployed`, the resource on which other resources depend that need running
    tasks; it is updated when all tasks are.
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
        logins: Logins,
        data_key_arn: str,
        field_key: FieldKey,
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
        performance_logs = logs.group(
            self,
            "container-insights",
            # https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Container-Insights-reference-performance-logs-ECS.html
            name=f"/aws/ecs/containerinsights/{deployment.name_prefix}/performance",
        )
        cluster = EcsCluster(
            self,
            "cluster",
            name=deployment.name_prefix,
            setting=[EcsClusterSetting(name="containerInsights", value="enhanced")],
            depends_on=[performance_logs],
        )
        # Both logins: tasks with the previous one start again when ECS rolls a deployment back.
        credentials = read_statements(
            [each.arn for each in logins.of_application.values()],
            kms_key_arn=data_key_arn,
            region=deployment.region,
        )
        execution_role = self._role(
            "execution",
            "Starts the payment tasks",
            [
                *execution_statements(
                    credentials,
                    log_group_arn=log_group.arn,
                    repository_arn=settings.image_repository_arn,
                ),
                *self._secret_statements(),
            ],
        )
        task_role = self._task_role(field_key)
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
                database_connection=database.connection,
                secret_arn=logins.current_secret_arn,
                secret_version_id=logins.current_version_id,
                field_key=field_key.variables,
            ),
        )
        self.deployed = self._service(
            cluster,
            task_definition,
            subnet_ids=network.private_subnet_ids,
            load_balancer=load_balancer,
            rollback_alarm_names=rollback_alarm_names,
            roles=[execution_role, task_role],
        )
        self.cluster_arn = cluster.arn
        self.cluster_name = cluster.name
        self.log_group_arn = log_group.arn
        self.log_group_name = log_group.name
        self.service_name = self.deployed.name
        self.execution_role_arn = execution_role.arn

    def wait_for(self, addresses: Sequence[str]) -> None:
        """Start and update the tasks after the resources with these addresses.

        Of these, Terraform deletes those with create_before_destroy after the tasks are updated.
        """
        self.deployed.depends_on = [*(self.deployed.depends_on or []), *addresses]

    def _secret_statements(self) -> list[Statement]:
        """Grants to read the secrets of the settings, and to decrypt them through Secrets Manager only."""
        secret_arns = self._settings.secret_arns
        if not secret_arns:
            return []
        return [
            Statement(
                sid="ReadSecretsOfSettings",
                actions=["secretsmanager:GetSecretValue"],
                resources=secret_arns,
            ),
            Statement(
                sid="DecryptSecretsOfSettings",
                actions=["kms:Decrypt"],
                # Nothing in the ARN of a secret tells its key; the conditions allow no other use of one.
                resources=[self._deployment.arn("kms", "key/*")],
                conditions={
                    "StringEquals": {
                        "kms:ViaService": f"secretsmanager.{self._deployment.region}.amazonaws.com",
                        "kms:EncryptionContext:SecretARN": secret_arns,
                    }
                },
            ),
        ]

    def _task_role(self, field_key: FieldKey) -> ServiceRole:
        """Grants the application to encrypt fields, and what the settings say."""
        return self._role(
            "task",
            "The payment application",
            [
                field_key.statement,
                *(
                    Statement(sid=each.sid, actions=each.actions, resources=each.resources)
                    for each in self._settings.permissions
                ),
            ],
        )

    def _role(self, purpose: str, description: str, statements: Sequence[Statement]) -> ServiceRole:
        return task_launch_role(
            self,
            f"{purpose}-role",
            deployment=self._deployment,
            name=self._deployment.role_name(purpose),
            description=description,
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
            # ECS Exec needs a writable root file system, and interactive access would have to be audited.
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
                # Autoscaling sets the count; an apply must not reset it.
                ignore_changes=["desired_count"],
                # The provider reports a rolled-back deployment as a success, because the service is stable.
                # https://github.com/hashicorp/terraform-provider-aws/issues/19519
                postcondition=[
                    Postcondition(
                        condition=interpolated(equal("self.task_definition", f"{task_definition.fqn}.arn")),
                        error_message=(
                            "ECS rolled the deployment back to the previous task definition."
                            " The service's events and the stopped tasks show the reason."
                        ),
                    )
                ],
            ),
            # ECS rejects a target group without a load balancer, and tasks need the policies of their roles.
            depends_on=[load_balancer.https_listener, *(role.policy_attachment for role in roles)],
        )


def execution_statements(
    credentials: Sequence[Statement], *, log_group_arn: str, repository_arn: str | None
) -> list[Statement]:
    """Grant what ECS needs to start a task: the credentials, the log streams and the image.

    `repository_arn` is the image's ECR repository, None for an image of a public registry.
    """
    write_logs = Statement(
        sid="WriteLogs",
        actions=["logs:CreateLogStream", "logs:PutLogEvents"],
        resources=[f"{log_group_arn}:log-stream:*"],
    )
    if repository_arn is None:
        return [*credentials, write_logs]
    return [
        *credentials,
        write_logs,
        # GetAuthorizationToken supports no resource-level permissions.
        Statement(sid="LogInToRegistry", actions=["ecr:GetAuthorizationToken"], resources=["*"]),
        Statement(
            sid="PullImage",
            actions=PULL_IMAGE,
            resources=[repository_arn],
        ),
    ]


def task_launch_role(
    scope: Construct,
    id_: str,
    *,
    deployment: Deployment,
    name: str,
    description: str,
    statements: Sequence[Statement],
) -> ServiceRole:
    """Create a role that the tasks of this account assume, or that ECS assumes to start them."""
    return ServiceRole(
        scope,
        id_,
        name=name,
        description=description,
        service="ecs-tasks.amazonaws.com",
        permissions_boundary_arn=deployment.permissions_boundary_arn,
        # ECS supports no narrower source ARN than all ECS resources of the account in the region.
        # https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html
        trust=deployment.called_by(deployment.arn("ecs", "*")),
        statements=statements,
    )
