"""The fingerprint: the same for plans that do the same, another for any other."""

import json
import random
from collections.abc import Callable
from typing import Any

import pytest

from tests.unit.review.plans import Document, change, difference, first_apply, plan, reviewed
from tests.unit.synthesis import synthesize

STATEMENT = {"Effect": "Allow", "Action": ["s3:GetObject", "s3:ListBucket"], "Resource": ["a", "b"]}
CONTAINER = {"name": "api", "image": f"app@sha256:{'a' * 64}", "command": ["serve", "all"]}


def fingerprint(document: Document) -> str:
    """The fingerprint of a plan."""
    return reviewed(document).fingerprint


def everyday() -> Document:
    """A plan with changes of all kinds."""
    return plan(
        change(
            "aws_vpc_security_group_egress_rule",
            None,
            {"cidr_ipv4": "192.0.2.0/24", "from_port": 443, "to_port": 443, "ip_protocol": "tcp"},
            after_unknown={"id": True, "arn": True},
        ),
        change("aws_iam_policy", {"id": "p", "policy": "{}"}, {"id": "p", "policy": policy(STATEMENT)}),
        change(
            "aws_ecs_task_definition",
            {"id": "t", "container_definitions": "[]"},
            {"container_definitions": json.dumps([CONTAINER])},
            actions=["delete", "create"],
            after_unknown={"id": True, "revision": True},
        ),
        change(
            "aws_rds_cluster",
            {
                "id": "c",
                "backup_retention_period": 35,
                "engine_version": "15",
                "master_password_wo_version": 1,
            },
            {
                "id": "c",
                "backup_retention_period": 7,
                "engine_version": "16",
                "master_password_wo_version": 2,
            },
        ),
        change("aws_lb", {"id": "l", "enable_deletion_protection": True}, {"id": "l"}),
        change("aws_cloudwatch_metric_alarm", {"id": "a", "threshold": 5}, None),
        change(
            "aws_vpc_endpoint",
            {"id": "e", "subnet_ids": ["s1"]},
            {"id": "e", "subnet_ids": ["s1", "s2", "s3"]},
        ),
        change("aws_sns_topic", {"id": "s"}, {"id": "s"}, actions=["no-op"]),
        output_changes={
            "url": {"actions": ["update"], "before": "a", "after": "b", "after_unknown": False},
            "database_password_given": {
                "actions": ["update"],
                "before": {"attempt": 1},
                "after": {"attempt": 2},
            },
        },
        timestamp="2026-01-01T00:00:00Z",
    )


def policy(*statements: object) -> str:
    """The text of a policy."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def after(document: Document, index: int) -> dict[str, Any]:
    """The values of a resource after the apply, to change them."""
    values: dict[str, Any] = document["resource_changes"][index]["change"]["after"]
    return values


def shuffled(document: Document) -> None:
    random.Random(7).shuffle(document["resource_changes"])  # noqa: S311 - no secret


def keys_reversed(document: Document) -> None:
    for each in document["resource_changes"]:
        for side in ("before", "after"):
            if (values := each["change"][side]) is not None:
                each["change"][side] = dict(reversed(values.items()))


SAME: dict[str, Callable[[Document], object]] = {
    "nothing": lambda _: None,
    "the order of resources": shuffled,
    "the order of attributes": keys_reversed,
    "the time of the plan": lambda plan: plan.update(timestamp="2026-01-02T03:04:05Z"),
    "the version of Terraform": lambda plan: plan.update(terraform_version="1.12.0"),
    "the order of a set": lambda plan: after(plan, 6).update(subnet_ids=["s3", "s1", "s2"]),
    "the order of actions in a policy": lambda plan: after(plan, 1).update(
        policy=policy({**STATEMENT, "Action": ["s3:ListBucket", "s3:GetObject"]})
    ),
    "the order of keys in a policy": lambda plan: after(plan, 1).update(
        policy=policy(dict(reversed(STATEMENT.items())))
    ),
    "the clock of the rotation": lambda plan: after(plan, 3).update(master_password_wo_version=20260102),
    "the recorded time of the rotation": lambda plan: plan["output_changes"][
        "database_password_given"
    ].update(after={"attempt": 3}),
    "what does not change": lambda plan: after(plan, 7).update(display_name="other"),
    "what scaling has changed": lambda plan: [
        plan["resource_changes"][4]["change"][side].update(desired_count=7) for side in ("before", "after")
    ],
}

DIFFERENT: dict[str, Callable[[Document], object]] = {
    "a port": lambda plan: after(plan, 0).update(from_port=80),
    "the end of a range of ports": lambda plan: after(plan, 0).update(to_port=444),
    "an address range": lambda plan: after(plan, 0).update(cidr_ipv4="192.0.2.0/23"),
    "a protocol": lambda plan: after(plan, 0).update(ip_protocol="udp"),
    "an action in a policy": lambda plan: after(plan, 1).update(
        policy=policy({**STATEMENT, "Action": ["s3:GetObject", "s3:PutObject"]})
    ),
    "a resource in a policy": lambda plan: after(plan, 1).update(
        policy=policy({**STATEMENT, "Resource": ["a"]})
    ),
    "an effect": lambda plan: after(plan, 1).update(policy=policy({**STATEMENT, "Effect": "Deny"})),
    "a condition": lambda plan: after(plan, 1).update(
        policy=policy({**STATEMENT, "Condition": {"Bool": {"aws:SecureTransport": "true"}}})
    ),
    "the digest of an image": lambda plan: after(plan, 2).update(
        container_definitions=json.dumps([{**CONTAINER, "image": f"app@sha256:{'a' * 63}b"}])
    ),
    "the order of a command": lambda plan: after(plan, 2).update(
        container_definitions=json.dumps([{**CONTAINER, "command": ["all", "serve"]}])
    ),
    "days of backups": lambda plan: after(plan, 3).update(backup_retention_period=8),
    "a version": lambda plan: after(plan, 3).update(engine_version="17"),
    "a switch": lambda plan: after(plan, 4).update(enable_deletion_protection=True),
    "a member of a set": lambda plan: after(plan, 6).update(subnet_ids=["s1", "s2", "s4"]),
    "a further resource": lambda plan: plan["resource_changes"].append(change("aws_eip", None, {})),
    "a resource less": lambda plan: plan["resource_changes"].pop(5),
    "another address": lambda plan: plan["resource_changes"][0].update(address="aws_a.b"),
    "another resource at the address": lambda plan: plan["resource_changes"][5]["change"]["before"].update(
        id="b"
    ),
    "what it is now": lambda plan: plan["resource_changes"][3]["change"]["before"].update(
        backup_retention_period=34
    ),
    "another action": lambda plan: plan["resource_changes"][2]["change"].update(actions=["create", "delete"]),
    "an update instead of nothing": lambda plan: plan["resource_changes"][7]["change"].update(
        actions=["update"]
    ),
    "an output": lambda plan: plan["output_changes"]["url"].update(after="c"),
    "a known value instead of an unknown one": lambda plan: plan["resource_changes"][0]["change"].update(
        after_unknown={"arn": True}
    ),
    "a resource that Terraform forgets": lambda plan: plan["resource_changes"][5]["change"].update(
        actions=["forget"]
    ),
    "an import": lambda plan: plan["resource_changes"][4]["change"].update(importing={"id": "l"}),
}


@pytest.mark.parametrize("name", SAME)
def test_a_plan_that_does_the_same_has_the_same_fingerprint(name: str) -> None:
    other = everyday()
    SAME[name](other)
    assert fingerprint(other) == fingerprint(everyday())


@pytest.mark.parametrize("name", DIFFERENT)
def test_a_plan_that_does_something_else_has_another_fingerprint(name: str) -> None:
    other = everyday()
    DIFFERENT[name](other)
    assert fingerprint(other) != fingerprint(everyday())


def test_all_of_these_fingerprints_differ_from_each_other() -> None:
    found = set()
    for alter in DIFFERENT.values():
        other = everyday()
        alter(other)
        found.add(fingerprint(other))
    assert len(found) == len(DIFFERENT)


def test_a_fingerprint_has_64_hexadecimal_digits() -> None:
    assert len(bytes.fromhex(fingerprint(everyday()))) == 32


class TestSensitiveValues:
    @staticmethod
    def with_value(value: object, before: object = "old") -> Document:
        return plan(
            change(
                "aws_lambda_function",
                {"id": "f", "environment": [{"variables": {"KEY": before}}]},
                {"id": "f", "environment": [{"variables": {"KEY": value}}]},
                before_sensitive={"environment": [{"variables": {"KEY": True}}]},
                after_sensitive={"environment": [{"variables": {"KEY": True}}]},
            )
        )

    def test_a_sensitive_value_is_not_part_of_the_fingerprint(self) -> None:
        assert fingerprint(self.with_value("one")) == fingerprint(self.with_value("two"))

    def test_whether_it_changes_is(self) -> None:
        assert fingerprint(self.with_value("old")) != fingerprint(self.with_value("new"))


SETTINGS = (
    ("NETWORK__DESTINATIONS", '{"partner": "203.0.113.0/24:443"}'),
    ("NETWORK__DESTINATIONS", '{"partner": "203.0.113.0/25:443"}'),
    ("NETWORK__DESTINATIONS", '{"partner": "203.0.113.0/24:444"}'),
    ("SERVICE__PERMISSIONS", '[{"actions": ["s3:GetObject"], "resources": ["arn:aws:s3:::receipts/*"]}]'),
    ("SERVICE__PERMISSIONS", '[{"actions": ["s3:PutObject"], "resources": ["arn:aws:s3:::receipts/*"]}]'),
    ("DATABASE__BACKUP_RETENTION_DAYS", "34"),
    ("DATABASE__ENGINE_VERSION", "16"),
    ("MONITORING__LOG_RETENTION_DAYS", "400"),
    ("FIREWALL__RATE_LIMIT", "2001"),
    ("SERVICE__MIN_CAPACITY", "3"),
)


def test_each_change_of_a_setting_has_a_fingerprint_of_its_own() -> None:
    stack = synthesize("prod")
    found = {
        fingerprint(difference(stack, synthesize("prod", **{f"PAYMENT_API_{name}": value})))
        for name, value in SETTINGS
    }
    assert len(found) == len(SETTINGS)


def test_two_plans_of_the_same_stack_have_the_same_fingerprint() -> None:
    stack = synthesize("prod")
    assert fingerprint(first_apply(stack)) == fingerprint(first_apply(stack))
