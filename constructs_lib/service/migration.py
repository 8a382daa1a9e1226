"""The migration of the database: a task that runs once per deployment, before the service is updated."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from cdktf_cdktf_provider_aws.ecs_task_definition import (
    EcsTaskDefinition,
    EcsTaskDefinitionRuntimePlatform,
)
from constructs import Construct

from constructs_lib.database.credentials import read_statements
from constructs_lib.database.logins import LoginSecret
from constructs_lib.foundation.function import Function
from constructs_lib.foundation.iam import Deployment, Statement
from constructs_lib.foundation.logs import LogGroupDefaults
from constructs_lib.foundation.terraform import address
from constructs_lib.network.vpc import Network
from constructs_lib.service.container import (
    MIGRATION_CONTAINER_NAME,
    MIGRATION_LOG_STREAM_PREFIX,
    migration_container_definitions,
)
from constructs_lib.service.service import Service, execution_statements, task_launch_role
from constructs_lib.settings.model import ServiceSettings

_FOLDER = Path(__file__).with_name("functions") / "migration"
# Lambda's maximum.
TIMEOUT_SECONDS = 900


class Migration(Construct):
    """Runs the migration command as the owner of the database, and lets an apply fail if it fails.

    The task has the service's image, hardening, network paths and log group, but no role of its own: it can
    call no AWS API. Its execution role reads exactly the owner's secret. A function outside the VPC starts
    the task and waits for its end; nobody but Terraform invokes it. Each new revision of the task definition
    runs once, and one that failed runs again in the next apply.

    Outputs: `execution_role_arn` and `addresses`, after which the migration has run.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        deployment: Deployment,
        network: Network,
        service: Service,
        owner: LoginSecret,
        data_key_arn: str,
        database_connection: Mapping[str, str],
        logs: LogGroupDefaults,
        command: Sequence[str],
        settings: ServiceSettings,
    ) -> None:
        super().__init__(scope, id_)
        family = f"{deployment.name_prefix}-migration"
        execution_role = task_launch_role(
            self,
            "execution-role",
            deployment=deployment,
            name=deployment.role_name("migration-execution", with_region="migration-exec"),
            description="Starts the migration of the payment database",
            statements=execution_statements(
                read_statements([owner.arn], kms_key_arn=data_key_arn, region=deployment.region),
                log_group_arn=service.log_group_arn,
                repository_arn=settings.image_repository_arn,
            ),
        )
        definition = EcsTaskDefinition(
            self,
            "task-definition",
            family=family,
            requires_compatibilities=["FARGATE"],
            network_mode="awsvpc",
            cpu=str(settings.cpu),
            memory=str(settings.memory),
            runtime_platform=EcsTaskDefinitionRuntimePlatform(
                operating_system_family="LINUX", cpu_architecture="X86_64"
            ),
            execution_role_arn=execution_role.arn,
            container_definitions=migration_container_definitions(
                command=command,
                settings=settings,
                region=deployment.region,
                log_group_name=service.log_group_name,
                database_connection=database_connection,
                secret_arn=owner.arn,
                secret_version_id=owner.version_id,
            ),
        )
        function = Function(
            self,
            "function",
            deployment=deployment,
            purpose="migration",
            description="Runs the migration of the payment database",
            folder=_FOLDER,
            statements=_statements(
                deployment, family=family, service=service, execution_role_arn=execution_role.arn
            ),
            logs=logs,
            timeout_seconds=TIMEOUT_SECONDS,
        )
        self._invocation = function.invoke(
            self,
            "invocation",
            event={
                "task_definition": definition.arn,
                "cluster": service.cluster_arn,
                "subnets": [*network.private_subnet_ids],
                "security_group": service.peer.security_group_id,
                "container": MIGRATION_CONTAINER_NAME,
                "log_group": service.log_group_name,
                "log_prefix": MIGRATION_LOG_STREAM_PREFIX,
            },
            after=[execution_role.policy_attachment],
        )
        self.execution_role_arn = execution_role.arn
        self.addresses: Sequence[str] = [address(self._invocation)]

    def wait_for(self, addresses: Sequence[str]) -> None:
        """Run the migration after the resources with these addresses."""
        self._invocation.depends_on = [*(self._invocation.depends_on or []), *addresses]


def _statements(
    deployment: Deployment, *, family: str, service: Service, execution_role_arn: str
) -> list[Statement]:
    """Grant to run exactly this task in exactly this cluster, to see its end, and to read its log."""
    in_the_cluster = {"ArnEquals": {"ecs:cluster": service.cluster_arn}}
    return [
        Statement(
            sid="RunMigration",
            actions=["ecs:RunTask"],
            resources=[deployment.arn("ecs", f"task-definition/{family}:*")],
            conditions=in_the_cluster,
        ),
        Statement(
            sid="SeeItsEnd",
            actions=["ecs:DescribeTasks"],
            resources=[deployment.arn("ecs", f"task/{service.cluster_name}/*")],
            conditions=in_the_cluster,
        ),
        # Without a container instance, ListTasks supports no resource but a condition on the cluster.
        # https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerservice.html
        Statement(
            sid="FindMigrations", actions=["ecs:ListTasks"], resources=["*"], conditions=in_the_cluster
        ),
        Statement(
            sid="PassItsRole",
            actions=["iam:PassRole"],
            resources=[execution_role_arn],
            conditions={"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}},
        ),
        Statement(
            sid="ReadItsLog",
            actions=["logs:GetLogEvents"],
            resources=[f"{service.log_group_arn}:log-stream:{MIGRATION_LOG_STREAM_PREFIX}/*"],
        ),
    ]
