"""Alarms on what clients experience; they also roll back a deployment that causes them."""

from constructs import Construct

from constructs_lib.foundation.iam import Deployment
from constructs_lib.monitoring.alarm import AlarmFactory
from constructs_lib.monitoring.metrics import EdgeMetrics
from constructs_lib.settings.model import MonitoringSettings

# Fewer requests in five minutes than this say nothing about a rate.
ERROR_RATE_MINIMUM_REQUESTS = 20


class EdgeAlarms(Construct):
    """Error rate, slow answers, and targets that are not healthy.

    Outputs: `arns`; `error_rate_name` and `no_healthy_targets_name`, the two that mean the API is down.
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
        # RequestCount knows only requests for which there was a target, so those refused with 503 for want
        # of one are added: with every target down the rate is 100 %. SUM passes over a metric that has no
        # data at all, as errors have on a good day.
        errors = "SUM([FILL(target_errors, 0), FILL(load_balancer_errors, 0)])"
        total = "SUM([FILL(requests, 0), FILL(refused_requests, 0)])"
        error_rate = alarm.on_expression(
            "error-rate",
            "Error rate (%)",
            f"IF({total} >= {ERROR_RATE_MINIMUM_REQUESTS}, 100 * {errors} / {total}, 0)",
            {
                "requests": metrics.requests,
                "target_errors": metrics.target_errors,
                "load_balancer_errors": metrics.load_balancer_errors,
                "refused_requests": metrics.refused_requests,
            },
            comparison="GreaterThanThreshold",
            threshold=settings.error_rate_percent,
            period_seconds=300,
            periods=1,
            description=(
                f"More than {settings.error_rate_percent} % of requests failed within five minutes. Look at"
                " the service's logs and the unhealthy targets; a deployment under way rolls itself back."
            ),
        )
        latency = alarm.on_metric(
            "latency",
            metrics.latency.stat("p99"),
            comparison="GreaterThanThreshold",
            threshold=settings.latency_p99_milliseconds / 1000,
            period_seconds=60,
            periods=5,
            description=(
                f"One request in a hundred has taken over {settings.latency_p99_milliseconds} ms for five"
                " minutes. Compare the database's load and the tasks' CPU on the dashboard."
            ),
        )
        unhealthy = alarm.on_metric(
            "unhealthy-targets",
            metrics.unhealthy_hosts,
            comparison="GreaterThanOrEqualToThreshold",
            threshold=1,
            period_seconds=60,
            periods=3,
            description=(
                "A task has failed its health check for three minutes. Look at its logs and at the reason"
                " that ECS gives for stopped tasks."
            ),
        )
        no_healthy = alarm.on_metric(
            "no-healthy-targets",
            metrics.healthy_hosts,
            comparison="LessThanThreshold",
            threshold=1,
            period_seconds=60,
            periods=2,
            missing="breaching",
            description=(
                "No task can take requests: the API is down. Look at the service's events and stopped tasks;"
                " deploy the last image that worked."
            ),
        )
        self.arns = [error_rate.arn, latency.arn, unhealthy.arn, no_healthy.arn]
        self.error_rate_name = error_rate.alarm_name
        self.no_healthy_targets_name = no_healthy.alarm_name
