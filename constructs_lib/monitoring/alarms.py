"""Alarms on the service, the database, its backups and the web firewall, and the composite alarm api-down."""

from cdktf_cdktf_provider_aws.cloudwatch_composite_alarm import CloudwatchCompositeAlarm
from constructs import Construct

from constructs_lib.foundation.iam import Deployment
from constructs_lib.monitoring.alarm import AlarmFactory
from constructs_lib.monitoring.edge_alarms import EdgeAlarms
from constructs_lib.monitoring.metrics import (
    BackupMetrics,
    DatabaseMetrics,
    Expression,
    FirewallMetrics,
    Metrics,
    ServiceMetrics,
)
from constructs_lib.service.service import Service
from constructs_lib.settings.model import MonitoringSettings

MIB = 1024 * 1024
HOUR_SECONDS = 3600
# A snapshot is completed at 04:00 at the earliest and the next one at 07:00 at the latest, 27 hours later.
# One more hour, because a data point covers a whole hour.
HOURS_BETWEEN_BACKUPS = 28


class Alarms(Construct):
    """Alarms on missing tasks, database load, backups and blocked requests, and one for "API down".

    Outputs: `arns` of these and of the edge alarms, the composite alarm first, and the `thresholds` of all.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        deployment: Deployment,
        topic_arn: str,
        edge: EdgeAlarms,
        service: Service,
        metrics: Metrics,
        settings: MonitoringSettings,
    ) -> None:
        super().__init__(scope, id_)
        self._settings = settings
        self._name_prefix = deployment.name_prefix
        self._alarm = AlarmFactory(scope=self, name_prefix=deployment.name_prefix, topic_arn=topic_arn)
        no_healthy_targets = edge.no_healthy_targets(service)
        api_down = CloudwatchCompositeAlarm(
            self,
            "api-down",
            alarm_name=f"{deployment.name_prefix}-api-down",
            alarm_description=(
                "The API is down or returns errors to many clients. Check which of the alarms error-rate and"
                " no-healthy-targets is in the ALARM state, and follow the description of that alarm."
            ),
            alarm_rule=f'ALARM("{edge.error_rate_name}") OR ALARM("{no_healthy_targets.alarm_name}")',
            alarm_actions=[topic_arn],
            ok_actions=[topic_arn],
        )
        self.arns = [
            api_down.arn,
            *edge.arns,
            no_healthy_targets.arn,
            *self._service(metrics.service),
            *self._database(metrics.database),
            *(self._backup(metrics.backup, metrics.database) if metrics.backup else []),
            self._firewall(metrics.firewall),
        ]
        self.thresholds = [*edge.thresholds, *self._alarm.thresholds]

    def _service(self, metrics: ServiceMetrics) -> list[str]:
        missing = self._alarm.on_expression(
            "missing-tasks",
            metrics.missing_tasks,
            comparison="GreaterThanOrEqualToThreshold",
            threshold=1,
            period_seconds=60,
            evaluation_periods=10,
            description=(
                "The service has been running fewer tasks than its desired count for ten minutes. Check the"
                " service events in Amazon ECS for the cause. Common causes are an image that cannot be"
                " pulled, a secret that cannot be read, and an Availability Zone without capacity."
            ),
        )
        return [missing.arn]

    def _database(self, metrics: DatabaseMetrics) -> list[str]:
        settings = self._settings
        cpu = self._alarm.on_metric(
            "database-cpu",
            metrics.writer_cpu,
            comparison="GreaterThanOrEqualToThreshold",
            threshold=settings.database_cpu_percent,
            period_seconds=300,
            evaluation_periods=2,
            description=(
                f"The CPU utilization of the database's writer has been {settings.database_cpu_percent}% or"
                " more for ten minutes. Find the SQL statements that cause the load in CloudWatch Database"
                " Insights. If the load is expected, change to a larger instance class."
            ),
        )
        connections = self._alarm.on_metric(
            "database-connections",
            metrics.connections,
            comparison="GreaterThanOrEqualToThreshold",
            threshold=settings.database_connections,
            period_seconds=60,
            evaluation_periods=5,
            description=(
                f"A database instance has had {settings.database_connections:,} or more connections for five"
                " minutes and rejects new ones when it reaches max_connections. Check for tasks that do not"
                " close their connections. If there are none, reduce the connection pool size of the tasks"
                " or change to a larger instance class."
            ),
        )
        memory = self._alarm.on_metric(
            "database-memory",
            metrics.free_memory,
            comparison="LessThanOrEqualToThreshold",
            threshold=settings.database_free_memory_mib * MIB,
            period_seconds=300,
            evaluation_periods=2,
            description=(
                f"The freeable memory of a database instance has been {settings.database_free_memory_mib:,}"
                " MiB or less for ten minutes, and the instance may restart. Check CloudWatch Database"
                " Insights for a high number of connections or large sorts. If the load is expected, change"
                " to a larger instance class."
            ),
        )
        lag = self._alarm.on_metric(
            "replica-lag",
            metrics.replica_lag,
            comparison="GreaterThanOrEqualToThreshold",
            threshold=settings.replica_lag_milliseconds,
            period_seconds=60,
            evaluation_periods=5,
            description=(
                f"The Aurora replica lag has been {settings.replica_lag_milliseconds:,} ms or more for five"
                " minutes, so queries on the reader return stale data. Check the reader's CPU utilization"
                " and the database for long-running transactions."
            ),
        )
        return [cpu.arn, connections.arn, memory.arn, lag.arn]

    def _backup(self, metrics: BackupMetrics, database: DatabaseMetrics) -> list[str]:
        failed = self._alarm.on_expression(
            "failed-backups",
            Expression(
                label="Failed backups",
                expression="SUM([failed, aborted, expired])",
                metrics={"failed": metrics.failed, "aborted": metrics.aborted, "expired": metrics.expired},
            ),
            comparison="GreaterThanOrEqualToThreshold",
            threshold=1,
            period_seconds=HOUR_SECONDS,
            # In ALARM for a day, until the next snapshot.
            evaluation_periods=24,
            datapoints_to_alarm=1,
            description=(
                "AWS Backup did not take the daily snapshot of the database: the job failed, was stopped, or"
                " did not start in time. Check the status message of the job in the AWS Backup console. The"
                " cluster's automated backups do not depend on it."
            ),
        )
        missing = self._alarm.on_expression(
            "missing-backups",
            # In every hour in which the database ran, the number of completed jobs: also 0, which AWS Backup
            # does not publish. Hours before the database existed have no data and do not breach, so that the
            # alarm is quiet until the first snapshot is due.
            Expression(
                label="Completed backups",
                expression="SUM([completed, 0 * cpu])",
                metrics={"completed": metrics.completed, "cpu": database.writer_cpu},
            ),
            comparison="LessThanThreshold",
            threshold=1,
            period_seconds=HOUR_SECONDS,
            evaluation_periods=HOURS_BETWEEN_BACKUPS,
            description=(
                f"AWS Backup has completed no snapshot of the database for {HOURS_BETWEEN_BACKUPS} hours."
                " Check that the region's AWS Backup settings include Aurora, and that the backup plan has a"
                " resource assignment. The cluster's automated backups do not depend on it."
            ),
        )
        return [failed.arn, missing.arn]

    def _firewall(self, metrics: FirewallMetrics) -> str:
        return self._alarm.on_metric(
            "blocked-requests",
            metrics.blocked_requests,
            comparison="GreaterThanOrEqualToThreshold",
            threshold=self._settings.blocked_requests,
            period_seconds=300,
            evaluation_periods=1,
            description=(
                f"AWS WAF blocked {self._settings.blocked_requests:,} or more requests in five minutes."
                f" Check log group aws-waf-logs-{self._name_prefix} for the rule and the client IP"
                " addresses, to tell an attack from a rule that blocks legitimate clients."
            ),
        ).arn
