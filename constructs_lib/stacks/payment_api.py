"""The stack of the payment API: its components, and the traffic matrix between them."""

from dataclasses import replace

from cdktf import TerraformOutput, TerraformStack
from cdktf_cdktf_provider_aws.data_aws_caller_identity import DataAwsCallerIdentity
from cdktf_cdktf_provider_aws.provider import AwsProvider, AwsProviderDefaultTags
from cdktf_cdktf_provider_random.provider import RandomProvider
from constructs import Construct

from constructs_lib.database import engine
from constructs_lib.database.backup import Backup
from constructs_lib.database.cluster import Database
from constructs_lib.database.credentials import PASSWORD_SET_OUTPUT, Credentials
from constructs_lib.database.logins import Logins
from constructs_lib.database.roles import DatabaseRoles
from constructs_lib.database.secret_access import Readers, SecretAccess
from constructs_lib.edge.domain import Domain
from constructs_lib.edge.load_balancer import HTTP_PORT, HTTPS_PORT, TARGET_PROTOCOL_OUTPUT, LoadBalancer
from constructs_lib.edge.log_bucket import LogBucket
from constructs_lib.edge.web_firewall import WebFirewall
from constructs_lib.foundation.encryption import Encryption
from constructs_lib.foundation.iam import Deployment
from constructs_lib.foundation.logs import LogGroupDefaults
from constructs_lib.foundation.terraform import (
    fixed_settings_unchanged,
    in_default_workspace,
    last_outputs,
    output_after,
    planned_only_if,
    remote_state,
    require_terraform,
    secrets_in_this_account,
)
from constructs_lib.monitoring.alarms import Alarms
from constructs_lib.monitoring.dashboard import Dashboard
from constructs_lib.monitoring.edge_alarms import EdgeAlarms
from constructs_lib.monitoring.metrics import (
    BackupMetrics,
    DatabaseMetrics,
    EdgeMetrics,
    FirewallMetrics,
    Metrics,
    ServiceMetrics,
)
from constructs_lib.monitoring.notifications import Notifications
from constructs_lib.network.database_acl import DatabaseAcl
from constructs_lib.network.endpoints import Endpoints
from constructs_lib.network.flow_logs import FlowLogs
from constructs_lib.network.security_groups import INTERNET, RULES_OUTPUT, Peer, Traffic
from constructs_lib.network.vpc import Network
from constructs_lib.service.autoscaling import Autoscaling
from constructs_lib.service.default_image import SERVICE_IMAGE_OUTPUT, kept_unless_set
from constructs_lib.service.migration import Migration
from constructs_lib.service.service import Service
from constructs_lib.settings.model import Settings
from constructs_lib.settings.names import BOUNDARY, default_tags


class PaymentApiStack(TerraformStack):
    """The payment API: network, web firewall, load balancer, service, database, alarms and remote state."""

    def __init__(self, scope: Construct, id_: str, *, settings: Settings) -> None:
        super().__init__(scope, id_)
        self._settings = settings
        self._deployment = self._terraform()
        self._network = Network(
            self, "network", deployment=self._deployment, zones=settings.zones, settings=settings.network
        )
        protected = settings.database.deletion_protection
        self._encryption = Encryption(self, "encryption", deployment=self._deployment, protected=protected)
        self._logs = LogGroupDefaults(
            kms_key_arn=self._encryption.logs_key_arn, retention_days=settings.monitoring.log_retention_days
        )
        FlowLogs(self, "flow-logs", deployment=self._deployment, network=self._network, logs=self._logs)
        endpoints = self._endpoints()
        self._notifications = Notifications(
            self,
            "notifications",
            deployment=self._deployment,
            kms_key_arn=self._encryption.notifications_key_arn,
            email=settings.monitoring.alarm_email,
        )
        credentials, logins, database = self._data()
        roles = self._database_roles(credentials, logins, database)
        load_balancer, web_firewall = self._edge()
        edge_metrics = EdgeMetrics(load_balancer)
        edge_alarms = self._edge_alarms(edge_metrics)
        service = self._service(logins, database, load_balancer, edge_alarms)
        migration = self._migration(logins, database, service)
        secret_policies = self._secret_access(credentials, logins, roles, service, migration)
        dashboard = self._monitoring(edge_metrics, edge_alarms, service, database, web_firewall)
        paths = self._traffic(load_balancer, service, roles, database, endpoints)
        self._in_order(paths, secret_policies, roles, migration, service)
        self._outputs(
            load_balancer=load_balancer,
            web_firewall=web_firewall,
            service=service,
            credentials=credentials,
            database=database,
            dashboard=dashboard,
        )

    def _traffic(
        self,
        load_balancer: LoadBalancer,
        service: Service,
        roles: DatabaseRoles,
        database: Database,
        endpoints: Endpoints,
    ) -> list[str]:
        """Allow the connections of the traffic matrix; all others are denied. Return what opens them."""
        settings = self._settings
        traffic = Traffic(self, last_rule_ids=f"{self._last_outputs}.{RULES_OUTPUT}")
        balancer, tasks = load_balancer.peer, service.peer
        traffic.allow(INTERNET, balancer, port=HTTPS_PORT, description="Clients")
        traffic.allow(INTERNET, balancer, port=HTTP_PORT, description="Clients, redirected to HTTPS")
        traffic.allow(balancer, tasks, port=settings.service.port, description="Requests and health checks")
        traffic.allow(tasks, database.peer, port=engine.PORT, description="Queries")
        traffic.allow(roles.peer, database.peer, port=engine.PORT, description="Roles and their passwords")
        DatabaseAcl(
            self, "database-acl", deployment=self._deployment, network=self._network, port=engine.PORT
        )
        traffic.allow(tasks, endpoints.peer, port=HTTPS_PORT, description="AWS APIs")
        traffic.allow(roles.peer, endpoints.peer, port=HTTPS_PORT, description="Secrets Manager")
        traffic.allow(tasks, endpoints.s3_peer, port=HTTPS_PORT, description="Image layers from ECR")
        for name, (cidr, port) in settings.network.destinations.items():
            traffic.allow(tasks, Peer(name=name, cidr=cidr), port=port, description=f"Destination {name}")
        if settings.service.image_repository_arn is None:
            traffic.allow(tasks, INTERNET, port=HTTPS_PORT, description="Image from a public registry")
        traffic.warn_about_other_rules(after=service.deployed)
        return [*traffic.addresses, *endpoints.addresses]

    def _in_order(
        self,
        paths: list[str],
        secret_policies: list[str],
        roles: DatabaseRoles,
        migration: Migration | None,
        service: Service,
    ) -> None:
        """Make the roles when the network is open and their secrets can be read, then migrate the database,
        then update the tasks."""
        roles.wait_for([*secret_policies, *paths])
        before_tasks = [*paths, *roles.addresses]
        if migration is not None:
            migration.wait_for(before_tasks)
            before_tasks += migration.addresses
        service.wait_for(before_tasks)

    def _terraform(self) -> Deployment:
        """Configure the providers and the remote state; return where the stack is deployed."""
        settings = self._settings
        require_terraform(self)
        AwsProvider(
            self,
            "aws",
            region=settings.region,
            default_tags=[AwsProviderDefaultTags(tags=default_tags(settings.suffix))],
        )
        RandomProvider(self, "random")
        remote_state(self, region=settings.region, suffix=settings.suffix, settings=settings.state)
        self._last_outputs = last_outputs(self, settings)
        caller = DataAwsCallerIdentity(
            self,
            "caller",
            lifecycle=planned_only_if(
                in_default_workspace(),
                *fixed_settings_unchanged(self, settings, self._last_outputs),
                *kept_unless_set(settings.service, f"{self._last_outputs}.{SERVICE_IMAGE_OUTPUT}"),
                result=secrets_in_this_account(settings.service),
            ),
        )
        deployment = Deployment(
            account_id=caller.account_id, region=settings.region, name_prefix=settings.name_prefix
        )
        if settings.access.permissions_boundary:
            return replace(deployment, permissions_boundary_arn=deployment.policy_arn(BOUNDARY))
        return deployment

    def _endpoints(self) -> Endpoints:
        """Create the endpoints of the AWS services that the tasks call."""
        return Endpoints(
            self,
            "endpoints",
            deployment=self._deployment,
            network=self._network,
            image_repository_arn=self._settings.service.image_repository_arn,
            secret_arns=self._settings.service.secret_arns,
            field_key=self._encryption.field_key,
            permissions=self._settings.service.permissions,
        )

    def _data(self) -> tuple[Credentials, Logins, Database]:
        """Create the database, and the credentials of its master and of its other roles."""
        settings = self._settings.database
        credentials = Credentials(
            self,
            "credentials",
            deployment=self._deployment,
            kms_key_arn=self._encryption.data_key_arn,
            last_confirmation=f"{self._last_outputs}.{PASSWORD_SET_OUTPUT}",
            settings=settings,
        )
        database = Database(
            self,
            "database",
            deployment=self._deployment,
            network=self._network,
            zones=self._settings.zones,
            kms_key_arn=self._encryption.data_key_arn,
            logs=self._logs,
            events_topic_arn=self._notifications.topic_arn,
            credentials=credentials,
            settings=settings,
        )
        logins = Logins(
            self,
            "logins",
            deployment=self._deployment,
            kms_key_arn=self._encryption.data_key_arn,
            last_outputs=self._last_outputs,
            settings=settings,
        )
        return credentials, logins, database

    def _database_roles(self, credentials: Credentials, logins: Logins, database: Database) -> DatabaseRoles:
        """Create the function that makes the roles of the database, and its invocation."""
        return DatabaseRoles(
            self,
            "database-roles",
            deployment=self._deployment,
            network=self._network,
            database=database,
            credentials=credentials,
            logins=logins,
            kms_key_arn=self._encryption.data_key_arn,
            logs=self._logs,
            database_name=self._settings.database.database_name,
        )

    def _migration(self, logins: Logins, database: Database, service: Service) -> Migration | None:
        """Create the task that migrates the database, and what runs it, if the settings name a command."""
        settings = self._settings.service
        if settings.migration_command is None:
            return None
        return Migration(
            self,
            "migration",
            deployment=self._deployment,
            network=self._network,
            service=service,
            owner=logins.owner,
            data_key_arn=self._encryption.data_key_arn,
            database_connection=database.connection,
            logs=self._logs,
            command=settings.migration_command,
            settings=settings,
        )

    def _secret_access(
        self,
        credentials: Credentials,
        logins: Logins,
        roles: DatabaseRoles,
        service: Service,
        migration: Migration | None,
    ) -> list[str]:
        """Restrict who can read which database credentials: no task reads the master's. Return what does."""
        of_migration = [] if migration is None else [migration.execution_role_arn]
        access = SecretAccess(
            self,
            "secret-access",
            account=self._deployment,
            secrets={
                "policy": Readers(secret_arn=credentials.secret_arn, reader_arns=[roles.role_arn]),
                "owner-policy": Readers(
                    secret_arn=logins.owner.arn, reader_arns=[roles.role_arn, *of_migration]
                ),
                **{
                    f"app-{key}-policy": Readers(
                        secret_arn=login.arn, reader_arns=[roles.role_arn, service.execution_role_arn]
                    )
                    for key, login in logins.of_application.items()
                },
            },
            deployer_arns=self._settings.database.secret_reader_arns,
        )
        logins.confirm_used(service.deployed)
        return access.addresses

    def _backup(self, database: Database) -> Backup:
        """Create the backup vault and, if the settings say so, the daily snapshot into it."""
        settings = self._settings.database
        return Backup(
            self,
            "backup",
            deployment=self._deployment,
            kms_key_arn=self._encryption.data_key_arn,
            database_arn=database.cluster_arn,
            retention_days=settings.backup_retention_days,
            enabled=settings.vault_backups,
            protected=settings.deletion_protection,
        )

    def _edge(self) -> tuple[LoadBalancer, WebFirewall]:
        """Create the domain, the load balancer with its log bucket, and the web firewall."""
        settings = self._settings
        log_bucket = LogBucket(
            self,
            "log-bucket",
            deployment=self._deployment,
            retention_days=self._logs.retention_days,
            protected=settings.load_balancer.deletion_protection,
        )
        load_balancer = LoadBalancer(
            self,
            "load-balancer",
            deployment=self._deployment,
            network=self._network,
            domain=Domain(self, "domain", settings=settings.domain),
            log_bucket=log_bucket,
            settings=settings.load_balancer,
            service=settings.service,
            last_protocol=f"{self._last_outputs}.{TARGET_PROTOCOL_OUTPUT}",
        )
        web_firewall = WebFirewall(
            self,
            "web-firewall",
            deployment=self._deployment,
            load_balancer=load_balancer,
            logs=self._logs,
            settings=settings.firewall,
        )
        return load_balancer, web_firewall

    def _edge_alarms(self, metrics: EdgeMetrics) -> EdgeAlarms:
        """Create the alarms of the load balancer, on one of which the service rolls back a deployment."""
        return EdgeAlarms(
            self,
            "edge-alarms",
            deployment=self._deployment,
            topic_arn=self._notifications.topic_arn,
            metrics=metrics,
            settings=self._settings.monitoring,
        )

    def _service(
        self,
        logins: Logins,
        database: Database,
        load_balancer: LoadBalancer,
        edge_alarms: EdgeAlarms,
    ) -> Service:
        """Create the service and its scaling."""
        settings = self._settings
        service = Service(
            self,
            "service",
            deployment=self._deployment,
            network=self._network,
            load_balancer=load_balancer,
            database=database,
            logins=logins,
            data_key_arn=self._encryption.data_key_arn,
            field_key=self._encryption.field_key,
            logs=self._logs,
            rollback_alarm_names=[edge_alarms.error_rate_name],
            settings=settings.service,
        )
        Autoscaling(
            self, "autoscaling", service=service, load_balancer=load_balancer, settings=settings.service
        )
        return service

    def _monitoring(
        self,
        edge_metrics: EdgeMetrics,
        edge_alarms: EdgeAlarms,
        service: Service,
        database: Database,
        web_firewall: WebFirewall,
    ) -> Dashboard:
        """Create the database's backup, the other alarms and the dashboard."""
        backup = self._backup(database)
        metrics = Metrics(
            edge=edge_metrics,
            service=ServiceMetrics(service),
            database=DatabaseMetrics(database),
            backup=BackupMetrics(backup) if backup.enabled else None,
            firewall=FirewallMetrics(web_firewall, self._settings.region),
        )
        alarms = Alarms(
            self,
            "alarms",
            deployment=self._deployment,
            topic_arn=self._notifications.topic_arn,
            edge=edge_alarms,
            service=service,
            metrics=metrics,
            settings=self._settings.monitoring,
        )
        return Dashboard(
            self,
            "dashboard",
            deployment=self._deployment,
            suffix=self._settings.suffix,
            metrics=metrics,
            alarm_arns=alarms.arns,
            thresholds=alarms.thresholds,
        )

    def _outputs(
        self,
        *,
        load_balancer: LoadBalancer,
        web_firewall: WebFirewall,
        service: Service,
        credentials: Credentials,
        database: Database,
        dashboard: Dashboard,
    ) -> None:
        for name, value, description in (
            ("api_url", f"https://{self._settings.domain.name}", "URL of the API"),
            ("load_balancer_name", load_balancer.name, "Load balancer in front of the tasks"),
            ("vpc_id", self._network.vpc_id, "VPC of all resources"),
            ("cluster_name", service.cluster_name, "ECS cluster"),
            ("service_name", service.service_name, "ECS service in the cluster"),
            ("database_writer_endpoint", database.writer_endpoint, "Host name for reading and writing"),
            ("database_reader_endpoint", database.reader_endpoint, "Host name for reading"),
            ("database_secret_arn", credentials.secret_arn, "Secret with the master credentials"),
            ("web_acl_arn", web_firewall.arn, "Web ACL in front of the load balancer"),
            ("alarm_topic_arn", self._notifications.topic_arn, "Topic that alarms publish to"),
            ("dashboard_url", dashboard.url, "CloudWatch dashboard"),
        ):
            TerraformOutput(self, name, value=value, description=description)
        output_after(
            self,
            TARGET_PROTOCOL_OUTPUT,
            value=load_balancer.target_protocol,
            description="Protocol between the load balancer and the tasks",
            after=service.deployed,
        )
        output_after(
            self,
            SERVICE_IMAGE_OUTPUT,
            value=self._settings.service.image,
            description="Container image of the tasks",
            after=service.deployed,
        )
