"""How an alarm is made here: it publishes when it goes off and when all is well again."""

from collections.abc import Mapping
from dataclasses import dataclass

from cdktf_cdktf_provider_aws.cloudwatch_metric_alarm import (
    CloudwatchMetricAlarm,
    CloudwatchMetricAlarmMetricQuery,
    CloudwatchMetricAlarmMetricQueryMetric,
)
from constructs import Construct

from constructs_lib.monitoring.metrics import Metric


@dataclass(frozen=True, kw_only=True)
class AlarmFactory:
    """Makes alarms of one stack, all of which publish to one topic.

    `description` says what happened and what to do first. `periods` is how many periods of
    `period_seconds` in a row must breach. Missing data is no breach unless `missing` says so.
    """

    scope: Construct
    name_prefix: str
    topic_arn: str

    def on_metric(
        self,
        name: str,
        metric: Metric,
        *,
        comparison: str,
        threshold: float,
        period_seconds: int,
        periods: int,
        description: str,
        missing: str = "notBreaching",
    ) -> CloudwatchMetricAlarm:
        """An alarm on one metric; `comparison` in CloudWatch's spelling."""
        percentile = metric.statistic.startswith("p")
        return CloudwatchMetricAlarm(
            self.scope,
            name,
            alarm_name=f"{self.name_prefix}-{name}",
            alarm_description=description,
            namespace=metric.namespace,
            metric_name=metric.name,
            statistic=None if percentile else metric.statistic,
            extended_statistic=metric.statistic if percentile else None,
            dimensions=dict(metric.dimensions),
            period=period_seconds,
            evaluation_periods=periods,
            datapoints_to_alarm=periods,
            threshold=threshold,
            comparison_operator=comparison,
            treat_missing_data=missing,
            alarm_actions=[self.topic_arn],
            ok_actions=[self.topic_arn],
        )

    def on_expression(
        self,
        name: str,
        label: str,
        expression: str,
        metrics: Mapping[str, Metric],
        *,
        comparison: str,
        threshold: float,
        period_seconds: int,
        periods: int,
        description: str,
    ) -> CloudwatchMetricAlarm:
        """An alarm on metric math over `metrics`, each named as the expression calls it."""
        return CloudwatchMetricAlarm(
            self.scope,
            name,
            alarm_name=f"{self.name_prefix}-{name}",
            alarm_description=description,
            metric_query=[
                CloudwatchMetricAlarmMetricQuery(
                    id=name.replace("-", "_"), expression=expression, label=label, return_data=True
                ),
                *(
                    CloudwatchMetricAlarmMetricQuery(
                        id=id_,
                        return_data=False,
                        metric=CloudwatchMetricAlarmMetricQueryMetric(
                            namespace=metric.namespace,
                            metric_name=metric.name,
                            stat=metric.statistic,
                            period=period_seconds,
                            dimensions=dict(metric.dimensions),
                        ),
                    )
                    for id_, metric in metrics.items()
                ),
            ],
            evaluation_periods=periods,
            datapoints_to_alarm=periods,
            threshold=threshold,
            comparison_operator=comparison,
            treat_missing_data="notBreaching",
            alarm_actions=[self.topic_arn],
            ok_actions=[self.topic_arn],
        )
