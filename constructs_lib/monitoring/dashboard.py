"""The CloudWatch dashboard for investigating an alarm."""

import json
from collections.abc import Sequence

from cdktf_cdktf_provider_aws.cloudwatch_dashboard import CloudwatchDashboard
from constructs import Construct

from constructs_lib.foundation.iam import Deployment
from constructs_lib.monitoring.metrics import Metric, Metrics

# CloudWatch's grid is 24 columns wide.
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
GRID_COLUMNS = 24
ALARMS_HEIGHT = 3
GRAPH_HEIGHT = 6
PERIOD_SECONDS = 60

Graph = tuple[str, Sequence[Metric]]


class Dashboard(Construct):
    """Shows the state of all alarms, then a row of graphs each for edge, service, database and firewall.

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
    ) -> None:
        super().__init__(scope, id_)
        self._region = region = deployment.region
        edge, service, database = metrics.edge, metrics.service, metrics.database
        rows: list[list[Graph]] = [
            [
                ("API Latency", [edge.latency, edge.latency.stat("p99")]),
                ("Error Rate", [edge.target_errors, edge.load_balancer_errors]),
                ("Requests", [edge.requests]),
                ("Targets", [edge.healthy_hosts, edge.unhealthy_hosts]),
            ],
            [
                ("Service Utilization", [service.cpu, service.memory]),
                ("Tasks", [service.running_tasks, service.desired_tasks]),
            ],
            [
                ("Database Connections", [database.connections]),
                ("Database CPU", [database.writer_cpu, database.reader_cpu]),
                ("Database Memory", [database.free_memory]),
                ("Replica Lag", [database.replica_lag]),
            ],
            [("Firewall", [metrics.firewall.allowed_requests, metrics.firewall.blocked_requests])],
        ]
        widgets = [self._alarm_status(alarm_arns)]
        for position, graphs in enumerate(rows):
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
                "properties": {
                    "title": title,
                    "region": self._region,
                    "view": "timeSeries",
                    "stacked": False,
                    "period": PERIOD_SECONDS,
                    "metrics": [_metric_entry(metric) for metric in metrics],
                },
            }
            for position, (title, metrics) in enumerate(graphs)
        ]


def _metric_entry(metric: Metric) -> list[object]:
    dimensions = [part for dimension in metric.dimensions.items() for part in dimension]
    return [metric.namespace, metric.name, *dimensions, {"stat": metric.statistic}]
