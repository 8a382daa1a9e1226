"""What wakes somebody up, and what they should do first."""

from cdktf_cdktf_provider_aws.cloudwatch_metric_alarm import (
    CloudwatchMetricAlarm,
    CloudwatchMetricAlarmMetricQuery,
    CloudwatchMetricAlarmMetricQueryMetric,
)
from constructs import Construct

from constructs_lib.metrics import Metric, Metrics
from constructs_lib.settings import MonitoringSettings

# Fewer requests in five minutes than this say nothing about a rate.
ERROR_RATE_MINIMUM_REQUESTS = 20
ERROR_RATE_PERIOD_SECONDS = 300


class Alarms(Construct):
    """Alarms that publish to the topic when they go off and when all is well again.

    Every one is quiet without traffic. Outputs: `arns`.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name_prefix: str,
        metrics: Metrics,
        topic_arn: str,
        settings: MonitoringSettings,
    ) -> None:
        super().__init__(scope, id_)
        self._name_prefix = name_prefix
        self._topic_arn = topic_arn
        error_rate = self._error_rate(metrics, settings.error_rate_percent)
        database_cpu = self._threshold(
            "database-cpu",
            metrics.database_cpu,
            threshold=settings.database_cpu_percent,
            period_seconds=300,
            periods=2,
            description=(
                "The database's CPU has been at its limit for ten minutes. Look at Database Insights for the"
                " statements that cause the load; raise database.instance_class if they are what they should be."
            ),
        )
        self.arns = [error_rate.arn, database_cpu.arn]

    def _error_rate(self, metrics: Metrics, percent: int) -> CloudwatchMetricAlarm:
        """Errors of the tasks and of the load balancer over all requests.

        A request that found no healthy task is missing from RequestCount, so it is added: with every task
        down the rate is 100 %, not undefined.
        """
        sources = {
            "requests": metrics.requests,
            "target_errors": metrics.target_errors,
            "load_balancer_errors": metrics.load_balancer_errors,
        }
        errors = "(FILL(target_errors, 0) + FILL(load_balancer_errors, 0))"
        total = "(FILL(requests, 0) + FILL(load_balancer_errors, 0))"
        expression = f"IF({total} >= {ERROR_RATE_MINIMUM_REQUESTS}, 100 * {errors} / {total}, 0)"
        return CloudwatchMetricAlarm(
            self,
            "error-rate",
            alarm_name=f"{self._name_prefix}-error-rate",
            alarm_description=(
                f"More than {percent} % of requests failed within five minutes. Look at the service's logs"
                " and the unhealthy targets; if a deployment is under way, let it roll back."
            ),
            comparison_operator="GreaterThanThreshold",
            threshold=percent,
            evaluation_periods=1,
            datapoints_to_alarm=1,
            treat_missing_data="notBreaching",
            metric_query=[
                CloudwatchMetricAlarmMetricQuery(
                    id="error_rate", expression=expression, label="Error rate (%)", return_data=True
                ),
                *(
                    CloudwatchMetricAlarmMetricQuery(
                        id=id_,
                        return_data=False,
                        metric=CloudwatchMetricAlarmMetricQueryMetric(
                            namespace=metric.namespace,
                            metric_name=metric.name,
                            stat=metric.statistic,
                            period=ERROR_RATE_PERIOD_SECONDS,
                            dimensions=dict(metric.dimensions),
                        ),
                    )
                    for id_, metric in sources.items()
                ),
            ],
            alarm_actions=[self._topic_arn],
            ok_actions=[self._topic_arn],
        )

    def _threshold(
        self,
        name: str,
        metric: Metric,
        *,
        threshold: float,
        period_seconds: int,
        periods: int,
        description: str,
        comparison_operator: str = "GreaterThanOrEqualToThreshold",
    ) -> CloudwatchMetricAlarm:
        return CloudwatchMetricAlarm(
            self,
            name,
            alarm_name=f"{self._name_prefix}-{name}",
            alarm_description=description,
            namespace=metric.namespace,
            metric_name=metric.name,
            statistic=metric.statistic,
            dimensions=dict(metric.dimensions),
            period=period_seconds,
            evaluation_periods=periods,
            datapoints_to_alarm=periods,
            threshold=threshold,
            comparison_operator=comparison_operator,
            treat_missing_data="notBreaching",
            alarm_actions=[self._topic_arn],
            ok_actions=[self._topic_arn],
        )
