"""The CloudWatch metrics that the alarms and the dashboard use."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from constructs_lib.database.backup import Backup
from constructs_lib.database.cluster import Database
from constructs_lib.edge.load_balancer import LoadBalancer
from constructs_lib.edge.web_firewall import WebFirewall
from constructs_lib.service.service import Service


@dataclass(frozen=True, kw_only=True)
class Metric:
    """One metric of one resource; `statistic` is spelled as CloudWatch does (Average, Sum, p99, …)."""

    namespace: str
    name: str
    statistic: str
    dimensions: Mapping[str, str]

    def stat(self, statistic: str) -> "Metric":
        """Return the same metric with another statistic."""
        return replace(self, statistic=statistic)


@dataclass(frozen=True, kw_only=True)
class Expression:
    """A metric math expression, in which `metrics` are known by their keys."""

    label: str
    expression: str
    metrics: Mapping[str, Metric]


# With fewer requests than this in five minutes, a single error would exceed the default error rate.
ERROR_RATE_MINIMUM_REQUESTS = 20


class EdgeMetrics:
    """Metrics of the load balancer and its target group."""

    def __init__(self, load_balancer: LoadBalancer) -> None:
        self._load_balancer = {"LoadBalancer": load_balancer.arn_suffix}
        self._targets = {**self._load_balancer, "TargetGroup": load_balancer.target_group_arn_suffix}
        self.requests = self._metric("RequestCount", "Sum", self._load_balancer)
        self.target_errors = self._metric("HTTPCode_Target_5XX_Count", "Sum", self._load_balancer)
        self.load_balancer_errors = self._metric("HTTPCode_ELB_5XX_Count", "Sum", self._load_balancer)
        self.refused_requests = self._metric("HTTPCode_ELB_503_Count", "Sum", self._load_balancer)
        self.latency = self._metric("TargetResponseTime", "Average", self._targets)
        self.healthy_hosts = self._metric("HealthyHostCount", "Minimum", self._targets)
        self.unhealthy_hosts = self._metric("UnHealthyHostCount", "Maximum", self._targets)
        # RequestCount excludes requests that the load balancer rejects with 503 because it has no target, so
        # they are added: the rate is 100% while every target is down. FILL fills gaps between data points.
        # SUM ignores a metric that has no data points at all, such as an error count without errors.
        errors = "SUM([FILL(target_errors, 0), FILL(load_balancer_errors, 0)])"
        total = "SUM([FILL(requests, 0), FILL(refused_requests, 0)])"
        self.error_rate = Expression(
            label="Error rate (%)",
            expression=f"IF({total} >= {ERROR_RATE_MINIMUM_REQUESTS}, 100 * {errors} / {total}, 0)",
            metrics={
                "requests": self.requests,
                "target_errors": self.target_errors,
                "load_balancer_errors": self.load_balancer_errors,
                "refused_requests": self.refused_requests,
            },
        )

    def _metric(self, name: str, statistic: str, dimensions: Mapping[str, str]) -> Metric:
        return Metric(namespace="AWS/ApplicationELB", name=name, statistic=statistic, dimensions=dimensions)


class ServiceMetrics:
    """Metrics of the ECS service; the task counts are from Container Insights."""

    def __init__(self, service: Service) -> None:
        self._dimensions = {"ClusterName": service.cluster_name, "ServiceName": service.service_name}
        self.cpu = self._metric("AWS/ECS", "CPUUtilization", "Average")
        self.memory = self._metric("AWS/ECS", "MemoryUtilization", "Average")
        self.running_tasks = self._metric("ECS/ContainerInsights", "RunningTaskCount", "Minimum")
        self.desired_tasks = self._metric("ECS/ContainerInsights", "DesiredTaskCount", "Minimum")
        self.missing_tasks = Expression(
            label="Missing tasks",
            expression="desired - running",
            metrics={"desired": self.desired_tasks, "running": self.running_tasks},
        )

    def _metric(self, namespace: str, name: str, statistic: str) -> Metric:
        return Metric(namespace=namespace, name=name, statistic=statistic, dimensions=self._dimensions)


class DatabaseMetrics:
    """Metrics of the Aurora cluster: of its writer, of its reader, or aggregated over both."""

    def __init__(self, database: Database) -> None:
        self._cluster = {"DBClusterIdentifier": database.cluster_identifier}
        # Not of the cluster: beside an idle reader, the average with a busy writer is half of the writer's.
        self.writer_cpu = self._metric("CPUUtilization", "Average", {**self._cluster, "Role": "WRITER"})
        self.reader_cpu = self._metric("CPUUtilization", "Average", {**self._cluster, "Role": "READER"})
        self.connections = self._metric("DatabaseConnections", "Maximum", self._cluster)
        self.free_memory = self._metric("FreeableMemory", "Minimum", self._cluster)
        # In milliseconds; only readers publish it.
        self.replica_lag = self._metric("AuroraReplicaLag", "Maximum", {**self._cluster, "Role": "READER"})

    def _metric(self, name: str, statistic: str, dimensions: Mapping[str, str]) -> Metric:
        return Metric(namespace="AWS/RDS", name=name, statistic=statistic, dimensions=dimensions)


class BackupMetrics:
    """Finished jobs of AWS Backup that write to the vault.

    https://docs.aws.amazon.com/aws-backup/latest/devguide/cloudwatch.html
    """

    def __init__(self, backup: Backup) -> None:
        self._vault = {"BackupVaultName": backup.vault_name}
        self.completed = self._metric("NumberOfBackupJobsCompleted")
        self.failed = self._metric("NumberOfBackupJobsFailed")
        # A job that someone stopped, and one that did not start within its window.
        self.aborted = self._metric("NumberOfBackupJobsAborted")
        self.expired = self._metric("NumberOfBackupJobsExpired")

    def _metric(self, name: str) -> Metric:
        return Metric(namespace="AWS/Backup", name=name, statistic="Sum", dimensions=self._vault)


class FirewallMetrics:
    """Requests that the web ACL allows and blocks, over all of its rules."""

    def __init__(self, web_firewall: WebFirewall, region: str) -> None:
        self._dimensions = {"WebACL": web_firewall.name, "Region": region, "Rule": "ALL"}
        self.allowed_requests = self._metric("AllowedRequests")
        self.blocked_requests = self._metric("BlockedRequests")

    def _metric(self, name: str) -> Metric:
        return Metric(namespace="AWS/WAFV2", name=name, statistic="Sum", dimensions=self._dimensions)


@dataclass(frozen=True, kw_only=True)
class Metrics:
    """The metrics of every part of the stack; without vault backups there are no metrics of them."""

    edge: EdgeMetrics
    service: ServiceMetrics
    database: DatabaseMetrics
    backup: BackupMetrics | None
    firewall: FirewallMetrics
