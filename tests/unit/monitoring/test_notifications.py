"""The alarm topic: its encryption, its policy, and its e-mail subscription."""

import pytest

from tests.unit.synthesis import ACCOUNT, Synthesized, statements, synthesize
from tests.variables import EVERYTHING_ON

EMAIL = "on-call@example.net"


def test_the_topic_is_encrypted_with_the_notifications_key(every: Synthesized) -> None:
    assert every.one("aws_sns_topic")["kms_master_key_id"] == every.key_arn("notifications")


def test_the_policy_is_attached_to_the_topic(every: Synthesized) -> None:
    assert every.one("aws_sns_topic_policy")["arn"] == every.ref("aws_sns_topic", "arn")


@pytest.mark.parametrize(
    ("service", "source"), [("cloudwatch", ("cloudwatch", "alarm:*")), ("events.rds", ("rds", "*"))]
)
def test_only_alarms_and_database_events_of_the_account_publish_to_the_topic(
    every: Synthesized, service: str, source: tuple[str, str]
) -> None:
    found = statements(every.one("aws_sns_topic_policy")["policy"])
    by_service = {each["Principal"]["Service"]: each for each in found.values()}

    assert set(by_service) == {"cloudwatch.amazonaws.com", "events.rds.amazonaws.com"}
    statement = by_service[f"{service}.amazonaws.com"]
    assert statement["Effect"] == "Allow"
    assert statement["Action"] == ["sns:Publish"]
    assert statement["Resource"] == [every.ref("aws_sns_topic", "arn")]
    assert statement["Condition"] == {
        "StringEquals": {"aws:SourceAccount": ACCOUNT},
        "ArnLike": {"aws:SourceArn": every.arn(*source)},
    }


def test_nobody_is_subscribed_by_default(each_profile: Synthesized) -> None:
    assert not each_profile.all("aws_sns_topic_subscription")


def test_the_alarm_email_is_subscribed_after_the_topic_policy_is_attached() -> None:
    stack = synthesize("dev", PAYMENT_API_MONITORING__ALARM_EMAIL=EMAIL)
    subscription = stack.one("aws_sns_topic_subscription")

    assert (subscription["protocol"], subscription["endpoint"]) == ("email", EMAIL)
    assert subscription["topic_arn"] == stack.ref("aws_sns_topic_policy", "arn")


def test_the_longest_legal_email_address_is_subscribed_unchanged() -> None:
    stack = synthesize(EVERYTHING_ON)

    assert stack.one("aws_sns_topic_subscription")["endpoint"] == f"{'o' * 64}@example.net"
