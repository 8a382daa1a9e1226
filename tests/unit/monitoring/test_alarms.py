"""Every alarm: its metric, its threshold, and how it treats missing data."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from constructs_lib.pictures.metric_math import Values, evaluate
from constructs_lib.settings.model import MonitoringSettings
from tests.unit.monitoring.dimensions import dimensions
from tests.unit.synthesis import Block, Synthesized, synthesize
from tests.variables import EVERYTHING_ON

MIB = 1024 * 1024


@dataclass(frozen=True)
class Expected:
    """An alarm on one metric."""

    metric: str
    dimensions: tuple[str, ...]
    operator: str
    threshold: Callable[[MonitoringSettings], float]
    periods: str
    missing_data: str = "notBreaching"


EDGE = ("LoadBalancer", "TargetGroup")
DATABASE = ("DBClusterIdentifier",)

ON_METRICS = {
    "latency": Expected(
        "AWS/ApplicationELB TargetResponseTime p99",
        EDGE,
        ">",
        lambda settings: settings.latency_p99_milliseconds / 1000,
        "5 x 60",
    ),
    "unhealthy-targets": Expected(
        "AWS/ApplicationELB UnHealthyHostCount Maximum", EDGE, ">=", lambda _: 1, "3 x 60"
    ),
    "no-healthy-targets": Expected(
        "AWS/ApplicationELB HealthyHostCount Minimum",
        EDGE,
        "<",
        lambda _: 1,
        "2 x 60",
        missing_data="breaching",
    ),
    "database-cpu": Expected(
        "AWS/RDS CPUUtilization Average",
        (*DATABASE, "Role WRITER"),
        ">=",
        lambda settings: settings.database_cpu_percent,
        "2 x 300",
    ),
    "database-connections": Expected(
        "AWS/RDS DatabaseConnections Maximum",
        DATABASE,
        ">=",
        lambda settings: settings.database_connections,
        "5 x 60",
    ),
    "database-memory": Expected(
        "AWS/RDS FreeableMemory Minimum",
        DATABASE,
        "<=",
        lambda settings: settings.database_free_memory_mib * MIB,
        "2 x 300",
    ),
    "replica-lag": Expected(
        "AWS/RDS AuroraReplicaLag Maximum",
        (*DATABASE, "Role READER"),
        ">=",
        lambda settings: settings.replica_lag_milliseconds,
        "5 x 60",
    ),
    "blocked-requests": Expected(
        "AWS/WAFV2 BlockedRequests Sum",
        ("Region", "Rule", "WebACL"),
        ">=",
        lambda settings: settings.blocked_requests,
        "1 x 300",
    ),
}

ON_EXPRESSIONS = ("error-rate", "missing-tasks")

# Only with vault backups.
OF_BACKUPS = ("failed-backups", "missing-backups")

DEV_THRESHOLDS = {
    "error-rate": 5,
    "missing-tasks": 1,
    "latency": 1,
    "unhealthy-targets": 1,
    "no-healthy-targets": 1,
    "database-cpu": 80,
    "database-connections": 320,
    "database-memory": 256 * MIB,
    "replica-lag": 1000,
    "blocked-requests": 1000,
}

OPERATORS = {
    ">": "GreaterThanThreshold",
    ">=": "GreaterThanOrEqualToThreshold",
    "<": "LessThanThreshold",
    "<=": "LessThanOrEqualToThreshold",
}

ERROR_RATE_METRICS = ("requests", "target_errors", "load_balancer_errors", "refused_requests")


def alarm(stack: Synthesized, name: str) -> Block:
    """An alarm by its name without the prefix."""
    return stack.one("aws_cloudwatch_metric_alarm", alarm_name=f"{stack.prefix}-{name}")


def metric_queries(alarm: Block) -> dict[str, Block]:
    """The metrics that the alarm's expression uses, by id."""
    return {query["id"]: query for query in alarm["metric_query"] if "metric" in query}


def expression(alarm: Block) -> str:
    """The one expression of an alarm, which is the only query that returns data."""
    (returned,) = (query for query in alarm["metric_query"] if query["return_data"])
    assert all("metric" in query for query in alarm["metric_query"] if query is not returned)
    return str(returned["expression"])


def error_rate(*values: float | None) -> float | None:
    """The error rate in percent that dev's alarm computes from `ERROR_RATE_METRICS`; None is no data."""
    metrics: Values = dict(zip(ERROR_RATE_METRICS, values, strict=True))
    return evaluate(expression(alarm(synthesize("dev"), "error-rate")), metrics)


def breaches(rate: float | None) -> bool:
    """Whether an error rate breaches the threshold of dev's alarm; None is no data, which does not breach."""
    return rate is not None and rate > float(alarm(synthesize("dev"), "error-rate")["threshold"])


def test_every_metric_alarm_is_covered_by_the_tests_below(every: Synthesized) -> None:
    names = {each["alarm_name"] for each in every.all("aws_cloudwatch_metric_alarm").values()}

    of_backups = OF_BACKUPS if every.settings.database.vault_backups else ()
    assert names == {f"{every.prefix}-{name}" for name in (*ON_METRICS, *ON_EXPRESSIONS, *of_backups)}
    assert set(DEV_THRESHOLDS) == {*ON_METRICS, *ON_EXPRESSIONS}


@pytest.mark.parametrize("name", ON_METRICS)
def test_an_alarm_watches_the_metric_of_its_resource(every: Synthesized, name: str) -> None:
    found, expected = alarm(every, name), ON_METRICS[name]
    statistic = found.get("statistic") or found["extended_statistic"]

    assert f"{found['namespace']} {found['metric_name']} {statistic}" == expected.metric
    assert found["dimensions"] == dimensions(every, *expected.dimensions)


@pytest.mark.parametrize("name", ON_METRICS)
def test_an_alarm_compares_with_its_threshold_over_its_periods(every: Synthesized, name: str) -> None:
    found, expected = alarm(every, name), ON_METRICS[name]

    assert found["comparison_operator"] == OPERATORS[expected.operator]
    assert found["threshold"] == expected.threshold(every.settings.monitoring)
    assert f"{found['evaluation_periods']} x {found['period']}" == expected.periods
    assert found["datapoints_to_alarm"] == found["evaluation_periods"]
    assert found["treat_missing_data"] == expected.missing_data


@pytest.mark.parametrize("name", DEV_THRESHOLDS)
def test_an_alarm_has_its_default_threshold_in_dev(dev: Synthesized, name: str) -> None:
    assert alarm(dev, name)["threshold"] == DEV_THRESHOLDS[name]


def test_the_error_rate_is_errors_over_requests_if_there_are_at_least_20_requests(
    every: Synthesized,
) -> None:
    total = "SUM([FILL(requests, 0), FILL(refused_requests, 0)])"
    errors = "SUM([FILL(target_errors, 0), FILL(load_balancer_errors, 0)])"

    assert expression(alarm(every, "error-rate")) == f"IF({total} >= 20, 100 * {errors} / {total}, 0)"


def test_the_error_rate_is_evaluated_over_one_period_of_five_minutes(every: Synthesized) -> None:
    found = alarm(every, "error-rate")

    assert (found["evaluation_periods"], found["datapoints_to_alarm"]) == (1, 1)
    assert found["treat_missing_data"] == "notBreaching"
    assert {query["metric"]["period"] for query in metric_queries(found).values()} == {300}


def test_the_error_rate_alarm_enters_alarm_above_the_configured_percentage(every: Synthesized) -> None:
    found = alarm(every, "error-rate")

    assert found["comparison_operator"] == OPERATORS[">"]
    assert found["threshold"] == every.settings.monitoring.error_rate_percent


def test_the_error_rate_alarm_has_a_default_threshold_of_5_percent(each_profile: Synthesized) -> None:
    assert alarm(each_profile, "error-rate")["threshold"] == 5


def test_the_error_rate_uses_the_metrics_of_the_load_balancer(every: Synthesized) -> None:
    queries = metric_queries(alarm(every, "error-rate"))

    assert {
        name: (query["metric"]["namespace"], query["metric"]["metric_name"], query["metric"]["stat"])
        for name, query in queries.items()
    } == {
        "requests": ("AWS/ApplicationELB", "RequestCount", "Sum"),
        "target_errors": ("AWS/ApplicationELB", "HTTPCode_Target_5XX_Count", "Sum"),
        "load_balancer_errors": ("AWS/ApplicationELB", "HTTPCode_ELB_5XX_Count", "Sum"),
        "refused_requests": ("AWS/ApplicationELB", "HTTPCode_ELB_503_Count", "Sum"),
    }
    for query in queries.values():
        assert query["metric"]["dimensions"] == dimensions(every, "LoadBalancer")


@pytest.mark.parametrize(
    ("values", "rate"),
    [
        pytest.param((None, None, None, None), None, id="no traffic"),
        pytest.param((1000, None, None, None), None, id="no errors, error metrics without data"),
        pytest.param((19, 19, None, None), 0, id="all of 19 requests failed"),
        pytest.param((1000, 0, None, None), 0, id="no errors, error metric reports zero"),
        pytest.param((1000, 50, None, None), 5, id="exactly 5 percent"),
        pytest.param((1000, 30, 20, None), 5, id="both kinds of errors, exactly 5 percent"),
    ],
)
def test_the_error_rate_does_not_breach(values: tuple[float | None, ...], rate: float | None) -> None:
    found = error_rate(*values)

    assert found == (None if rate is None else pytest.approx(rate))
    assert not breaches(found)


@pytest.mark.parametrize(
    ("values", "rate"),
    [
        pytest.param((1000, 51, None, None), 5.1, id="5.1 percent"),
        pytest.param((20, 2, None, None), 10, id="2 of 20 requests"),
        pytest.param((None, None, 20, 20), 100, id="no target is registered"),
        pytest.param((1000, None, 51, None), 5.1, id="5.1 percent of 502 and 504 from the load balancer"),
    ],
)
def test_the_error_rate_breaches(values: tuple[float | None, ...], rate: float) -> None:
    found = error_rate(*values)

    assert found == pytest.approx(rate)
    assert breaches(found)


def test_the_missing_tasks_alarm_watches_desired_minus_running_tasks(every: Synthesized) -> None:
    found = alarm(every, "missing-tasks")

    assert expression(found) == "desired - running"
    assert {name: query["metric"] for name, query in metric_queries(found).items()} == {
        name: {
            "namespace": "ECS/ContainerInsights",
            "metric_name": metric,
            "stat": "Minimum",
            "period": 60,
            "dimensions": dimensions(every, "ClusterName", "ServiceName"),
        }
        for name, metric in (("desired", "DesiredTaskCount"), ("running", "RunningTaskCount"))
    }


def test_the_missing_tasks_alarm_enters_alarm_after_ten_minutes(every: Synthesized) -> None:
    found = alarm(every, "missing-tasks")

    assert (found["comparison_operator"], found["threshold"]) == (OPERATORS[">="], 1)
    assert found["evaluation_periods"] == found["datapoints_to_alarm"] == 10
    assert found["treat_missing_data"] == "notBreaching"


WITH_BACKUPS = pytest.mark.parametrize("suffix", ["staging", "prod", EVERYTHING_ON])


@WITH_BACKUPS
def test_the_backup_alarms_watch_the_jobs_of_the_vault(suffix: str) -> None:
    stack = synthesize(suffix)
    vault = dimensions(stack, "BackupVaultName")
    found = [query["metric"] for name in OF_BACKUPS for query in metric_queries(alarm(stack, name)).values()]

    jobs = {each["metric_name"] for each in found if each["namespace"] == "AWS/Backup"}
    assert jobs == {f"NumberOfBackupJobs{state}" for state in ("Failed", "Aborted", "Expired", "Completed")}
    for each in found:
        assert (each["stat"], each["period"]) in {("Sum", 3600), ("Average", 3600)}
        if each["namespace"] == "AWS/Backup":
            assert each["dimensions"] == vault


@pytest.mark.parametrize(
    ("failed", "aborted", "expired", "breaches"),
    [(None, None, None, False), (1, None, None, True), (None, 1, None, True), (None, None, 1, True)],
)
def test_one_unsuccessful_backup_job_enters_alarm_for_a_day(
    prod: Synthesized, failed: float | None, aborted: float | None, expired: float | None, breaches: bool
) -> None:
    found = alarm(prod, "failed-backups")
    jobs = evaluate(expression(found), {"failed": failed, "aborted": aborted, "expired": expired})

    assert (jobs is not None and jobs >= found["threshold"]) is breaches
    assert found["comparison_operator"] == OPERATORS[">="]
    assert (found["datapoints_to_alarm"], found["evaluation_periods"]) == (1, 24)
    assert found["treat_missing_data"] == "notBreaching"


@pytest.mark.parametrize(
    ("completed", "cpu", "value"),
    [
        pytest.param(None, 30, 0, id="no job completed while the database ran"),
        pytest.param(1, 30, 1, id="a job completed"),
        pytest.param(None, None, None, id="before the database existed"),
    ],
)
def test_an_hour_without_completed_backup_counts_only_while_the_database_runs(
    prod: Synthesized, completed: float | None, cpu: float | None, value: float | None
) -> None:
    """A first deployment has no data for the hours before it, and so does not enter ALARM."""
    found = alarm(prod, "missing-backups")

    assert evaluate(expression(found), {"completed": completed, "cpu": cpu}) == value
    assert metric_queries(found)["cpu"]["metric"]["dimensions"] == dimensions(
        prod, "DBClusterIdentifier", "Role WRITER"
    )
    assert (found["comparison_operator"], found["threshold"]) == (OPERATORS["<"], 1)
    assert found["treat_missing_data"] == "notBreaching"


def test_the_missing_backup_alarm_waits_longer_than_two_snapshots_can_be_apart(prod: Synthesized) -> None:
    """A job that starts at 4:00 UTC may take until 7:00, so two may be 27 hours apart."""
    found = alarm(prod, "missing-backups")
    (rule,) = prod.one("aws_backup_plan")["rule"]
    hours = 24 + rule["completion_window"] / 60

    assert found["datapoints_to_alarm"] == found["evaluation_periods"] == hours + 1
    # The longest range that CloudWatch evaluates with periods of an hour.
    assert found["evaluation_periods"] * 3600 <= 7 * 24 * 3600
