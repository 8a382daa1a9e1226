"""The Aurora PostgreSQL cluster: a writer and a reader in different Availability Zones."""

from collections.abc import Sequence

from cdktf_cdktf_provider_aws.cloudwatch_log_group import CloudwatchLogGroup
from cdktf_cdktf_provider_aws.db_subnet_group import DbSubnetGroup
from cdktf_cdktf_provider_aws.rds_cluster import RdsCluster
from cdktf_cdktf_provider_aws.rds_cluster_instance import RdsClusterInstance
from cdktf_cdktf_provider_random.id import Id
from constructs import Construct

from constructs_lib.database import engine
from constructs_lib.database.credentials import Credentials
from constructs_lib.database.monitoring import event_subscriptions, monitoring_role
from constructs_lib.database.parameters import cluster_parameters
from constructs_lib.foundation.iam import Deployment, ServiceRole
from constructs_lib.foundation.logs import LogGroupDefaults
from constructs_lib.foundation.terraform import call, check, equal, interpolated, literal, protection
from constructs_lib.network.security_groups import security_group
from constructs_lib.network.vpc import Network
from constructs_lib.settings.model import DatabaseSettings

OS_METRICS_INTERVAL_SECONDS = 60

# The retention that RDS requires for each mode of Database Insights; 7 days are free of charge.
# https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/USER_DatabaseInsights.TurningOnAdvanced.html
INSIGHTS_RETENTION_DAYS = {"standard": 7, "advanced": 465}


class Database(Construct):
    """An encrypted cluster that only its security group makes reachable, with a generated master password.

    Outputs: `peer`, `writer` (the instance, after which the database accepts connections),
    `writer_endpoint`, `reader_endpoint`, `cluster_identifier`, `cluster_arn`, `connection` (the environment
    variables with which an application connects).
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        deployment: Deployment,
        network: Network,
        zones: Sequence[str],
        kms_key_arn: str,
        logs: LogGroupDefaults,
        events_topic_arn: str,
        credentials: Credentials,
        settings: DatabaseSettings,
    ) -> None:
        super().__init__(scope, id_)
        self._deployment = deployment
        self._credentials = credentials
        self._kms_key_arn = kms_key_arn
        self._settings = settings
        self.peer = security_group(
            self,
            name="database",
            name_prefix=deployment.name_prefix,
            vpc_id=network.vpc_id,
            description="Payment database: answers the tasks, opens nothing",
        )
        subnet_group = DbSubnetGroup(
            self,
            "subnet-group",
            name=deployment.name_prefix,
            description="Isolated subnets of the payment database",
            subnet_ids=network.database_subnet_ids,
        )
        # RDS would create the log group itself, without the customer key and without a retention period.
        log_group = logs.group(self, name=f"/aws/rds/cluster/{deployment.name_prefix}/postgresql")
        cluster = self._cluster(subnet_group.name, log_group)
        credentials.confirm_password_set(cluster)
        self._warn_about_other_roles(cluster)
        role = monitoring_role(self, deployment)
        # The zones are set on the instances. AWS adds zones to a list on the cluster, and the next plan would
        # replace the cluster.
        writer = self._instance("writer", cluster, role, zone=zones[0], promotion_tier=0)
        # Aurora makes the first instance of a new cluster the writer.
        reader = self._instance("reader", cluster, role, zone=zones[1], promotion_tier=1, after=writer)
        event_subscriptions(
            self,
            name_prefix=deployment.name_prefix,
            topic_arn=events_topic_arn,
            cluster_identifier=cluster.id,
            instance_identifiers=[writer.identifier, reader.identifier],
        )

        self.writer = writer
        self.cluster_identifier = cluster.cluster_identifier
        self.cluster_arn = cluster.arn
        self.writer_endpoint = cluster.endpoint
        self.reader_endpoint = cluster.reader_endpoint
        self.connection = {
            "DB_HOST": self.writer_endpoint,
            "DB_NAME": settings.database_name,
            "DB_PORT": str(engine.PORT),
            # Also verifies the server's certificate and its name; the image contains the CA bundle of RDS.
            "DB_SSLMODE": "verify-full",
        }

    def _cluster(self, subnet_group_name: str, log_group: CloudwatchLogGroup) -> RdsCluster:
        settings = self._settings
        parameters = cluster_parameters(
            self, name_prefix=self._deployment.name_prefix, family=settings.parameter_group_family
        )
        return RdsCluster(
            self,
            "cluster",
            cluster_identifier=self._deployment.name_prefix,
            engine=engine.ENGINE,
            engine_version=settings.engine_version,
            # Without it, RDS refuses another major version. The setting itself is the decision to upgrade.
            allow_major_version_upgrade=True,
            port=engine.PORT,
            database_name=settings.database_name,
            master_username=settings.master_username,
            master_password_wo=self._credentials.password,
            master_password_wo_version=self._credentials.password_wo_version,
            db_subnet_group_name=subnet_group_name,
            db_cluster_parameter_group_name=parameters.name,
            vpc_security_group_ids=[str(self.peer.security_group_id)],
            storage_encrypted=True,
            kms_key_id=self._kms_key_arn,
            iam_database_authentication_enabled=True,
            enabled_cloudwatch_logs_exports=["postgresql"],
            database_insights_mode=settings.insights_mode,
            performance_insights_enabled=True,
            performance_insights_kms_key_id=self._kms_key_arn,
            performance_insights_retention_period=INSIGHTS_RETENTION_DAYS[settings.insights_mode],
            backup_retention_period=settings.backup_retention_days,
            preferred_backup_window=settings.backup_window,
            preferred_maintenance_window=settings.maintenance_window,
            copy_tags_to_snapshot=True,
            deletion_protection=settings.deletion_protection,
            skip_final_snapshot=not settings.final_snapshot,
            final_snapshot_identifier=self._final_snapshot_name() if settings.final_snapshot else None,
            # A rotated password must not wait for the maintenance window: new tasks use it immediately.
            apply_immediately=True,
            lifecycle=protection(settings.deletion_protection),
            depends_on=[log_group],
        )

    def _warn_about_other_roles(self, cluster: RdsCluster) -> None:
        """Make every plan warn about IAM roles that were added to the cluster outside Terraform.

        With such a role, anyone who can run SQL can export tables to S3 or call other AWS services. Terraform
        cannot remove the role: `iam_roles` does not contain the feature that the role was added for.
        """
        roles = f"{cluster.fqn}.iam_roles"
        role_list = interpolated(call("join", literal(", "), roles))
        check(
            self,
            "database-roles",
            condition=equal(call("length", roles), literal(0)),
            error_message=(
                f"Roles that were added to the database outside Terraform: {role_list}."
                " Terraform cannot remove them: see Drift in docs/operations.md."
            ),
        )

    def _final_snapshot_name(self) -> str:
        """A name with a random suffix: the snapshot of an earlier cluster would block the deletion."""
        prefix = self._deployment.name_prefix
        suffix = Id(self, "final-snapshot-suffix", byte_length=4)
        return f"{prefix}-final-{suffix.hex}"

    def _instance(
        self,
        name: str,
        cluster: RdsCluster,
        role: ServiceRole,
        *,
        zone: str,
        promotion_tier: int,
        after: RdsClusterInstance | None = None,
    ) -> RdsClusterInstance:
        """An instance of the cluster, which is changed after another one if one is given.

        It has no `engine_version`: RDS gives a new instance the version of the cluster, and upgrades both
        together. With a major version alone, an instance that is added later would otherwise ask for AWS's
        default minor version, which is not necessarily the cluster's.
        https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html
        """
        settings = self._settings
        return RdsClusterInstance(
            self,
            name,
            identifier=f"{self._deployment.name_prefix}-{name}",
            cluster_identifier=cluster.id,
            engine=engine.ENGINE,
            instance_class=settings.instance_class,
            availability_zone=zone,
            promotion_tier=promotion_tier,
            publicly_accessible=False,
            auto_minor_version_upgrade=settings.upgrades_minor_versions,
            preferred_maintenance_window=settings.maintenance_window,
            # Otherwise another instance class waits for the maintenance window, and every plan lists it until
            # then. docs/operations.md has the steps that keep the interruption short.
            apply_immediately=True,
            copy_tags_to_snapshot=True,
            # The same as on the cluster, for tools that look only at the instances.
            performance_insights_enabled=True,
            performance_insights_kms_key_id=self._kms_key_arn,
            performance_insights_retention_period=INSIGHTS_RETENTION_DAYS[settings.insights_mode],
            # Only on the instances: if the cluster set it too, every plan would show a difference.
            monitoring_interval=OS_METRICS_INTERVAL_SECONDS,
            monitoring_role_arn=role.arn,
            depends_on=[role.policy_attachment, *([after] if after else [])],
        )
