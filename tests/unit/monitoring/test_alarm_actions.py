"""What all alarms have in common, the settings that move them, and the alarm over the alarms."""

import re

import pytest

from tests.unit.synthesis import Block, Synthesized, synthesize

MIB = 1024 * 1024

# Settings and the thresholds that they become.
THRESHOLDS = {
    "ERROR_RATE_PERCENT": ("7", "error-rate", 7),
    "DATABASE_CPU_PERCENT": ("66", "database-cpu", 66),
    "LATENCY_P99_MILLISECONDS": ("2500", "latency", 2.5),
    "DATABASE_CONNECTIONS": ("99", "database-connections", 99),
    "DATABASE_FREE_MEMORY_MIB": ("77", "database-memory", 77 * MIB),
    "REPLICA_LAG_MILLISECONDS": ("5000", "replica-lag", 5000),
    "BLOCKED_REQUESTS": ("55", "blocked-requests", 55),
}


def alarms(stack: Synthesized) -> list[Block]:
    """Every alarm, the composite among them."""
    kinds = ("aws_cloudwatch_metric_alarm", "aws_cloudwatch_composite_alarm")
    return [alarm for kind in kinds for alarm in stack.all(kind).values()]


def test_every_alarm_tells_the_topic_when_it_goes_off_and_when_all_is_well(every: Synthesized) -> None:
    topic = every.ref("aws_sns_topic", "arn")

    assert len(alarms(every)) > 1
    for alarm in alarms(every):
        assert alarm["alarm_actions"] == [topic], alarm["alarm_name"]
        assert alarm["ok_actions"] == [topic], alarm["alarm_name"]
        assert alarm.get("actions_enabled", True) is True, alarm["alarm_name"]


def test_every_alarm_says_what_to_do(every: Synthesized) -> None:
    """Two sentences at least: what happened, then what to look at."""
    for alarm in alarms(every):
        description = alarm["alarm_description"]
        assert len(description) >= 40, alarm["alarm_name"]
        assert len(re.findall(r"[.;:](?:\s|$)", description)) >= 2, alarm["alarm_name"]


def test_no_two_alarms_say_the_same(every: Synthesized) -> None:
    descriptions = [alarm["alarm_description"] for alarm in alarms(every)]

    assert len(set(descriptions)) == len(descriptions)


@pytest.mark.parametrize("setting", THRESHOLDS)
def test_the_setting_chooses_the_threshold(setting: str) -> None:
    """Parity 24 and 25 are the first two."""
    chosen = {f"PAYMENT_API_MONITORING__{name}": value for name, (value, _, _) in THRESHOLDS.items()}
    system = synthesize("dev", **chosen)
    _, alarm, threshold = THRESHOLDS[setting]

    found = system.one("aws_cloudwatch_metric_alarm", alarm_name=f"payment-api-dev-{alarm}")
    assert found["threshold"] == threshold


def test_the_profile_chooses_what_an_instance_class_can_take(dev: Synthesized, prod: Synthesized) -> None:
    def thresholds(stack: Synthesized, suffix: str) -> list[float]:
        return [
            stack.one("aws_cloudwatch_metric_alarm", alarm_name=f"payment-api-{suffix}-{name}")["threshold"]
            for name in ("database-connections", "database-memory")
        ]

    assert thresholds(dev, "dev") == [320, 256 * MIB]
    assert thresholds(prod, "prod") == [1300, 1024 * MIB]


def test_the_api_is_down_when_most_fails_or_nothing_can_answer(every: Synthesized) -> None:
    prefix = every.one("aws_ecs_cluster")["name"]
    error_rate, no_targets = (
        every.ref("aws_cloudwatch_metric_alarm", "alarm_name", alarm_name=f"{prefix}-{name}")
        for name in ("error-rate", "no-healthy-targets")
    )
    composite = every.one("aws_cloudwatch_composite_alarm")

    assert composite["alarm_name"] == f"{prefix}-api-down"
    assert composite["alarm_rule"] == f'ALARM("{error_rate}") OR ALARM("{no_targets}")'
