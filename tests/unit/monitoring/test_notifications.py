"""The alarm topic: encrypted, who publishes to it, who reads it."""

import pytest

from tests.unit.synthesis import ACCOUNT, Synthesized, statements, synthesize

EMAIL = "on-call@example.net"


def test_the_topic_is_encrypted_with_the_notifications_key(every: Synthesized) -> None:
    prefix = every.one("aws_ecs_cluster")["name"]
    key = every.one("aws_kms_alias", name=f"alias/{prefix}-notifications")["target_key_id"]

    assert every.one("aws_sns_topic")["kms_master_key_id"] == key.replace(".key_id}", ".arn}")


def test_the_policy_is_the_topics(every: Synthesized) -> None:
    assert every.one("aws_sns_topic_policy")["arn"] == every.ref("aws_sns_topic", "arn")


@pytest.mark.parametrize(
    ("service", "source"), [("cloudwatch", "cloudwatch:{}:alarm:*"), ("events.rds", "rds:{}:*")]
)
def test_only_this_accounts_alarms_and_database_events_publish(
    dev: Synthesized, service: str, source: str
) -> None:
    found = statements(dev.one("aws_sns_topic_policy")["policy"])
    by_service = {each["Principal"]["Service"]: each for each in found.values()}

    assert set(by_service) == {"cloudwatch.amazonaws.com", "events.rds.amazonaws.com"}
    statement = by_service[f"{service}.amazonaws.com"]
    assert statement["Effect"] == "Allow"
    assert statement["Action"] == ["sns:Publish"]
    assert statement["Resource"] == [dev.ref("aws_sns_topic", "arn")]
    assert statement["Condition"] == {
        "StringEquals": {"aws:SourceAccount": ACCOUNT},
        "ArnLike": {"aws:SourceArn": f"arn:aws:{source.format(f'us-east-1:{ACCOUNT}')}"},
    }


def test_nobody_is_subscribed_unless_the_setting_says_so(every: Synthesized) -> None:
    assert not every.all("aws_sns_topic_subscription")


def test_the_setting_subscribes_an_address_once_the_policy_stands() -> None:
    system = synthesize("dev", PAYMENT_API_MONITORING__ALARM_EMAIL=EMAIL)
    subscription = system.one("aws_sns_topic_subscription")

    assert (subscription["protocol"], subscription["endpoint"]) == ("email", EMAIL)
    assert subscription["topic_arn"] == system.ref("aws_sns_topic_policy", "arn")
