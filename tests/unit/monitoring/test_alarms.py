"""Every alarm: what it watches, when it goes off, whom it tells."""

from dataclasses import dataclass

import pytest

from tests.unit.monitoring.dimensions import dimensions
from tests.unit.monitoring.metric_math import Values, evaluate
from tests.unit.synthesis import Block, Synthesized, synthesize

MIB = 1024 * 1024


@dataclass(frozen=True)
class Expected:
    """An alarm of dev on one metric."""

    metric: str
    dimensions: tuple[str, ...]
    goes_off: str
    periods: str
    missing: str = "notBreaching"


EDGE = ("LoadBalancer", "TargetGroup")
DATABASE = ("DBClusterIdentifier",)

ON_METRICS = {
    "latency": Expected("AWS/ApplicationELB TargetResponseTime p99", EDGE, "> 1", "5 x 60"),
    "unhealthy-targets": Expected("AWS/ApplicationELB UnHealthyHostCount Maximum", EDGE, ">= 1", "3 x 60"),
    "no-healthy-targets": Expected(
        "AWS/ApplicationELB HealthyHostCount Minimum", EDGE, "< 1", "2 x 60", missing="breaching"
    ),
    "database-cpu": Expected("AWS/RDS CPUUtilization Average", DATABASE, ">= 80", "2 x 300"),
    "database-connections": Expected("AWS/RDS DatabaseConnections Maximum", DATABASE, ">= 320", "5 x 60"),
    "database-memory": Expected("AWS/RDS FreeableMemory Minimum", DATABASE, f"<= {256 * MIB}", "2 x 300"),
    "replica-lag": Expected("AWS/RDS AuroraReplicaLag Maximum", (*DATABASE, "Role"), ">= 1000", "5 x 60"),
    "blocked-requests": Expected(
        "AWS/WAFV2 BlockedRequests Sum", ("Region", "Rule", "WebACL"), ">= 1000", "1 x 300"
    ),
}
"""Parity 25 is database-cpu."""

ON_EXPRESSIONS = ("error-rate", "missing-tasks")

SIGNS = {
    ">": "GreaterThanThreshold",
    ">=": "GreaterThanOrEqualToThreshold",
    "<": "LessThanThreshold",
    "<=": "LessThanOrEqualToThreshold",
}


def alarm(stack: Synthesized, name: str) -> Block:
    """An alarm by its name without the prefix."""
    prefix = stack.one("aws_ecs_cluster")["name"]
    return stack.one("aws_cloudwatch_metric_alarm", alarm_name=f"{prefix}-{name}")


def queries(found: Block) -> dict[str, Block]:
    """The metrics of an expression by the names that it uses."""
    return {query["id"]: query for query in found["metric_query"] if "metric" in query}


def expression(found: Block) -> str:
    """The one expression that an alarm decides on."""
    (decides,) = (query for query in found["metric_query"] if query["return_data"])
    assert all("metric" in query for query in found["metric_query"] if query is not decides)
    return str(decides["expression"])


def error_rate(values: Values) -> float | None:
    """The error rate in percent that dev's alarm sees."""
    return evaluate(expression(alarm(synthesize("dev"), "error-rate")), values)


def goes_off(rate: float | None) -> bool:
    """Whether dev's error rate alarm goes off at a rate; None is no data, which does not breach."""
    return rate is not None and rate > float(alarm(synthesize("dev"), "error-rate")["threshold"])


def test_these_are_all_alarms(every: Synthesized) -> None:
    prefix = every.one("aws_ecs_cluster")["name"]
    names = {each["alarm_name"] for each in every.all("aws_cloudwatch_metric_alarm").values()}

    assert names == {f"{prefix}-{name}" for name in (*ON_METRICS, *ON_EXPRESSIONS)}


@pytest.mark.parametrize("name", ON_METRICS)
def test_it_watches_the_metric_of_its_resource(dev: Synthesized, name: str) -> None:
    found, expected = alarm(dev, name), ON_METRICS[name]
    statistic = found.get("statistic") or found["extended_statistic"]

    assert f"{found['namespace']} {found['metric_name']} {statistic}" == expected.metric
    assert found["dimensions"] == dimensions(dev, *expected.dimensions)


@pytest.mark.parametrize("name", ON_METRICS)
def test_it_goes_off_at_its_threshold(dev: Synthesized, name: str) -> None:
    """Parity 25 is database-cpu."""
    found, expected = alarm(dev, name), ON_METRICS[name]
    sign, threshold = expected.goes_off.split()

    assert (found["comparison_operator"], found["threshold"]) == (SIGNS[sign], float(threshold))
    assert f"{found['evaluation_periods']} x {found['period']}" == expected.periods
    assert found["datapoints_to_alarm"] == found["evaluation_periods"]
    assert found["treat_missing_data"] == expected.missing


def test_the_error_rate_is_errors_over_requests_with_a_gate_on_volume(every: Synthesized) -> None:
    """Parity 24."""
    total = "SUM([FILL(requests, 0), FILL(refused_requests, 0)])"
    errors = "SUM([FILL(target_errors, 0), FILL(load_balancer_errors, 0)])"

    assert expression(alarm(every, "error-rate")) == f"IF({total} >= 20, 100 * {errors} / {total}, 0)"


def test_the_error_rate_is_taken_over_five_minutes(every: Synthesized) -> None:
    """Parity 24."""
    found = alarm(every, "error-rate")

    assert (found["evaluation_periods"], found["datapoints_to_alarm"]) == (1, 1)
    assert (found["comparison_operator"], found["threshold"]) == (SIGNS[">"], 5)
    assert found["treat_missing_data"] == "notBreaching"
    assert {
        name: (query["metric"]["namespace"], query["metric"]["metric_name"], query["metric"]["stat"])
        for name, query in queries(found).items()
    } == {
        "requests": ("AWS/ApplicationELB", "RequestCount", "Sum"),
        "target_errors": ("AWS/ApplicationELB", "HTTPCode_Target_5XX_Count", "Sum"),
        "load_balancer_errors": ("AWS/ApplicationELB", "HTTPCode_ELB_5XX_Count", "Sum"),
        "refused_requests": ("AWS/ApplicationELB", "HTTPCode_ELB_503_Count", "Sum"),
    }
    for query in queries(found).values():
        assert query["metric"]["dimensions"] == dimensions(every, "LoadBalancer")
        assert query["metric"]["period"] == 300


@pytest.mark.parametrize(
    ("values", "rate"),
    [
        pytest.param((None, None, None, None), None, id="no traffic"),
        pytest.param((1000, None, None, None), None, id="no error, of which nothing is reported"),
        pytest.param((19, 19, None, None), 0, id="all of too few requests to say anything"),
        pytest.param((1000, 0, None, None), 0, id="no error, of which a zero is reported"),
        pytest.param((1000, 50, None, None), 5, id="exactly 5 percent"),
        pytest.param((1000, 30, 20, None), 5, id="both kinds of error, exactly 5 percent"),
    ],
)
def test_the_error_rate_stays_quiet(values: tuple[float | None, ...], rate: float | None) -> None:
    """Parity 24."""
    names = ("requests", "target_errors", "load_balancer_errors", "refused_requests")
    found = error_rate(dict(zip(names, values, strict=True)))

    assert found == (None if rate is None else pytest.approx(rate))
    assert not goes_off(found)


@pytest.mark.parametrize(
    ("values", "rate"),
    [
        pytest.param((1000, 51, None, None), 5.1, id="5.1 percent"),
        pytest.param((20, 2, None, None), 10, id="just enough requests"),
        pytest.param((None, None, 20, 20), 100, id="no target to send any request to"),
        pytest.param(
            (1000, None, 51, None), 5.1, id="5.1 percent without an answer from their target (502, 504)"
        ),
    ],
)
def test_the_error_rate_goes_off(values: tuple[float | None, ...], rate: float) -> None:
    """Parity 24."""
    names = ("requests", "target_errors", "load_balancer_errors", "refused_requests")
    found = error_rate(dict(zip(names, values, strict=True)))

    assert found == pytest.approx(rate)
    assert goes_off(found)


def test_missing_tasks_are_those_wanted_but_not_running(every: Synthesized) -> None:
    found = alarm(every, "missing-tasks")

    assert expression(found) == "desired - running"
    assert {name: query["metric"] for name, query in queries(found).items()} == {
        name: {
            "namespace": "ECS/ContainerInsights",
            "metric_name": metric,
            "stat": "Minimum",
            "period": 60,
            "dimensions": dimensions(every, "ClusterName", "ServiceName"),
        }
        for name, metric in (("desired", "DesiredTaskCount"), ("running", "RunningTaskCount"))
    }
    assert (found["comparison_operator"], found["threshold"]) == (SIGNS[">="], 1)
    assert found["evaluation_periods"] == found["datapoints_to_alarm"] == 10
    assert found["treat_missing_data"] == "notBreaching"
