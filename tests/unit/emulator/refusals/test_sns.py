"""SNS refuses malformed topic policies and subscriptions."""

import json

import pytest

from tests.emulator.account import Account
from tests.unit.emulator.refusals.conftest import Refuses
from tests.unit.emulator.refusals.networks import Client


@pytest.fixture
def sns(account: Account) -> Client:
    return account.client("sns")


def _policy(principal: object, action: str = "sns:Publish") -> str:
    statement = {"Effect": "Allow", "Principal": principal, "Action": action, "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@pytest.mark.parametrize(
    "policy",
    [
        "policy",
        json.dumps({"Statement": [{"Effect": "Allow", "Action": "sns:Publish"}]}),
        _policy({"AWS": "arn:aws:iam::123456789012:role/absent"}),
        _policy({"Service": "cloudwatch.amazonaws.com"}, "sqs:SendMessage"),
    ],
    ids=["no JSON", "no principal", "absent role", "action of another service"],
)
def test_a_malformed_topic_policy_is_refused(sns: Client, refused: Refuses, policy: str) -> None:
    topic = sns.create_topic(Name="alarms")["TopicArn"]
    with refused("malformed", "InvalidParameter"):
        sns.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=policy)
    with refused("malformed", "InvalidParameter"):
        sns.create_topic(Name="other", Attributes={"Policy": policy})


def test_an_email_subscription_has_an_address(sns: Client, refused: Refuses) -> None:
    topic = sns.create_topic(Name="alarms")["TopicArn"]
    with refused("malformed", "InvalidParameter"):
        sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="operations")


def test_a_topic_that_does_not_exist_cannot_be_changed(sns: Client, refused: Refuses) -> None:
    topic = "arn:aws:sns:us-east-1:123456789012:absent"
    with refused("not there yet", "NotFound"):
        sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="operations@example.net")
    with refused("not there yet", "NotFound"):
        sns.set_topic_attributes(TopicArn=topic, AttributeName="DisplayName", AttributeValue="Alarms")
