"""The dashboard: alarm states on top, then rows of graphs."""

import json
import re
from itertools import combinations
from typing import Any

import pytest

from tests.unit.monitoring.dimensions import dimensions
from tests.unit.synthesis import Block, Synthesized, synthesize

ROWS = [
    ["Alarms"],
    ["API Latency", "Error Rate", "Requests", "Firewall"],
    ["Targets", "Tasks", "Service Utilization"],
    ["Database Connections", "Database CPU", "Database Memory", "Replica Lag"],
]
"""The titles of the widgets, row by row: alarms, edge, service, database."""

GRAPHS = {
    "API Latency": ["TargetResponseTime Average", "TargetResponseTime p99"],
    "Error Rate": ["HTTPCode_Target_5XX_Count Sum", "HTTPCode_ELB_5XX_Count Sum"],
    "Requests": ["RequestCount Sum"],
    "Targets": ["HealthyHostCount Minimum", "UnHealthyHostCount Maximum"],
    "Service Utilization": ["CPUUtilization Average", "MemoryUtilization Average"],
    "Tasks": ["RunningTaskCount Minimum", "DesiredTaskCount Minimum"],
    "Database Connections": ["DatabaseConnections Maximum"],
    "Database CPU": ["CPUUtilization Average", "CPUUtilization Average"],
    "Database Memory": ["FreeableMemory Minimum"],
    "Replica Lag": ["AuroraReplicaLag Maximum"],
    "Firewall": ["AllowedRequests Sum", "BlockedRequests Sum"],
}

EXPRESSIONS = {
    "Error Rate": ["requests", "target_errors", "load_balancer_errors", "refused_requests"],
    "Tasks": ["desired", "running"],
}
"""The graphs with an expression, and the invisible metrics that it uses."""

WITHOUT_GRAPH = {"failed-backups", "missing-backups"}
"""The alarms on metrics that the dashboard does not show."""

FIVE_MINUTES = {"Error Rate", "Firewall", "Database CPU", "Database Memory"}
"""The graphs with an alarm that has a period of five minutes; the others have one minute."""

COMPARISONS = {
    "GreaterThanThreshold": ">",
    "GreaterThanOrEqualToThreshold": ">=",
    "LessThanThreshold": "<",
    "LessThanOrEqualToThreshold": "<=",
}

COLUMNS = 24
"""https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html"""


def widgets(stack: Synthesized) -> dict[str, Block]:
    """The widgets by title."""
    body = json.loads(stack.one("aws_cloudwatch_dashboard")["dashboard_body"])
    return {widget["properties"]["title"]: widget for widget in body["widgets"]}


def entries(stack: Synthesized, title: str) -> list[list[Any]]:
    """The metrics and expressions of a graph."""
    found: list[list[Any]] = widgets(stack)[title]["properties"]["metrics"]
    return found


def visible_metrics(stack: Synthesized, title: str) -> list[list[Any]]:
    """The metrics that a graph shows, without expressions and what these use."""
    return [
        each
        for each in entries(stack, title)
        if "expression" not in each[0] and each[-1].get("visible") is not False
    ]


def lines(stack: Synthesized, title: str) -> list[Block]:
    """The horizontal lines of a graph."""
    found: list[Block] = widgets(stack)[title]["properties"]["annotations"]["horizontal"]
    return found


def cells(widget: Block) -> set[tuple[int, int]]:
    """The cells of the grid that a widget covers."""
    return {
        (x, y)
        for x in range(widget["x"], widget["x"] + widget["width"])
        for y in range(widget["y"], widget["y"] + widget["height"])
    }


@pytest.mark.parametrize("suffix", ["dev", "prod", "pr-123"])
def test_the_dashboard_name_ends_with_the_suffix_in_us_east_1(suffix: str) -> None:
    assert synthesize(suffix).one("aws_cloudwatch_dashboard")["dashboard_name"] == f"PaymentAPI-{suffix}"


@pytest.mark.parametrize("suffix", ["dev", "prod", "pr-123"])
def test_the_dashboard_name_contains_any_other_region(suffix: str) -> None:
    """Dashboards are global: one of the same name in another region would be overwritten."""
    image = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/payment-api:1.0.0"
    stack = synthesize(suffix, AWS_REGION="eu-west-1", PAYMENT_API_SERVICE__IMAGE=image)

    name = stack.one("aws_cloudwatch_dashboard")["dashboard_name"]
    assert name == f"PaymentAPI-{suffix}_eu-west-1"


@pytest.mark.parametrize("title", GRAPHS)
def test_a_graph_shows_its_metrics_with_the_period_of_its_alarms(every: Synthesized, title: str) -> None:
    properties = widgets(every)[title]["properties"]
    metrics = [f"{metric[1]} {metric[-1]['stat']}" for metric in visible_metrics(every, title)]

    assert metrics == GRAPHS[title]
    assert properties["period"] == (300 if title in FIVE_MINUTES else 60)
    assert (properties["region"], properties["view"]) == (every.region, "timeSeries")


@pytest.mark.parametrize(
    ("title", "namespace", "names"),
    [
        ("API Latency", "AWS/ApplicationELB", ["LoadBalancer", "TargetGroup"]),
        ("Error Rate", "AWS/ApplicationELB", ["LoadBalancer"]),
        ("Requests", "AWS/ApplicationELB", ["LoadBalancer"]),
        ("Targets", "AWS/ApplicationELB", ["LoadBalancer", "TargetGroup"]),
        ("Service Utilization", "AWS/ECS", ["ClusterName", "ServiceName"]),
        ("Tasks", "ECS/ContainerInsights", ["ClusterName", "ServiceName"]),
        ("Database Connections", "AWS/RDS", ["DBClusterIdentifier"]),
        ("Database Memory", "AWS/RDS", ["DBClusterIdentifier"]),
        ("Replica Lag", "AWS/RDS", ["DBClusterIdentifier", "Role READER"]),
        ("Firewall", "AWS/WAFV2", ["WebACL", "Region", "Rule"]),
    ],
)
def test_a_graph_shows_the_resources_of_the_stack(
    every: Synthesized, title: str, namespace: str, names: list[str]
) -> None:
    expected = [part for dimension in dimensions(every, *names).items() for part in dimension]

    for metric in (each for each in entries(every, title) if "expression" not in each[0]):
        assert metric[0] == namespace
        assert metric[2:-1] == expected


def test_the_cpu_graph_shows_the_writer_and_the_reader(every: Synthesized) -> None:
    found = [metric[2:-1] for metric in widgets(every)["Database CPU"]["properties"]["metrics"]]
    assert found == [
        [part for pair in dimensions(every, "DBClusterIdentifier", f"Role {role}").items() for part in pair]
        for role in ("WRITER", "READER")
    ]


@pytest.mark.parametrize("title", EXPRESSIONS)
def test_a_graph_of_an_expression_has_its_metrics_invisibly(every: Synthesized, title: str) -> None:
    (expression,) = (each[0] for each in entries(every, title) if "expression" in each[0])
    ids = [each[-1]["id"] for each in entries(every, title) if each[-1].get("visible") is False]

    assert ids == EXPRESSIONS[title]
    assert expression["id"] not in ids
    assert set(re.findall(r"\b[a-z_]+\b", expression["expression"])) == set(ids)


@pytest.mark.parametrize("title", GRAPHS)
def test_every_line_of_a_graph_has_a_label_of_its_own_and_every_axis_a_unit(
    every: Synthesized, title: str
) -> None:
    shown = [each[-1] for each in entries(every, title) if each[-1].get("visible") is not False]
    axes = widgets(every)[title]["properties"]["yAxis"]

    labels = [each["label"] for each in shown]
    assert len(set(labels)) == len(labels)
    assert {each["yAxis"] for each in shown} == axes.keys()
    for axis in axes.values():
        assert axis["label"]
        assert axis["min"] == 0


# The thresholds of the alarms


def watched(alarm: Block) -> tuple[object, ...]:
    """What an alarm watches, in the form of `shown`."""
    if "metric_query" in alarm:
        (expression,) = (each for each in alarm["metric_query"] if each["return_data"])
        (period,) = {each["metric"]["period"] for each in alarm["metric_query"] if "metric" in each}
        return expression["expression"], period
    statistic = alarm.get("statistic") or alarm["extended_statistic"]
    dimensions_ = frozenset(alarm["dimensions"].items())
    return alarm["namespace"], alarm["metric_name"], dimensions_, statistic, alarm["period"]


def shown(entry: list[Any], period: int) -> tuple[object, ...]:
    """What a line of a graph shows."""
    options = entry[-1]
    period = options.get("period", period)
    if "expression" in options:
        return options["expression"], period
    dimensions_ = frozenset(zip(entry[2:-1:2], entry[3:-1:2], strict=True))
    return entry[0], entry[1], dimensions_, options["stat"], period


def test_the_threshold_of_every_alarm_is_a_line_in_the_graph_of_what_it_watches(every: Synthesized) -> None:
    with_a_line = set()
    for alarm in every.all("aws_cloudwatch_metric_alarm").values():
        name = alarm["alarm_name"].removeprefix(f"{every.prefix}-")
        for title in GRAPHS:
            for entry in visible_or_expression(every, title):
                if shown(entry, widgets(every)[title]["properties"]["period"]) == watched(alarm):
                    label = f"{name} {COMPARISONS[alarm['comparison_operator']]} {alarm['threshold']:,.15g}"
                    (line,) = (each for each in lines(every, title) if label in each["label"].split(", "))
                    assert line["value"] == alarm["threshold"]
                    assert line["yAxis"] == entry[-1]["yAxis"]
                    with_a_line.add(name)

    alarms = {
        alarm["alarm_name"].removeprefix(f"{every.prefix}-")
        for alarm in every.all("aws_cloudwatch_metric_alarm").values()
    }
    assert with_a_line == alarms - WITHOUT_GRAPH


def visible_or_expression(stack: Synthesized, title: str) -> list[list[Any]]:
    """The lines of a graph."""
    return [each for each in entries(stack, title) if each[-1].get("visible") is not False]


def test_there_is_no_line_without_an_alarm(every: Synthesized) -> None:
    names = {each["alarm_name"] for each in every.all("aws_cloudwatch_metric_alarm").values()}
    of_lines = [line["label"] for title in GRAPHS for line in lines(every, title)]
    labels = [label for each in of_lines for label in each.split(", ")]

    assert {f"{every.prefix}-{label.partition(' ')[0]}" for label in labels} <= names
    assert len(set(labels)) == len(labels)


def test_two_thresholds_of_the_same_value_are_one_line_whose_label_is_readable(every: Synthesized) -> None:
    for title in GRAPHS:
        places = [(each["yAxis"], each["value"]) for each in lines(every, title)]
        assert len(set(places)) == len(places)


@pytest.mark.parametrize(
    ("title", "axis", "label"),
    [
        ("Requests", "left", "Requests per minute"),
        ("Firewall", "left", "Requests per 5 minutes"),
        ("Error Rate", "right", "Responses per 5 minutes"),
        ("API Latency", "left", "Seconds"),
    ],
)
def test_the_unit_of_a_sum_has_its_period(every: Synthesized, title: str, axis: str, label: str) -> None:
    assert widgets(every)[title]["properties"]["yAxis"][axis]["label"] == label


@pytest.mark.parametrize(
    ("setting", "value", "title", "line"),
    [
        ("LATENCY_P99_MILLISECONDS", "2500", "API Latency", 2.5),
        ("ERROR_RATE_PERCENT", "7", "Error Rate", 7),
        ("BLOCKED_REQUESTS", "55", "Firewall", 55),
    ],
)
def test_a_line_follows_the_setting(setting: str, value: str, title: str, line: float) -> None:
    stack = synthesize("dev", **{f"PAYMENT_API_MONITORING__{setting}": value})

    assert [each["value"] for each in lines(stack, title)] == [line]


def test_the_top_row_shows_the_state_of_every_alarm(every: Synthesized) -> None:
    alarms = widgets(every)["Alarms"]
    types = ("aws_cloudwatch_composite_alarm", "aws_cloudwatch_metric_alarm")
    all_arns = {f"${{{type_}.{name}.arn}}" for type_ in types for name in every.all(type_)}

    assert (alarms["type"], alarms["x"], alarms["y"], alarms["width"]) == ("alarm", 0, 0, COLUMNS)
    assert len(alarms["properties"]["alarms"]) == len(all_arns)
    assert set(alarms["properties"]["alarms"]) == all_arns


def test_the_first_alarm_is_the_composite_alarm_api_down(every: Synthesized) -> None:
    first = widgets(every)["Alarms"]["properties"]["alarms"][0]

    assert first == every.ref("aws_cloudwatch_composite_alarm", "arn")


def test_the_widgets_are_arranged_in_rows_by_layer(every: Synthesized) -> None:
    found: dict[int, list[str]] = {}
    for title, widget in sorted(widgets(every).items(), key=lambda item: (item[1]["y"], item[1]["x"])):
        found.setdefault(widget["y"], []).append(title)

    assert list(found.values()) == ROWS


def test_every_widget_fits_into_the_grid(every: Synthesized) -> None:
    for title, widget in widgets(every).items():
        assert widget["x"] + widget["width"] <= COLUMNS, title


def test_no_two_widgets_overlap(every: Synthesized) -> None:
    for (title, widget), (other_title, other) in combinations(widgets(every).items(), 2):
        assert not cells(widget) & cells(other), (title, other_title)
