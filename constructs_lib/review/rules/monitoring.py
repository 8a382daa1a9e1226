"""Alarms and dashboards."""

from collections.abc import Iterator, Mapping

from constructs_lib.review import safe
from constructs_lib.review.findings import (
    Finding,
    Kind,
    Rule,
    TypeRules,
    at_most,
    members,
    number,
    quiet,
    seen,
    switch,
)
from constructs_lib.review.plan import Change

CAPABILITY = "monitoring"


def _threshold(change: Change, name: str) -> Iterator[Finding]:
    """A threshold is laxer in the direction of the comparison."""
    before, after = (number(side.get(name)) for side in (change.before, change.after))
    rises = str(change.after.get("comparison_operator")).startswith("Greater")
    shown = safe.transition(change.before.get(name), change.after.get(name))
    laxer = before is None or after is None or (after > before if rises else after < before)
    kind = Kind.PROTECTION if laxer else Kind.ROUTINE
    yield Finding(kind, f"{'laxer' if laxer else 'stricter'} alarm threshold: {shown}", change.address)


_ACTIONS: Mapping[str, Rule] = {
    "alarm_actions": members("actions of the alarm"),
    "ok_actions": members("actions of the alarm that ends"),
    "actions_enabled": switch("the actions of the alarm", safe_value=True, created=True),
    **quiet("alarm_description alarm_name insufficient_data_actions"),
}

TYPES: Mapping[str, TypeRules] = {
    "aws_cloudwatch_metric_alarm": TypeRules(
        CAPABILITY,
        {
            **_ACTIONS,
            "threshold": Rule(_threshold),
            "evaluation_periods": at_most("periods before the alarm"),
            "datapoints_to_alarm": at_most("data points before the alarm"),
            "period": seen(Kind.PROTECTION, "period of the alarm (s)", shown=True),
            "treat_missing_data": seen(Kind.PROTECTION, "what the alarm does without data"),
            **{
                name: seen(Kind.PROTECTION, "the alarm watches something else")
                for name in (
                    "comparison_operator",
                    "dimensions",
                    "extended_statistic",
                    "metric_name",
                    "metric_query",
                    "namespace",
                    "statistic",
                    "threshold_metric_id",
                    "unit",
                )
            },
            **quiet("evaluate_low_sample_count_percentiles"),
        },
        protects="an alarm",
    ),
    "aws_cloudwatch_composite_alarm": TypeRules(
        CAPABILITY,
        {
            **_ACTIONS,
            "alarm_rule": seen(Kind.PROTECTION, "the alarm watches something else"),
            "actions_suppressor": seen(Kind.PROTECTION, "another alarm silences this one"),
        },
        protects="an alarm",
    ),
    "aws_cloudwatch_dashboard": TypeRules(CAPABILITY, quiet("dashboard_body dashboard_name dashboard_arn")),
}
