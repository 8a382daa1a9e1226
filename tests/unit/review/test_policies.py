"""Policies compared by what they allow, not as text."""

import json
from typing import Any

import pytest

from constructs_lib.review.findings import Kind
from tests.unit.review.plans import change, kinds, plan, texts, updated

READ: dict[str, Any] = {
    "Sid": "Read",
    "Effect": "Allow",
    "Action": ["s3:GetObject", "s3:ListBucket"],
    "Resource": ["arn:aws:s3:::a", "arn:aws:s3:::b"],
    "Condition": {"StringEquals": {"aws:SourceAccount": ["1", "2"]}},
}
DENY: dict[str, Any] = {
    "Sid": "Tls",
    "Effect": "Deny",
    "Principal": "*",
    "Action": "s3:*",
    "Resource": "*",
    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
}


def policy(*statements: dict[str, Any]) -> dict[str, str]:
    """The attribute of a resource with this policy."""
    return {"policy": json.dumps({"Version": "2012-10-17", "Statement": list(statements)})}


def found(before: dict[str, str], after: dict[str, str], type_: str = "aws_s3_bucket_policy") -> list[str]:
    """The findings about who may do more."""
    return texts(updated(type_, before, after), Kind.ACCESS)


@pytest.mark.parametrize(
    "other",
    [
        policy(DENY, READ),
        policy({**READ, "Action": ["s3:ListBucket", "s3:GetObject"]}, DENY),
        policy({**READ, "Sid": "Renamed"}, {**DENY, "Action": ["s3:*"], "Principal": {"AWS": "*"}}),
        policy({**READ, "Resource": ["arn:aws:s3:::b", "arn:aws:s3:::a"]}, {**DENY, "Resource": ["*"]}),
        policy(READ, READ, DENY),
    ],
)
def test_another_text_with_the_same_meaning_allows_nobody_more(other: dict[str, str]) -> None:
    assert kinds(updated("aws_s3_bucket_policy", policy(READ, DENY), other)) == []


@pytest.mark.parametrize(
    "narrower",
    [
        {**READ, "Action": "s3:GetObject"},
        {**READ, "Resource": "arn:aws:s3:::a"},
        {**READ, "Condition": {"StringEquals": {"aws:SourceAccount": "1"}}},
        {**READ, "Condition": {**READ["Condition"], "Bool": {"aws:SecureTransport": "true"}}},
    ],
)
def test_a_narrower_statement_is_no_finding_and_the_wider_one_is(narrower: dict[str, Any]) -> None:
    assert found(policy(READ), policy(narrower)) == []
    assert len(found(policy(narrower), policy(READ))) == 1


@pytest.mark.parametrize(
    ("after", "text"),
    [
        ({**READ, "Action": [*READ["Action"], "s3:PutObject"]}, "adds s3:PutObject"),
        ({**READ, "Action": "s3:*"}, "adds s3:*"),
        ({**READ, "Action": "*"}, "adds *"),
        (
            {**READ, "Resource": [*READ["Resource"], "arn:aws:s3:::c"]},
            "a statement with s3:GetObject, s3:ListBucket is wider on 1 more resources",
        ),
        (
            {**READ, "Resource": "*"},
            "a statement with s3:GetObject, s3:ListBucket is wider on every resource",
        ),
        (
            {**READ, "Condition": {}},
            "a statement with s3:GetObject, s3:ListBucket is wider under fewer or other conditions",
        ),
        (
            {**READ, "Principal": "*"},
            "a statement with s3:GetObject, s3:ListBucket is wider for everyone",
        ),
        (
            {**READ, "Principal": {"Service": "ecs-tasks.amazonaws.com", "AWS": "arn:aws:iam::1:root"}},
            "a statement with s3:GetObject, s3:ListBucket is wider for ecs-tasks, 1 other principal",
        ),
    ],
)
def test_what_a_statement_allows_more_is_in_words(after: dict[str, Any], text: str) -> None:
    assert found(policy(READ), policy(after)) == [text]


def test_a_new_statement_lists_its_actions() -> None:
    other = {"Sid": "Write", "Effect": "Allow", "Action": ["sqs:SendMessage"], "Resource": "*"}
    assert found(policy(READ), policy(READ, other)) == [
        "a new statement allows sqs:SendMessage on every resource"
    ]


def test_a_statement_that_another_one_covers_is_no_finding() -> None:
    wide = {"Effect": "Allow", "Action": "s3:Get*", "Resource": "arn:aws:s3:::*"}
    narrow = {"Effect": "Allow", "Action": "S3:GETOBJECT", "Resource": "arn:aws:s3:::a"}
    assert found(policy(wide), policy(wide, narrow)) == []


class TestDeny:
    def test_a_removed_denial_allows_more(self) -> None:
        assert found(policy(READ, DENY), policy(READ)) == [
            "no longer denied: s3:* on every resource for everyone"
        ]

    def test_a_narrower_denial_allows_more(self) -> None:
        narrower = {**DENY, "Action": "s3:PutObject"}
        assert found(policy(DENY), policy(narrower)) == ["no longer denied: s3:*"]

    def test_a_further_denial_allows_nobody_more(self) -> None:
        assert found(policy(READ), policy(READ, DENY)) == []

    def test_a_further_condition_of_a_denial_allows_more(self) -> None:
        condition = {**DENY["Condition"], "StringNotEquals": {"aws:PrincipalArn": "x"}}
        assert len(found(policy(DENY), policy({**DENY, "Condition": condition}))) == 1

    def test_a_removed_policy_that_denies_allows_more(self) -> None:
        document = plan(change("aws_s3_bucket_policy", policy(DENY), None))
        assert texts(document, Kind.ACCESS) == ["a policy is removed that denies actions of s3"]


class TestNotUnderstood:
    @pytest.mark.parametrize(
        "text",
        ["", "{}", "no JSON", "[]", '{"Statement": 1}', '{"Statement": [{"Effect": "Maybe"}]}'],
    )
    def test_a_text_that_is_no_policy(self, text: str) -> None:
        document = updated("aws_iam_policy", policy(READ), {"policy": text})
        if text == "":
            assert kinds(document) == []  # no policy allows nothing
        else:
            assert texts(document, Kind.NOT_UNDERSTOOD) == ["a policy that cannot be compared"]

    @pytest.mark.parametrize("element", ["NotAction", "NotResource", "NotPrincipal"])
    def test_a_statement_of_all_but_something(self, element: str) -> None:
        document = updated("aws_iam_policy", policy(READ), policy({**READ, element: "x"}))
        assert kinds(document) == [Kind.NOT_UNDERSTOOD]

    def test_a_policy_that_is_known_only_after_the_apply_without_a_configuration(self) -> None:
        unknown = change("aws_iam_policy", policy(READ), {}, after_unknown={"policy": True})
        configured = {"address": "aws_iam_policy.main", "expressions": {"policy": {"references": ["x"]}}}
        document = plan(unknown, configuration={"root_module": {"resources": [configured]}})
        assert kinds(document) == [Kind.NOT_UNDERSTOOD]

    def test_a_sensitive_policy(self) -> None:
        document = plan(
            change("aws_iam_policy", policy(READ), policy(DENY), after_sensitive={"policy": True})
        )
        assert kinds(document) == [Kind.NOT_UNDERSTOOD]


def test_an_unknown_resource_of_a_statement_must_be_looked_at() -> None:
    template = policy({**READ, "Resource": "${aws_s3_bucket.new.arn}"})["policy"]
    configured = {
        "address": "aws_iam_policy.main",
        "expressions": {"policy": {"constant_value": template, "references": ["aws_s3_bucket.new"]}},
    }
    document = plan(
        change("aws_iam_policy", policy(READ), {}, after_unknown={"policy": True}),
        configuration={"root_module": {"resources": [configured]}},
    )
    (text,) = texts(document, Kind.ACCESS)
    assert text.endswith("(partly known only after the apply)")


def test_an_endpoint_without_a_policy_allows_everything() -> None:
    before = policy({**READ, "Principal": "*"})
    (text,) = texts(updated("aws_vpc_endpoint", before, {"policy": None}), Kind.ACCESS)
    assert text == "a new statement allows * on every resource for everyone"


def test_a_role_that_another_service_can_assume() -> None:
    def trust(service: str) -> dict[str, str]:
        statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
        return {"assume_role_policy": policy(statement)["policy"]}

    document = updated("aws_iam_role", trust("ecs-tasks.amazonaws.com"), trust("ec2.amazonaws.com"))
    assert texts(document, Kind.ACCESS) == ["a statement with sts:AssumeRole is wider for ec2"]


def test_an_attached_policy_and_a_boundary_that_goes_allow_more() -> None:
    attached = plan(change("aws_iam_role_policy_attachment", None, {"role": "a"}))
    assert kinds(attached) == [Kind.ACCESS]
    boundary = updated("aws_iam_role", {"permissions_boundary": "arn"}, {"permissions_boundary": None})
    assert kinds(boundary) == [Kind.ACCESS]
