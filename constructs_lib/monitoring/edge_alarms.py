"""Alarms on the load balancer's metrics; ECS rolls back a deployment that triggers the error rate alarm."""

from cdktf_cdktf_provider_aws.cloudwatch_metric_alarm import CloudwatchMetricAlarm
from constructs import Construct

from constructs_lib.foundation.iam import Deployment
from constructs_lib.monitoring.alarm import AlarmFactory
from constructs_lib.monitoring.metrics import EdgeMetrics
from constructs_lib.service.service import Service
from constructs_lib.settings.model import MonitoringSettings


class EdgeAlarms(Construct):
    """Alarms on the error rate, the latency, and the health of the targets.

    The service needs the name of the error rate alarm, and the alarm on the health of all targets needs the
    service, so the latter is created by `no_healthy_targets`.

    Outputs: `arns` of the alarms that do not need the service, `error_rate_name`, and `thresholds`.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        deployment: Deployment,
        topic_arn: str,
        metrics: EdgeMetrics,
        settings: MonitoringSettings,
    ) -> None:
        super().__init__(scope, id_)
        alarm = AlarmFactory(scope=self, name_prefix=deployment.name_prefix, topic_arn=topic_arn)
        application_logs = f"/ecs/{deployment.name_prefix}"
        error_rate = alarm.on_expression(
            "error-rate",
            metrics.error_rate,
            comparison="GreaterThanThreshold",
            threshold=settings.error_rate_percent,
            period_seconds=300,
            evaluation_periods=1,
            description=(
                f"More than {settings.error_rate_percent}% of requests returned a 5xx error in five minutes."
                " If a deployment is in progress, wait for ECS to roll it back. Otherwise check the"
                f" application logs in log group {application_logs} and the health of the load balancer's"
                " targets."
            ),
        )
        latency = alarm.on_metric(
            "latency",
            metrics.latency.stat("p99"),
            comparison="GreaterThanThreshold",
            threshold=settings.latency_p99_milliseconds / 1000,
            period_seconds=60,
            evaluation_periods=5,
            description=(
                f"The p99 response time has been above {settings.latency_p99_milliseconds:,} ms for five"
                " minutes. On the dashboard, compare the CPU utilization of the service and of the database,"
                " and the database connections, to find the bottleneck."
            ),
        )
        unhealthy = alarm.on_metric(
            "unhealthy-targets",
            metrics.unhealthy_hosts,
            comparison="GreaterThanOrEqualToThreshold",
            threshold=1,
            period_seconds=60,
            evaluation_periods=3,
            description=(
                "At least one target has failed the load balancer's health check for three minutes. Check"
                " the stopped reason of the service's stopped tasks in Amazon ECS, then the application logs"
                f" in log group {application_logs}."
            ),
        )
        self._alarm = alarm
        self._healthy_hosts = metrics.healthy_hosts
        self.arns = [error_rate.arn, latency.arn, unhealthy.arn]
        self.error_rate_name = error_rate.alarm_name
        self.thresholds = alarm.thresholds

    def no_healthy_targets(self, service: Service) -> CloudwatchMetricAlarm:
        """Create the alarm on a load balancer without healthy targets, once the service has running tasks."""
        return self._alarm.on_metric(
            "no-healthy-targets",
            self._healthy_hosts,
            comparison="LessThanThreshold",
            threshold=1,
            period_seconds=60,
            evaluation_periods=2,
            # A target group without registered targets publishes no data.
            missing_data="breaching",
            depends_on=[service.deployed],
            description=(
                "The load balancer has had no healthy target for two minutes: the API is down. Check the"
                " events and the stopped tasks of the service in Amazon ECS. If a new image causes the"
                " failure, deploy the last working image."
            ),
        )
