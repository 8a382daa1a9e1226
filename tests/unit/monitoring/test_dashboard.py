"""The dashboard: alarm states on top, then rows of graphs."""

import json
from itertools import combinations

import pytest

from tests.unit.monitoring.dimensions import dimensions
from tests.unit.synthesis import Block, Synthesized, synthesize

ROWS = [
    ["Alarms"],
    ["API Latency", "Error Rate", "Requests", "Targets"],
    ["Service Utilization", "Tasks"],
    ["Database Connections", "Database CPU", "Database Memory", "Replica Lag"],
    ["Firewall"],
]
"""The titles of the widgets, row by row: alarms, edge, service, database, firewall."""

GRAPHS = {
    "API Latency": ["TargetResponseTime Average", "TargetResponseTime p99"],
    "Error Rate": ["HTTPCode_Target_5XX_Count Sum", "HTTPCode_ELB_5XX_Count Sum"],
    "Requests": ["RequestCount Sum"],
    "Targets": ["HealthyHostCount Minimum", "UnHealthyHostCount Maximum"],
    "Service Utilization": ["CPUUtilization Average", "MemoryUtilization Average"],
    "Tasks": ["RunningTaskCount Minimum", "DesiredTaskCount Minimum"],
    "Database Connections": ["DatabaseConnections Average"],
    "Database CPU": ["CPUUtilization Average", "CPUUtilization Average"],
    "Database Memory": ["FreeableMemory Minimum"],
    "Replica Lag": ["AuroraReplicaLag Maximum"],
    "Firewall": ["AllowedRequests Sum", "BlockedRequests Sum"],
}

COLUMNS = 24
"""https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html"""


def widgets(stack: Synthesized) -> dict[str, Block]:
    """The widgets by title."""
    body = json.loads(stack.one("aws_cloudwatch_dashboard")["dashboard_body"])
    return {widget["properties"]["title"]: widget for widget in body["widgets"]}


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
def test_a_graph_shows_its_metrics_with_a_period_of_one_minute(every: Synthesized, title: str) -> None:
    properties = widgets(every)[title]["properties"]
    metrics = [f"{metric[1]} {metric[-1]['stat']}" for metric in properties["metrics"]]

    assert metrics == GRAPHS[title]
    assert properties["period"] == 60
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

    for metric in widgets(every)[title]["properties"]["metrics"]:
        assert metric[0] == namespace
        assert metric[2:-1] == expected


def test_the_cpu_graph_shows_the_writer_and_the_reader(every: Synthesized) -> None:
    found = [metric[2:-1] for metric in widgets(every)["Database CPU"]["properties"]["metrics"]]
    assert found == [
        [part for pair in dimensions(every, "DBClusterIdentifier", f"Role {role}").items() for part in pair]
        for role in ("WRITER", "READER")
    ]


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
