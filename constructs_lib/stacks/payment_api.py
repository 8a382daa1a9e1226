"""The payment API as one stack: what it is made of, and who may talk to whom."""

from cdktf import TerraformOutput, TerraformStack
from cdktf_cdktf_provider_aws.data_aws_caller_identity import DataAwsCallerIdentity
from cdktf_cdktf_provider_aws.provider import AwsProvider, AwsProviderDefaultTags
from cdktf_cdktf_provider_random.provider import RandomProvider
from constructs import Construct

from constructs_lib.database.backup import Backup
from constructs_lib.database.cluster import Database
from constructs_lib.database.credentials import DATABASE_PORT, GIVEN, Credentials
from constructs_lib.database.secret_access import SecretAccess
from constructs_lib.edge.domain import Domain
from constructs_lib.edge.load_balancer import HTTP_PORT, HTTPS_PORT, LoadBalancer
from constructs_lib.edge.log_bucket import LogBucket
from constructs_lib.edge.web_firewall import WebFirewall
from constructs_lib.foundation.encryption import Encryption
from constructs_lib.foundation.iam import Deployment
from constructs_lib.foundation.logs import LogGroupDefaults
from constructs_lib.foundation.terraform import default_tags, last_output, remote_state, require_terraform
from constructs_lib.monitoring.alarms import Alarms
from constructs_lib.monitoring.dashboard import Dashboard
from constructs_lib.monitoring.edge_alarms import EdgeAlarms
from constructs_lib.monitoring.metrics import (
    DatabaseMetrics,
    EdgeMetrics,
    FirewallMetrics,
    Metrics,
    ServiceMetrics,
)
from constructs_lib.monitoring.notifications import Notifications
from constructs_lib.network.endpoints import Endpoints
from constructs_lib.network.flow_logs import FlowLogs
from constructs_lib.network.security_groups import INTERNET, Peer, Traffic
from constructs_lib.network.vpc import Network
from constructs_lib.service.autoscaling import Autoscaling
from constructs_lib.service.service import Service
from constructs_lib.settings.model import Settings


class PaymentApiStack(TerraformStack):
    """A payment processing API behind a web firewall, with its database, its alarms and its remote state."""

    def __init__(self, scope: Construct, id_: str, *, settings: Settings) -> None:
        super().__init__(scope, id_)
        require_terraform(self)
        AwsProvider(
            self,
            "aws",
            region=settings.region,
            default_tags=[AwsProviderDefaultTags(tags=default_tags(settings.suffix))],
        )
        RandomProvider(self, "random")
        remote_state(self, settings)
        here = Deployment(
            account_id=DataAwsCallerIdentity(self, "caller").account_id,
            region=settings.region,
            name_prefix=settings.name_prefix,
        )
        keeps_data = settings.database.deletion_protection

        network = Network(self, "network", deployment=here, zones=settings.zones, settings=settings.network)
        encryption = Encryption(self, "encryption", deployment=here, destroyable=not keeps_data)
        logs = LogGroupDefaults(
            kms_key_arn=encryption.logs_key_arn, retention_days=settings.monitoring.log_retention_days
        )
        FlowLogs(self, "flow-logs", deployment=here, network=network, logs=logs)
        endpoints = Endpoints(self, "endpoints", deployment=here, network=network)
        notifications = Notifications(
            self,
            "notifications",
            deployment=here,
            kms_key_arn=encryption.notifications_key_arn,
            email=settings.monitoring.alarm_email,
        )
        credentials = Credentials(
            self,
            "credentials",
            deployment=here,
            kms_key_arn=encryption.data_key_arn,
            last_given=last_output(self, settings, GIVEN),
            settings=settings.database,
        )
        database = Database(
            self,
            "database",
            deployment=here,
            network=network,
            zones=settings.zones,
            kms_key_arn=encryption.data_key_arn,
            logs=logs,
            events_topic_arn=notifications.topic_arn,
            credentials=credentials,
            settings=settings.database,
        )
        if settings.database.vault_backups:
            Backup(
                self,
                "backup",
                deployment=here,
                kms_key_arn=encryption.data_key_arn,
                database_arn=database.cluster_arn,
                retention_days=settings.database.backup_retention_days,
                destroyable=not keeps_data,
            )
        log_bucket = LogBucket(
            self,
            "log-bucket",
            deployment=here,
            retention_days=logs.retention_days,
            destroyable=not settings.load_balancer.deletion_protection,
        )
        load_balancer = LoadBalancer(
            self,
            "load-balancer",
            deployment=here,
            network=network,
            domain=Domain(self, "domain", settings=settings.domain),
            log_bucket=log_bucket,
            settings=settings.load_balancer,
            service=settings.service,
        )
        edge_metrics = EdgeMetrics(load_balancer)
        edge_alarms = EdgeAlarms(
            self,
            "edge-alarms",
            deployment=here,
            topic_arn=notifications.topic_arn,
            metrics=edge_metrics,
            settings=settings.monitoring,
        )
        service = Service(
            self,
            "service",
            deployment=here,
            network=network,
            load_balancer=load_balancer,
            database=database,
            credentials=credentials,
            logs=logs,
            rollback_alarm_names=[edge_alarms.error_rate_name],
            settings=settings.service,
        )
        SecretAccess(
            self,
            "secret-access",
            secret_arn=credentials.secret_arn,
            reader_arns=service.role_arns,
            deployer_arns=settings.database.secret_reader_arns,
        )
        Autoscaling(
            self, "autoscaling", service=service, load_balancer=load_balancer, settings=settings.service
        )
        web_firewall = WebFirewall(
            self,
            "web-firewall",
            deployment=here,
            load_balancer=load_balancer,
            logs=logs,
            settings=settings.firewall,
        )
        metrics = Metrics(
            edge=edge_metrics,
            service=ServiceMetrics(service),
            database=DatabaseMetrics(database),
            firewall=FirewallMetrics(web_firewall, settings.region),
        )
        alarms = Alarms(
            self,
            "alarms",
            deployment=here,
            topic_arn=notifications.topic_arn,
            edge=edge_alarms,
            metrics=metrics,
            settings=settings.monitoring,
        )
        dashboard = Dashboard(
            self,
            "dashboard",
            suffix=settings.suffix,
            region=settings.region,
            metrics=metrics,
            alarm_arns=alarms.arns,
        )

        # The whole traffic matrix: what is not here is closed.
        traffic = Traffic(self)
        tasks, requests = service.peer, settings.service.port
        traffic.allow(INTERNET, load_balancer.peer, port=HTTPS_PORT, description="Clients")
        traffic.allow(
            INTERNET, load_balancer.peer, port=HTTP_PORT, description="Clients, redirected to HTTPS"
        )
        traffic.allow(load_balancer.peer, tasks, port=requests, description="Requests and health checks")
        traffic.allow(tasks, database.peer, port=DATABASE_PORT, description="Queries")
        traffic.allow(tasks, endpoints.peer, port=HTTPS_PORT, description="AWS APIs")
        traffic.allow(tasks, endpoints.s3_peer, port=HTTPS_PORT, description="Image layers from ECR")
        for name, (cidr, port) in settings.network.destinations.items():
            traffic.allow(tasks, Peer(name=name, cidr=cidr), port=port, description=f"Destination {name}")
        if settings.service.image_repository_arn is None:
            traffic.allow(tasks, INTERNET, port=HTTPS_PORT, description="Image from a public registry")
        traffic.watch()

        for name, value, description in (
            ("api_url", f"https://{settings.domain.name}", "Where the API answers"),
            ("load_balancer_name", load_balancer.name, "Load balancer in front of the tasks"),
            ("vpc_id", network.vpc_id, "VPC of everything"),
            ("cluster_name", service.cluster_name, "ECS cluster"),
            ("service_name", service.service_name, "ECS service in the cluster"),
            ("database_writer_endpoint", database.writer_endpoint, "Host name for reading and writing"),
            ("database_reader_endpoint", database.reader_endpoint, "Host name for reading"),
            ("database_secret_arn", credentials.secret_arn, "Secret with the master credentials"),
            ("web_acl_arn", web_firewall.arn, "Web ACL in front of the load balancer"),
            ("alarm_topic_arn", notifications.topic_arn, "Topic that alarms publish to"),
            ("dashboard_url", dashboard.url, "CloudWatch dashboard"),
        ):
            TerraformOutput(self, name, value=value, description=description)
