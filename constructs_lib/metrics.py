"""The CloudWatch metrics that alarms and dashboard read, each named once."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from constructs_lib.database import Database
from constructs_lib.load_balancer import LoadBalancer
from constructs_lib.service import Service
from constructs_lib.web_firewall import WebFirewall


@dataclass(frozen=True, kw_only=True)
class Metric:
    """One metric of one resource; `statistic` in CloudWatch's spelling (Average, Sum, p99, …)."""

    namespace: str
    name: str
    statistic: str
    dimensions: Mapping[str, str]

    def stat(self, statistic: str) -> "Metric":
        """The same metric under another statistic."""
        return replace(self, statistic=statistic)


class Metrics:
    """Every metric of the stack that is worth an alarm or a graph."""

    def __init__(
        self,
        *,
        region: str,
        load_balancer: LoadBalancer,
        service: Service,
        database: Database,
        web_firewall: WebFirewall,
    ) -> None:
        self._load_balancer = {"LoadBalancer": load_balancer.arn_suffix}
        self._target_group = {**self._load_balancer, "TargetGroup": load_balancer.target_group_arn_suffix}
        self._service = {"ClusterName": service.cluster_name, "ServiceName": service.service_name}
        self._database = {"DBClusterIdentifier": database.cluster_identifier}

        self.requests = self._edge("RequestCount", "Sum")
        self.target_errors = self._edge("HTTPCode_Target_5XX_Count", "Sum")
        self.load_balancer_errors = self._edge("HTTPCode_ELB_5XX_Count", "Sum")
        self.latency = self._targets("TargetResponseTime", "Average")
        self.unhealthy_hosts = self._targets("UnHealthyHostCount", "Maximum")
        self.healthy_hosts = self._targets("HealthyHostCount", "Minimum")

        self.service_cpu = self._ecs("AWS/ECS", "CPUUtilization", "Average")
        self.service_memory = self._ecs("AWS/ECS", "MemoryUtilization", "Average")
        self.running_tasks = self._ecs("ECS/ContainerInsights", "RunningTaskCount", "Minimum")
        self.desired_tasks = self._ecs("ECS/ContainerInsights", "DesiredTaskCount", "Minimum")

        self.database_cpu = self._rds("CPUUtilization", "Average")
        self.database_connections = self._rds("DatabaseConnections", "Average")
        self.database_free_memory = self._rds("FreeableMemory", "Minimum")
        self.replica_lag = self._rds("AuroraReplicaLagMaximum", "Maximum")

        firewall = {"WebACL": web_firewall.name, "Region": region, "Rule": "ALL"}
        self.blocked_requests = Metric(
            namespace="AWS/WAFV2", name="BlockedRequests", statistic="Sum", dimensions=firewall
        )
        self.allowed_requests = Metric(
            namespace="AWS/WAFV2", name="AllowedRequests", statistic="Sum", dimensions=firewall
        )

    def _edge(self, name: str, statistic: str) -> Metric:
        return Metric(
            namespace="AWS/ApplicationELB", name=name, statistic=statistic, dimensions=self._load_balancer
        )

    def _targets(self, name: str, statistic: str) -> Metric:
        return Metric(
            namespace="AWS/ApplicationELB", name=name, statistic=statistic, dimensions=self._target_group
        )

    def _ecs(self, namespace: str, name: str, statistic: str) -> Metric:
        return Metric(namespace=namespace, name=name, statistic=statistic, dimensions=self._service)

    def _rds(self, name: str, statistic: str) -> Metric:
        return Metric(namespace="AWS/RDS", name=name, statistic=statistic, dimensions=self._database)
