"""The reviews of the changes that people make to a deployment."""

import pytest

from constructs_lib.review.findings import Kind
from constructs_lib.review.screen import screen
from tests.unit.review.plans import (
    Document,
    change,
    destruction,
    difference,
    first_apply,
    kinds,
    plan,
    reviewed,
    texts,
)
from tests.unit.synthesis import Synthesized, synthesize

_P = "PAYMENT_API_"
_MOST_LINES = 60
_READ = '[{"actions": ["s3:GetObject"], "resources": ["arn:aws:s3:::example-net-receipts/*"]}]'
_WRITE = _READ.replace('"s3:GetObject"', '"s3:GetObject", "s3:PutObject"')


def changed(before: dict[str, str], after: dict[str, str], suffix: str = "staging") -> Document:
    """The plan that changes these settings of a deployment."""
    old, new = ({f"{_P}{name}": value for name, value in each.items()} for each in (before, after))
    return difference(synthesize(suffix, **old), synthesize(suffix, **new))


class TestFirstApply:
    def test_the_open_paths_are_in_words(self, prod: Synthesized) -> None:
        found = texts(first_apply(prod), Kind.NETWORK)
        assert "TCP 443 from 0.0.0.0/0 (everyone) to 'load-balancer'" in found
        assert "TCP 5432 from 'service' to 'database'" in found
        assert "the load balancer listens on HTTPS 443" in found

    def test_a_policy_that_refers_to_new_resources_is_read_from_the_configuration(
        self, prod: Synthesized
    ) -> None:
        found = texts(first_apply(prod), Kind.ACCESS)
        assert "a new role that can be assumed by ecs-tasks" in found
        assert any(each.startswith("a new policy allows actions of ecr (4)") for each in found)

    def test_what_is_billed_is_named(self, prod: Synthesized) -> None:
        found = texts(first_apply(prod), Kind.COST)
        assert {"adds a NAT gateway", "adds a database instance", "adds a load balancer"} <= set(found)

    def test_nothing_is_deleted_or_interrupted(self, prod: Synthesized) -> None:
        assert not {Kind.DATA, Kind.INTERRUPTION} & set(kinds(first_apply(prod)))


class TestImage:
    def test_it_needs_no_second_pair_of_eyes(self) -> None:
        image = "123456789012.dkr.ecr.us-east-1.amazonaws.com/payment-api"
        document = changed({}, {"SERVICE__IMAGE": f"{image}:1.0.1"})
        assert kinds(document) == [Kind.ROUTINE]
        assert "another image: tag 1.0.0 → tag 1.0.1" in texts(document, Kind.ROUTINE)

    def test_a_digest_is_shown_in_part(self) -> None:
        image = "123456789012.dkr.ecr.us-east-1.amazonaws.com/payment-api"
        document = changed({}, {"SERVICE__IMAGE": f"{image}@sha256:{'ab' * 32}"})
        assert "another image: tag 1.0.0 → sha256:abababababab" in texts(document, Kind.ROUTINE)

    def test_an_image_of_another_repository_changes_permissions(self) -> None:
        image = "123456789012.dkr.ecr.us-east-1.amazonaws.com/other:1.0.0"
        assert Kind.ACCESS in kinds(changed({}, {"SERVICE__IMAGE": image}))


def test_a_major_upgrade_interrupts_and_says_that_it_cannot_be_undone() -> None:
    document = changed({}, {"DATABASE__ENGINE_VERSION": "16"})
    assert texts(document, Kind.INTERRUPTION) == [
        "a major upgrade makes the database unavailable and cannot be undone: 15 → 16"
    ]
    assert Kind.DATA not in kinds(document)


def test_more_nat_gateways_interrupt_and_cost() -> None:
    document = changed({"NETWORK__NAT_GATEWAYS": "1"}, {"NETWORK__NAT_GATEWAYS": "3"})
    assert texts(document, Kind.INTERRUPTION) == [
        "connections through the present NAT gateway end, and new ones have another public address"
    ]
    assert texts(document, Kind.COST) == [
        "adds a public IPv4 address",
        "adds a NAT gateway",
    ]


def test_fewer_nat_gateways_end_connections_and_addresses() -> None:
    document = changed({"NETWORK__NAT_GATEWAYS": "3"}, {"NETWORK__NAT_GATEWAYS": "1"})
    found = texts(document, Kind.INTERRUPTION)
    assert "a NAT gateway and the connections through it end" in found
    assert "a public address is given up, which others may have allowed" in found


def test_a_destination_opens_a_path() -> None:
    document = changed({}, {"NETWORK__DESTINATIONS": '{"partner": "203.0.113.0/24:443"}'})
    assert texts(document, Kind.NETWORK) == ["TCP 443 from 'service' to 203.0.113.0/24"]
    assert kinds(document) == [Kind.NETWORK]


def test_a_removed_destination_closes_a_path() -> None:
    document = changed({"NETWORK__DESTINATIONS": '{"partner": "203.0.113.0/24:443"}'}, {})
    assert kinds(document) == [Kind.ROUTINE]
    assert texts(document, Kind.ROUTINE) == ["closes TCP 443 from 'service' to 203.0.113.0/24"]


def test_a_wider_statement_names_the_action_that_is_new() -> None:
    document = changed({"SERVICE__PERMISSIONS": _READ}, {"SERVICE__PERMISSIONS": _WRITE})
    assert texts(document, Kind.ACCESS) == ["adds s3:PutObject"]


def test_a_narrower_statement_allows_nobody_more() -> None:
    document = changed({"SERVICE__PERMISSIONS": _WRITE}, {"SERVICE__PERMISSIONS": _READ})
    assert kinds(document) == []


def test_deletion_protection_that_is_switched_off_weakens_a_protection() -> None:
    off = {"DATABASE__DELETION_PROTECTION": "false", "LOAD_BALANCER__DELETION_PROTECTION": "false"}
    document = changed({}, off, "prod")
    found = texts(document, Kind.PROTECTION)
    assert "deletion protection is off" in found
    assert "forced deletion of the bucket with its objects is on" in found
    assert kinds(document) == [Kind.PROTECTION]


def test_a_protection_that_is_switched_on_needs_no_second_pair_of_eyes() -> None:
    off = {"DATABASE__DELETION_PROTECTION": "false", "LOAD_BALANCER__DELETION_PROTECTION": "false"}
    assert kinds(changed(off, {}, "prod")) == []


class TestDestruction:
    def test_all_that_holds_data_is_named_first(self, prod: Synthesized) -> None:
        document = destruction(prod)
        assert kinds(document)[0] == Kind.DATA
        assert texts(document, Kind.DATA) == [
            "deletes the backup vault with its snapshots",
            "deletes the log group with its logs",
            "deletes the key, without which nothing that it encrypts can be read",
            "deletes the database cluster",
            "deletes a database instance",
            "deletes the bucket with its objects",
            "deletes the secret",
        ]

    def test_a_missing_final_snapshot_is_named(self, dev: Synthesized) -> None:
        assert "the database is deleted without a final snapshot" in texts(destruction(dev), Kind.DATA)


def test_a_type_never_seen_is_not_understood() -> None:
    document = plan(change("aws_dynamodb_table", None, {"name": "x"}))
    assert texts(document, Kind.NOT_UNDERSTOOD) == [
        "created: type aws_dynamodb_table is unknown to the review"
    ]
    assert reviewed(document).needs_second_pair_of_eyes


@pytest.mark.parametrize("actions", [["create"], ["delete"], ["update"], ["delete", "create"], ["forget"]])
def test_no_action_on_a_type_never_seen_is_harmless(actions: list[str]) -> None:
    before = None if actions == ["create"] else {"name": "a"}
    after = None if actions == ["delete"] else {"name": "b"}
    document = plan(change("aws_new_thing", before, after, actions=actions))
    assert kinds(document) == [Kind.NOT_UNDERSTOOD]


@pytest.mark.parametrize("suffix", ["dev", "staging", "prod", "all-settings-are-set"])
def test_the_longest_reviews_fit_on_a_screen(suffix: str) -> None:
    stack = synthesize(suffix)
    for document in (first_apply(stack), destruction(stack)):
        lines = screen("payment-api", reviewed(document)).splitlines()
        assert len(lines) <= _MOST_LINES
        assert max(len(line) for line in lines) <= 160


def test_what_does_not_fit_on_the_screen_is_counted(prod: Synthesized) -> None:
    found = reviewed(destruction(prod))
    shown = screen("payment-api", found)
    assert "more: --markdown FILE has all of them" in shown


def test_a_plan_without_changes_needs_nobody() -> None:
    found = reviewed(plan())
    assert screen("x", found).splitlines()[0] == "x: the plan changes nothing"
    assert not found.needs_second_pair_of_eyes
