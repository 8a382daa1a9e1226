"""What all alarms have in common, the settings of their thresholds, and the composite alarm."""

import re

import pytest

from tests.unit.dependencies import dependencies
from tests.unit.synthesis import Block, Synthesized, synthesize

MIB = 1024 * 1024

# Setting → its value, the alarm, and the threshold that the alarm gets.
THRESHOLDS = {
    "ERROR_RATE_PERCENT": ("7", "error-rate", 7),
    "DATABASE_CPU_PERCENT": ("66", "database-cpu", 66),
    "LATENCY_P99_MILLISECONDS": ("2500", "latency", 2.5),
    "DATABASE_CONNECTIONS": ("99", "database-connections", 99),
    "DATABASE_FREE_MEMORY_MIB": ("77", "database-memory", 77 * MIB),
    "REPLICA_LAG_MILLISECONDS": ("5000", "replica-lag", 5000),
    "BLOCKED_REQUESTS": ("55", "blocked-requests", 55),
}

# The alarms whose description states the threshold, and the threshold as it is written for dev.
DESCRIBED_THRESHOLDS = {
    "error-rate": "5%",
    "database-cpu": "80%",
    "latency": "1,000 ms",
    "database-connections": "320",
    "database-memory": "256 MiB",
    "replica-lag": "1,000 ms",
    "blocked-requests": "1,000",
}


def alarms(stack: Synthesized) -> list[Block]:
    """Every alarm, including the composite alarm."""
    types = ("aws_cloudwatch_metric_alarm", "aws_cloudwatch_composite_alarm")
    return [alarm for type_ in types for alarm in stack.all(type_).values()]


def test_every_alarm_notifies_the_topic_on_alarm_and_on_ok(every: Synthesized) -> None:
    topic = every.ref("aws_sns_topic", "arn")

    assert len(alarms(every)) > 1
    for alarm in alarms(every):
        assert alarm["alarm_actions"] == [topic], alarm["alarm_name"]
        assert alarm["ok_actions"] == [topic], alarm["alarm_name"]
        assert alarm.get("actions_enabled", True) is True, alarm["alarm_name"]


def test_every_alarm_description_states_what_happened_and_what_to_check(every: Synthesized) -> None:
    for alarm in alarms(every):
        description = alarm["alarm_description"]
        assert len(description) >= 40, alarm["alarm_name"]
        assert len(re.findall(r"\.(?:\s|$)", description)) >= 2, alarm["alarm_name"]
        assert re.search(r"\b(check|compare|find) ", description, re.IGNORECASE), alarm["alarm_name"]


def test_alarm_descriptions_are_distinct(every: Synthesized) -> None:
    descriptions = [alarm["alarm_description"] for alarm in alarms(every)]

    assert len(set(descriptions)) == len(descriptions)


def test_log_groups_named_in_alarm_descriptions_exist(every: Synthesized) -> None:
    described = " ".join(alarm["alarm_description"] for alarm in alarms(every))
    named = set(re.findall(r"log group (\S+[^\s.])", described))

    assert len(named) == 2
    assert named <= {group["name"] for group in every.all("aws_cloudwatch_log_group").values()}


@pytest.mark.parametrize("name", DESCRIBED_THRESHOLDS)
def test_an_alarm_description_states_the_threshold(dev: Synthesized, name: str) -> None:
    found = dev.one("aws_cloudwatch_metric_alarm", alarm_name=f"payment-api-dev-{name}")

    assert f" {DESCRIBED_THRESHOLDS[name]} " in found["alarm_description"]


@pytest.mark.parametrize("setting", THRESHOLDS)
def test_the_setting_determines_the_threshold(setting: str) -> None:
    variables = {f"PAYMENT_API_MONITORING__{name}": value for name, (value, _, _) in THRESHOLDS.items()}
    stack = synthesize("dev", **variables)
    _, alarm, threshold = THRESHOLDS[setting]

    found = stack.one("aws_cloudwatch_metric_alarm", alarm_name=f"payment-api-dev-{alarm}")
    assert found["threshold"] == threshold


def test_the_profile_determines_the_thresholds_that_depend_on_the_instance_class(
    dev: Synthesized, prod: Synthesized
) -> None:
    def thresholds(stack: Synthesized) -> list[float]:
        return [
            stack.one("aws_cloudwatch_metric_alarm", alarm_name=f"{stack.prefix}-{name}")["threshold"]
            for name in ("database-connections", "database-memory")
        ]

    assert thresholds(dev) == [320, 256 * MIB]
    assert thresholds(prod) == [1300, 1024 * MIB]


def test_every_alarm_that_missing_data_breaches_is_created_after_the_service(every: Synthesized) -> None:
    """Before the first task runs, there is no data: the alarm would notify during every first deployment."""
    breaching = every.all("aws_cloudwatch_metric_alarm", treat_missing_data="breaching")
    waiting = [
        *(f"aws_cloudwatch_metric_alarm.{name}" for name in breaching),
        every.address("aws_cloudwatch_composite_alarm"),
    ]

    assert breaching
    for alarm in waiting:
        assert every.address("aws_ecs_service") in dependencies(every, alarm), alarm


def test_the_alarm_that_rolls_a_deployment_back_is_created_before_the_service(every: Synthesized) -> None:
    error_rate = every.address("aws_cloudwatch_metric_alarm", alarm_name=f"{every.prefix}-error-rate")

    assert error_rate in dependencies(every, every.address("aws_ecs_service"))


def test_the_api_down_alarm_combines_error_rate_and_no_healthy_targets(every: Synthesized) -> None:
    error_rate, no_targets = (
        every.ref("aws_cloudwatch_metric_alarm", "alarm_name", alarm_name=f"{every.prefix}-{name}")
        for name in ("error-rate", "no-healthy-targets")
    )
    composite = every.one("aws_cloudwatch_composite_alarm")

    assert composite["alarm_name"] == f"{every.prefix}-api-down"
    assert composite["alarm_rule"] == f'ALARM("{error_rate}") OR ALARM("{no_targets}")'
