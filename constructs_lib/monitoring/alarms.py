"""Alarms on what is behind the edge, and the one that says that the API is down."""

from cdktf_cdktf_provider_aws.cloudwatch_composite_alarm import CloudwatchCompositeAlarm
from constructs import Construct

from constructs_lib.foundation.iam import Deployment
from constructs_lib.monitoring.alarm import AlarmFactory
from constructs_lib.monitoring.edge_alarms import EdgeAlarms
from constructs_lib.monitoring.metrics import DatabaseMetrics, FirewallMetrics, Metrics, ServiceMetrics
from constructs_lib.settings.model import MonitoringSettings

MIB = 1024 * 1024


class Alarms(Construct):
    """Tasks missing, a database at its limits, an attack on the firewall, and "API down" over the edge's.

    Outputs: `arns`, those of the edge among them, the composite first.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        deployment: Deployment,
        topic_arn: str,
        edge: EdgeAlarms,
        metrics: Metrics,
        settings: MonitoringSettings,
    ) -> None:
        super().__init__(scope, id_)
        self._settings = settings
        self._alarm = AlarmFactory(scope=self, name_prefix=deployment.name_prefix, topic_arn=topic_arn)
        api_down = CloudwatchCompositeAlarm(
            self,
            "api-down",
            alarm_name=f"{deployment.name_prefix}-api-down",
            alarm_description="Clients cannot pay. The alarms that this one is made of say why.",
            alarm_rule=f'ALARM("{edge.error_rate_name}") OR ALARM("{edge.no_healthy_targets_name}")',
            alarm_actions=[topic_arn],
            ok_actions=[topic_arn],
        )
        self.arns = [
            api_down.arn,
            *edge.arns,
            *self._service(metrics.service),
            *self._database(metrics.database),
            self._firewall(metrics.firewall),
        ]

    def _service(self, metrics: ServiceMetrics) -> list[str]:
        missing = self._alarm.on_expression(
            "missing-tasks",
            "Missing tasks",
            "desired - running",
            {"desired": metrics.desired_tasks, "running": metrics.running_tasks},
            comparison="GreaterThanOrEqualToThreshold",
            threshold=1,
            period_seconds=60,
            periods=10,
            description=(
                "Fewer tasks than wanted have been running for ten minutes. The service's events name the"
                " cause: an image that cannot be pulled, a secret that cannot be read, no capacity in a zone."
            ),
        )
        return [missing.arn]

    def _database(self, metrics: DatabaseMetrics) -> list[str]:
        settings = self._settings
        cpu = self._alarm.on_metric(
            "database-cpu",
            metrics.cpu,
            comparison="GreaterThanOrEqualToThreshold",
            threshold=settings.database_cpu_percent,
            period_seconds=300,
            periods=2,
            description=(
                "The database's CPU has been at its limit for ten minutes. Database Insights shows the"
                " statements that cause the load; if they are what they should be, raise the instance class."
            ),
        )
        connections = self._alarm.on_metric(
            "database-connections",
            metrics.connections.stat("Maximum"),
            comparison="GreaterThanOrEqualToThreshold",
            threshold=settings.database_connections,
            period_seconds=60,
            periods=5,
            description=(
                "The database is running out of connections. Look for tasks that do not give theirs back,"
                " then lower the pool size of a task or raise the instance class."
            ),
        )
        memory = self._alarm.on_metric(
            "database-memory",
            metrics.free_memory,
            comparison="LessThanOrEqualToThreshold",
            threshold=settings.database_free_memory_mib * MIB,
            period_seconds=300,
            periods=2,
            description=(
                "The database is running out of memory and may restart. Look for many connections or a large"
                " sort in Database Insights; raise the instance class."
            ),
        )
        lag = self._alarm.on_metric(
            "replica-lag",
            metrics.replica_lag,
            comparison="GreaterThanOrEqualToThreshold",
            threshold=settings.replica_lag_milliseconds,
            period_seconds=60,
            periods=5,
            description=(
                "The reader is behind the writer: what it answers is old, and a failover takes longer. Look"
                " at the reader's CPU and at long transactions."
            ),
        )
        return [cpu.arn, connections.arn, memory.arn, lag.arn]

    def _firewall(self, metrics: FirewallMetrics) -> str:
        return self._alarm.on_metric(
            "blocked-requests",
            metrics.blocked_requests,
            comparison="GreaterThanOrEqualToThreshold",
            threshold=self._settings.blocked_requests,
            period_seconds=300,
            periods=1,
            description=(
                "The web firewall blocks unusually many requests: an attack, or a rule that hits customers."
                " The log group aws-waf-logs-… names the rule and the addresses."
            ),
        ).arn
