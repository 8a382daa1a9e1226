"""CloudWatch refuses malformed alarms and dashboards, and to delete an alarm in use."""

import json
from typing import Any

import pytest

from tests.emulator.account import Account
from tests.unit.emulator.refusals.conftest import Refuses
from tests.unit.emulator.refusals.networks import Client, Parameter

ALARM = {
    "AlarmName": "errors",
    "EvaluationPeriods": 5,
    "ComparisonOperator": "GreaterThanThreshold",
    "Threshold": 1,
}
METRIC = {"Namespace": "AWS/ECS", "MetricName": "CPUUtilization", "Statistic": "Average", "Period": 60}


@pytest.fixture
def cloudwatch(account: Account) -> Client:
    return account.client("cloudwatch")


def _query(id_: str, **options: Parameter) -> dict[str, Any]:
    metric = {"Namespace": "AWS/ECS", "MetricName": "CPUUtilization"}
    return {
        "Id": id_,
        "ReturnData": False,
        "MetricStat": {"Metric": metric, "Period": 60, "Stat": "Sum"},
        **options,
    }


def _expression(text: str) -> dict[str, Any]:
    return {"Metrics": [_query("a"), {"Id": "e", "Expression": text, "ReturnData": True}]}


MALFORMED_ALARMS: dict[str, dict[str, Any]] = {
    "no metric": {},
    "two kinds of metric": METRIC | _expression("a * 2"),
    "no statistic": {key: value for key, value in METRIC.items() if key != "Statistic"},
    "two statistics": METRIC | {"ExtendedStatistic": "p99"},
    "period": METRIC | {"Period": 90},
    "period of a query": {
        "Metrics": [
            _query(
                "a",
                ReturnData=True,
                MetricStat={
                    "Metric": {"Namespace": "A", "MetricName": "B"},
                    "Period": 45,
                    "Stat": "Sum",
                },
            )
        ]
    },
    "more than a day": METRIC | {"Period": 300, "EvaluationPeriods": 289},
    "data points": METRIC | {"DatapointsToAlarm": 6},
    "no ARN": METRIC | {"AlarmActions": ["operations@example.net"]},
    "topic of another region": METRIC | {"OKActions": ["arn:aws:sns:eu-west-1:123456789012:alarms"]},
    "unbalanced": _expression("SUM(a"),
    "unknown function": _expression("TOTAL(a)"),
    "unknown id": _expression("a + b"),
    "not an expression": _expression("lambda: a"),
    "no data": {"Metrics": [_query("a")]},
    "data twice": {"Metrics": [_query("a", ReturnData=True), _query("b", ReturnData=True)]},
    "id twice": {"Metrics": [_query("a", ReturnData=True), _query("a")]},
    "id": {"Metrics": [_query("A", ReturnData=True)]},
    "empty query": {"Metrics": [{"Id": "a", "ReturnData": True}]},
    "eleven metrics": {"Metrics": [_query(f"m{index}", ReturnData=not index) for index in range(11)]},
}


@pytest.mark.parametrize("case", MALFORMED_ALARMS)
def test_a_malformed_alarm_is_refused(cloudwatch: Client, refused: Refuses, case: str) -> None:
    with refused("malformed", "ValidationError"):
        cloudwatch.put_metric_alarm(**ALARM | MALFORMED_ALARMS[case])


@pytest.mark.parametrize(
    "expression",
    [
        "IF(a > 0 && a < 5, a, 0) / 2",
        "100 * SUM([a, FILL(a, REPEAT)])",
        "AVG(METRICS())",
        "-a >= 1 || a == 0",
    ],
)
def test_metric_math_is_accepted(cloudwatch: Client, expression: str) -> None:
    cloudwatch.put_metric_alarm(**ALARM, **_expression(expression))


@pytest.mark.parametrize(
    "rule", ["ALARM(errors) AND", "ALARM(errors", "FAILED(errors)", "ALARM(errors) OK(errors)"]
)
def test_the_rule_of_a_composite_alarm_is_parsed(cloudwatch: Client, refused: Refuses, rule: str) -> None:
    cloudwatch.put_metric_alarm(**ALARM, **METRIC)
    with refused("malformed", "ValidationError"):
        cloudwatch.put_composite_alarm(AlarmName="down", AlarmRule=rule)


def test_a_composite_alarm_needs_its_alarms_which_it_keeps(cloudwatch: Client, refused: Refuses) -> None:
    rule = {"AlarmName": "down", "AlarmRule": 'NOT (OK("errors") OR FALSE)'}
    with refused("not there yet", "ValidationError"):
        cloudwatch.put_composite_alarm(**rule)
    cloudwatch.put_metric_alarm(**ALARM, **METRIC)
    cloudwatch.put_composite_alarm(**rule)
    cloudwatch.put_composite_alarm(AlarmName="other", AlarmRule="ALARM(down)")
    for names in (["errors"], ["down", "other"]):
        with refused("in use", "ValidationError"):
            cloudwatch.delete_alarms(AlarmNames=names)
    cloudwatch.delete_alarms(AlarmNames=["other"])
    cloudwatch.delete_alarms(AlarmNames=["down", "errors"])


def test_an_action_of_a_composite_alarm_is_an_arn(cloudwatch: Client, refused: Refuses) -> None:
    with refused("malformed", "ValidationError"):
        cloudwatch.put_composite_alarm(AlarmName="down", AlarmRule="TRUE", AlarmActions=["alarms"])


def _metrics(*metrics: Parameter, **properties: Parameter) -> dict[str, Any]:
    return {"type": "metric", "properties": {"region": "us-east-1", "metrics": [*metrics], **properties}}


MALFORMED_DASHBOARDS: dict[str, str | list[Any]] = {
    "no JSON": "widgets",
    "no object": "[]",
    "no widgets": "{}",
    "no type": [{"properties": {}}],
    "no properties": [{"type": "text"}],
    "no text": [{"type": "text", "properties": {}}],
    "no region": [{"type": "metric", "properties": {"metrics": [["AWS/ECS", "CPUUtilization"]]}}],
    "no metrics": [{"type": "metric", "properties": {"region": "us-east-1"}}],
    "no list": [_metrics("CPUUtilization")],
    "only a namespace": [_metrics([{"color": "#ff0000"}])],
    "color": [_metrics(["AWS/ECS", "CPUUtilization", {"color": "red"}])],
    "place": [{**_metrics(["AWS/ECS", "CPUUtilization"]), "width": 25}],
    "501 widgets": [{"type": "text", "properties": {"markdown": "a"}}] * 501,
}


@pytest.mark.parametrize("case", MALFORMED_DASHBOARDS)
def test_a_malformed_dashboard_is_refused(cloudwatch: Client, refused: Refuses, case: str) -> None:
    body = MALFORMED_DASHBOARDS[case]
    text = body if isinstance(body, str) else json.dumps({"widgets": body})
    with refused("malformed", "InvalidParameterInput"):
        cloudwatch.put_dashboard(DashboardName="api", DashboardBody=text)
