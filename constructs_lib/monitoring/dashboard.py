"""The CloudWatch dashboard for investigating an alarm."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from cdktf_cdktf_provider_aws.cloudwatch_dashboard import CloudwatchDashboard
from constructs import Construct

from constructs_lib.foundation.iam import Deployment
from constructs_lib.monitoring.alarm import Comparison, Threshold
from constructs_lib.monitoring.metrics import Expression, Metric, Metrics

# CloudWatch's grid is 24 columns wide.
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
GRID_COLUMNS = 24
ALARMS_HEIGHT = 3
GRAPH_HEIGHT = 6
PERIOD_SECONDS = 60

REQUESTS, RESPONSES = "Requests", "Responses"
# Sums, which grow with the period.
COUNTED = (REQUESTS, RESPONSES)

THRESHOLD_COLOUR = "#d62728"
_SIGNS: Mapping[Comparison, str] = {
    "GreaterThanThreshold": ">",
    "GreaterThanOrEqualToThreshold": ">=",
    "LessThanThreshold": "<",
    "LessThanOrEqualToThreshold": "<=",
}


@dataclass(frozen=True)
class Series:
    """A line of a graph."""

    label: str
    source: Metric | Expression
    axis: Literal["left", "right"] = "left"


@dataclass(frozen=True)
class Graph:
    """A graph; `unit` is the label of the left axis and `right_unit` that of the right one."""

    title: str
    unit: str
    series: Sequence[Series]
    right_unit: str | None = None


class Dashboard(Construct):
    """Shows the state of all alarms, then graphs with the thresholds of the alarms on what they show.

    The rows are the edge, the service and the database. A graph has the period of its alarms, so that it
    shows the values that they compare with their thresholds.

    Outputs: `name`, `url`.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        deployment: Deployment,
        suffix: str,
        metrics: Metrics,
        alarm_arns: Sequence[str],
        thresholds: Sequence[Threshold],
    ) -> None:
        super().__init__(scope, id_)
        self._region = region = deployment.region
        self._thresholds = thresholds
        widgets = [self._alarm_status(alarm_arns)]
        for position, graphs in enumerate(_rows(metrics)):
            widgets += self._graph_row(graphs, y=ALARMS_HEIGHT + position * GRAPH_HEIGHT)
        dashboard = CloudwatchDashboard(
            self,
            "dashboard",
            # Dashboards are global: one of the same name in another region would be overwritten.
            # https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Dashboards.html
            dashboard_name=deployment.global_name(f"PaymentAPI-{suffix}"),
            dashboard_body=json.dumps({"widgets": widgets}),
        )
        self.name = dashboard.dashboard_name
        self.url = (
            f"https://{region}.console.aws.amazon.com/cloudwatch/home?region={region}"
            f"#dashboards/dashboard/{self.name}"
        )

    def _alarm_status(self, alarm_arns: Sequence[str]) -> dict[str, object]:
        return {
            "type": "alarm",
            "x": 0,
            "y": 0,
            "width": GRID_COLUMNS,
            "height": ALARMS_HEIGHT,
            "properties": {"title": "Alarms", "alarms": list(alarm_arns)},
        }

    def _graph_row(self, graphs: Sequence[Graph], *, y: int) -> list[dict[str, object]]:
        width = GRID_COLUMNS // len(graphs)
        return [
            {
                "type": "metric",
                "x": position * width,
                "y": y,
                "width": width,
                "height": GRAPH_HEIGHT,
                "properties": self._graph(graph),
            }
            for position, graph in enumerate(graphs)
        ]

    def _graph(self, graph: Graph) -> dict[str, object]:
        thresholds = [
            (series, each)
            for series in graph.series
            for each in self._thresholds
            if each.watched == series.source
        ]
        period = max((each.period_seconds for _, each in thresholds), default=PERIOD_SECONDS)
        return {
            "title": graph.title,
            "region": self._region,
            "view": "timeSeries",
            "stacked": False,
            "period": period,
            "metrics": [entry for series in graph.series for entry in _entries(series)],
            "yAxis": _axes(graph, period),
            "annotations": {"horizontal": _threshold_lines(thresholds)},
        }


def _entries(series: Series) -> Iterator[list[object]]:
    """The line, and before it the invisible metrics of its expression."""
    shown = {"label": series.label, "yAxis": series.axis}
    if isinstance(series.source, Metric):
        yield _metric(series.source, shown)
        return
    for id_, metric in series.source.metrics.items():
        yield _metric(metric, {"id": id_, "visible": False})
    yield [{"expression": series.source.expression, "id": "expression", **shown}]


def _metric(metric: Metric, options: Mapping[str, object]) -> list[object]:
    dimensions = [part for dimension in metric.dimensions.items() for part in dimension]
    return [metric.namespace, metric.name, *dimensions, {"stat": metric.statistic, **options}]


def _axes(graph: Graph, period_seconds: int) -> dict[str, object]:
    minutes = period_seconds // 60
    per_period = " per minute" if minutes == 1 else f" per {minutes} minutes"
    units = {"left": graph.unit} | ({"right": graph.right_unit} if graph.right_unit else {})
    return {
        axis: {"label": unit + (per_period if unit in COUNTED else ""), "min": 0, "showUnits": False}
        for axis, unit in units.items()
    }


def _threshold_lines(thresholds: Sequence[tuple[Series, Threshold]]) -> list[dict[str, object]]:
    """One line for each value: the labels of two would cover each other."""
    labels: dict[tuple[str, float], list[str]] = {}
    for series, each in thresholds:
        label = f"{each.alarm} {_SIGNS[each.comparison]} {each.value:,.15g}"
        labels.setdefault((series.axis, each.value), []).append(label)
    return [
        {"label": ", ".join(of_value), "value": value, "yAxis": axis, "color": THRESHOLD_COLOUR}
        for (axis, value), of_value in labels.items()
    ]


def _rows(metrics: Metrics) -> list[list[Graph]]:
    edge, service, database = metrics.edge, metrics.service, metrics.database
    firewall = metrics.firewall
    return [
        [
            Graph(
                "API Latency",
                "Seconds",
                [Series("Average", edge.latency), Series("p99", edge.latency.stat("p99"))],
            ),
            Graph(
                "Error Rate",
                "Percent",
                [
                    Series("5xx of all", edge.error_rate),
                    Series("5xx, tasks", edge.target_errors, "right"),
                    Series("5xx, load balancer", edge.load_balancer_errors, "right"),
                ],
                RESPONSES,
            ),
            Graph("Requests", REQUESTS, [Series("Requests", edge.requests)]),
            Graph(
                "Firewall",
                REQUESTS,
                [Series("Allowed", firewall.allowed_requests), Series("Blocked", firewall.blocked_requests)],
            ),
        ],
        [
            Graph(
                "Targets",
                "Targets",
                [Series("Healthy", edge.healthy_hosts), Series("Unhealthy", edge.unhealthy_hosts)],
            ),
            Graph(
                "Tasks",
                "Tasks",
                [
                    Series("Running", service.running_tasks),
                    Series("Desired", service.desired_tasks),
                    Series("Missing", service.missing_tasks),
                ],
            ),
            Graph(
                "Service Utilization",
                "Percent",
                [Series("CPU", service.cpu), Series("Memory", service.memory)],
            ),
        ],
        [
            Graph("Database Connections", "Connections", [Series("Maximum", database.connections)]),
            Graph(
                "Database CPU",
                "Percent",
                [Series("Writer", database.writer_cpu), Series("Reader", database.reader_cpu)],
            ),
            Graph("Database Memory", "Bytes", [Series("Freeable", database.free_memory)]),
            Graph("Replica Lag", "Milliseconds", [Series("Reader", database.replica_lag)]),
        ],
    ]
