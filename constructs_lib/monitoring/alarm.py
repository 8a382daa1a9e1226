"""Creates CloudWatch alarms that publish to an SNS topic when they enter the ALARM state or return to OK."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from cdktf import ITerraformDependable
from cdktf_cdktf_provider_aws.cloudwatch_metric_alarm import (
    CloudwatchMetricAlarm,
    CloudwatchMetricAlarmMetricQuery,
    CloudwatchMetricAlarmMetricQueryMetric,
)
from constructs import Construct

from constructs_lib.monitoring.metrics import Expression, Metric

Comparison = Literal[
    "GreaterThanThreshold",
    "GreaterThanOrEqualToThreshold",
    "LessThanThreshold",
    "LessThanOrEqualToThreshold",
]
MissingData = Literal["notBreaching", "breaching"]


@dataclass(frozen=True, kw_only=True)
class Threshold:
    """What an alarm watches, and the value at which it breaches."""

    alarm: str
    watched: Metric | Expression
    comparison: Comparison
    value: float
    period_seconds: int


@dataclass(frozen=True, kw_only=True)
class AlarmFactory:
    """Creates the alarms of one stack, all of which publish to the same topic.

    An alarm enters the ALARM state after `evaluation_periods` consecutive breaching periods of
    `period_seconds`. `description` states what happened and what to do first.
    """

    scope: Construct
    name_prefix: str
    topic_arn: str
    thresholds: list[Threshold] = field(default_factory=list, init=False)
    """Those of the alarms that were created."""

    def on_metric(
        self,
        name: str,
        metric: Metric,
        *,
        comparison: Comparison,
        threshold: float,
        period_seconds: int,
        evaluation_periods: int,
        description: str,
        missing_data: MissingData = "notBreaching",
        depends_on: Sequence[ITerraformDependable] = (),
    ) -> CloudwatchMetricAlarm:
        """Create an alarm on one metric.

        If missing data breaches, `depends_on` must contain what publishes the metric: an alarm that exists
        before its first data point enters the ALARM state during the first deployment.
        """
        self._remember(name, metric, comparison, threshold, period_seconds)
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
            evaluation_periods=evaluation_periods,
            datapoints_to_alarm=evaluation_periods,
            threshold=threshold,
            comparison_operator=comparison,
            treat_missing_data=missing_data,
            alarm_actions=[self.topic_arn],
            ok_actions=[self.topic_arn],
            depends_on=depends_on or None,
        )

    def on_expression(
        self,
        name: str,
        watched: Expression,
        *,
        comparison: Comparison,
        threshold: float,
        period_seconds: int,
        evaluation_periods: int,
        description: str,
        datapoints_to_alarm: int | None = None,
    ) -> CloudwatchMetricAlarm:
        """Create an alarm on a metric math expression.

        Missing data does not breach. With `datapoints_to_alarm`, that many breaching periods are enough.
        """
        self._remember(name, watched, comparison, threshold, period_seconds)
        return CloudwatchMetricAlarm(
            self.scope,
            name,
            alarm_name=f"{self.name_prefix}-{name}",
            alarm_description=description,
            metric_query=[
                CloudwatchMetricAlarmMetricQuery(
                    id=name.replace("-", "_"),
                    expression=watched.expression,
                    label=watched.label,
                    return_data=True,
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
                    for id_, metric in watched.metrics.items()
                ),
            ],
            evaluation_periods=evaluation_periods,
            datapoints_to_alarm=datapoints_to_alarm or evaluation_periods,
            threshold=threshold,
            comparison_operator=comparison,
            treat_missing_data="notBreaching",
            alarm_actions=[self.topic_arn],
            ok_actions=[self.topic_arn],
        )

    def _remember(
        self,
        alarm: str,
        watched: Metric | Expression,
        comparison: Comparison,
        value: float,
        period_seconds: int,
    ) -> None:
        self.thresholds.append(
            Threshold(
                alarm=alarm,
                watched=watched,
                comparison=comparison,
                value=value,
                period_seconds=period_seconds,
            )
        )
