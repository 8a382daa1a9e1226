"""What is read from the output of a killed apply, what of it is adopted, and what is left to do."""

from collections.abc import Mapping
from typing import Any

import pytest

from constructs_lib.commands.adopt import ADOPTED_TYPES, WRITTEN_AGAIN_TYPES, adoption, read
from tests.unit.synthesis import Synthesized, synthesize

_STACK: dict[str, Any] = {
    "resource": {
        "aws_vpc": {"mine_1A2B": {"tags": {"Name": "payment-api-dev-vpc"}}},
        "aws_subnet": {"a_1": {"tags": {"Name": "payment-api-dev-a"}}},
        "aws_lb": {"lb_1": {"name": "payment-api-dev"}},
        "aws_eip": {"address_1": {}},
        "aws_ecs_cluster": {"cluster_1": {"name": "payment-api-dev"}},
        "aws_ecs_service": {"service_1": {"name": "api"}},
        "aws_ecs_task_definition": {"task_1": {"family": "payment-api-dev"}},
        "aws_route": {
            "default_1": {
                "route_table_id": "${aws_route_table.table_1.id}",
                "destination_cidr_block": "0.0.0.0/0",
            }
        },
        "aws_route_table_association": {
            "a_1": {"route_table_id": "${aws_route_table.table_1.id}", "subnet_id": "${aws_subnet.a_1.id}"}
        },
        "aws_backup_selection": {"daily_1": {"plan_id": "${aws_backup_plan.plan_1.id}"}},
        "aws_wafv2_web_acl": {"acl_1": {"name": "payment-api-dev", "scope": "REGIONAL"}},
        "aws_cloudwatch_dashboard": {"dashboard_1": {}},
        "aws_secretsmanager_secret_version": {"version_1": {}},
        "aws_sns_topic_subscription": {"email_1": {}},
    }
}
_VPC = "aws_vpc.mine_1A2B"


def said(address: str, id_: str) -> str:
    """Terraform's line for what it has created."""
    return f"{address}: Creation complete after 1m2s [id={id_}]\n"


def blocks(output: str, known: Mapping[str, str] | None = None) -> dict[str, str]:
    """Address → id of all that is adopted."""
    document = adoption(_STACK, known or {}, read(output)).document
    return {block["to"]: block["id"] for block in document["import"]}


def to_do(output: str, known: Mapping[str, str] | None = None) -> list[str]:
    """What is left to do."""
    return adoption(_STACK, known or {}, read(output)).to_do


class TestReading:
    @pytest.mark.parametrize(
        "line",
        [
            "{said}",
            "\x1b[0m\x1b[1m{said}\x1b[0m",
            "payment-api-dev  {said}",
            "                 \x1b[0m\x1b[1m{said}\x1b[0m\x1b[0m",
            "\x1b[2K\x1b[1A\x1b[2K\x1b[Gpayment-api-dev  \x1b[0m\x1b[1m{said}\x1b[0m\x1b[0m",
        ],
        ids=["terraform", "terraform in colour", "cdktf", "cdktf in colour", "cdktf on a screen"],
    )
    def test_a_line_is_understood_as_every_tool_prints_it(self, line: str) -> None:
        output = line.format(said="aws_vpc.mine_1A2B: Creation complete after 13s [id=vpc-1]")
        assert read(output).created == {_VPC: "vpc-1"}

    def test_what_a_person_found_is_as_good_as_what_terraform_said(self) -> None:
        found = read(f"{_VPC}: Creating...\n{_VPC}=vpc-1\n")
        assert (found.created, found.begun) == ({_VPC: "vpc-1"}, {})

    def test_an_id_may_have_brackets_and_spaces(self) -> None:
        assert read(said(_VPC, "a [b] c")).created == {_VPC: "a [b] c"}

    def test_what_was_created_is_no_longer_being_created(self) -> None:
        assert not read(f"{_VPC}: Creating...\n{said(_VPC, 'vpc-1')}").begun

    def test_what_has_no_id_was_created_all_the_same(self) -> None:
        begun = read(f"{_VPC}: Creating...\n{_VPC}: Creation complete after 0s\n").begun
        assert not begun

    @pytest.mark.parametrize("line", ["Refreshing state... [id=vpc-1]", "Import complete [id=vpc-1]"])
    def test_what_a_later_apply_finds_in_the_state_is_no_longer_being_created(self, line: str) -> None:
        assert not read(f"{_VPC}: Creating...\n{_VPC}: {line}\n").begun

    def test_of_several_applies_the_last_counts(self) -> None:
        assert read(said(_VPC, "vpc-1") + said(_VPC, "vpc-2")).created == {_VPC: "vpc-2"}

    def test_what_was_destroyed_afterwards_was_not_created(self) -> None:
        assert not read(said(_VPC, "vpc-1") + f"{_VPC}: Destruction complete after 1s\n").created

    def test_what_is_being_created_once_more_was_not_created(self) -> None:
        found = read(said(_VPC, "vpc-1") + f"{_VPC}: Creating...\n")
        assert (found.created, found.begun) == ({}, {_VPC: "Creating"})

    def test_what_was_being_destroyed_may_still_be_there(self) -> None:
        output = said(_VPC, "vpc-1") + f"{_VPC}: Destroying... [id=vpc-1]\n"
        found = read(output)
        assert (found.created, found.begun) == ({}, {_VPC: "Destroying"})

    def test_what_was_replaced_is_the_new_one(self) -> None:
        output = said(_VPC, "new") + f"{_VPC} (deposed object 1a2b): Destroying... [id=old]\n"
        assert read(output).created == {_VPC: "new"}

    def test_the_plan_above_says_nothing(self) -> None:
        found = read('  + name = "x"\n  # aws_vpc.mine_1A2B will be created\nPlan: 1 to add.\n')
        assert (found.created, found.begun) == ({}, {})


class TestAdopting:
    def test_what_the_state_does_not_know_is_adopted(self) -> None:
        assert blocks(said(_VPC, "vpc-1")) == {_VPC: "vpc-1"}

    def test_what_the_state_knows_is_not(self) -> None:
        output, known = said(_VPC, "vpc-1"), {_VPC: "vpc-1"}
        assert (blocks(output, known), to_do(output, known)) == ({}, [])

    @pytest.mark.parametrize(
        ("address", "id_", "imported_by"),
        [
            ("aws_ecs_cluster.cluster_1", "arn:aws:ecs:r:1:cluster/payment-api-dev", "payment-api-dev"),
            (
                "aws_ecs_service.service_1",
                "arn:aws:ecs:r:1:service/payment-api-dev/api",
                "payment-api-dev/api",
            ),
            ("aws_route.default_1", "r-rtb-11080289494", "${aws_route_table.table_1.id}_0.0.0.0/0"),
            (
                "aws_route_table_association.a_1",
                "rtbassoc-1",
                "${aws_subnet.a_1.id}/${aws_route_table.table_1.id}",
            ),
            ("aws_backup_selection.daily_1", "0-2", "${aws_backup_plan.plan_1.id}|0-2"),
            ("aws_wafv2_web_acl.acl_1", "0-1", "0-1/payment-api-dev/REGIONAL"),
            (
                "aws_ecs_task_definition.task_1",
                "payment-api-dev",
                "${data.aws_ecs_task_definition.newest.arn}",
            ),
        ],
    )
    def test_what_is_imported_by_something_else_than_its_id(
        self, address: str, id_: str, imported_by: str
    ) -> None:
        assert blocks(said(address, id_)) == {address: imported_by}

    def test_the_newest_task_definition_is_looked_up_by_its_family(self) -> None:
        document = adoption(
            _STACK, {}, read(said("aws_ecs_task_definition.task_1", "payment-api-dev"))
        ).document
        found = {"aws_ecs_task_definition": {"newest": {"task_definition": "payment-api-dev"}}}
        assert document["data"] == found

    def test_what_is_written_again_is_not_adopted_nor_to_be_done(self) -> None:
        output = said("aws_cloudwatch_dashboard.dashboard_1", "d")
        assert (blocks(output), to_do(output)) == ({}, [])

    def test_an_address_is_subscribed_again(self) -> None:
        """AWS may have let go of the subscription, which nobody confirmed, before it is imported."""
        assert blocks(said("aws_sns_topic_subscription.email_1", "arn:aws:sns:r:1:topic:0-1")) == {}

    def test_a_version_of_the_secret_is_never_adopted(self) -> None:
        """Its import would put the password into the state."""
        assert blocks(said("aws_secretsmanager_secret_version.version_1", "arn|v")) == {}


class TestLeftToDo:
    @pytest.mark.parametrize(
        ("address", "named"),
        [
            (_VPC, "name payment-api-dev-vpc"),
            ("aws_lb.lb_1", "name payment-api-dev"),
            ("aws_ecs_task_definition.task_1", "family payment-api-dev"),
        ],
    )
    def test_what_was_being_created_is_named(self, address: str, named: str) -> None:
        assert to_do(f"{address}: Creating...\n") == [f"{address}: Creating was not finished, {named}"]

    def test_what_has_no_name_is_listed_all_the_same(self) -> None:
        assert to_do("aws_eip.address_1: Creating...\n") == ["aws_eip.address_1: Creating was not finished"]

    @pytest.mark.parametrize(
        "address", ["aws_cloudwatch_dashboard.dashboard_1", "aws_sns_topic_subscription.email_1"]
    )
    def test_what_was_being_written_is_not_listed(self, address: str) -> None:
        assert to_do(f"{address}: Creating...\n") == []

    def test_what_was_being_created_is_listed_though_the_state_has_an_older_one(self) -> None:
        assert to_do("aws_eip.address_1: Creating...\n", {"aws_eip.address_1": "old"})

    def test_what_was_being_destroyed_is_left_to_the_state_if_that_has_it(self) -> None:
        output = "aws_eip.address_1: Destroying... [id=eipalloc-1]\n"
        assert to_do(output) == ["aws_eip.address_1: Destroying was not finished"]
        assert to_do(output, {"aws_eip.address_1": "eipalloc-1"}) == []

    def test_of_a_replacement_both_are_named(self) -> None:
        output, known = said("aws_lb.lb_1", "new"), {"aws_lb.lb_1": "old"}
        assert blocks(output, known) == {}
        assert to_do(output, known) == ["aws_lb.lb_1: the state has old, but new was created after it"]

    @pytest.mark.parametrize("address", ["aws_thing.of_another_type", "aws_vpc.no_longer_in_the_code"])
    def test_what_cannot_be_adopted_is_named(self, address: str) -> None:
        listed = to_do(said(address, "x-1"))
        assert listed == [f"{address}: x-1 was created, and it is not known how to adopt it"]


class TestTypes:
    def test_every_type_is_either_adopted_or_written_again(self, every: Synthesized) -> None:
        assert set(every.document["resource"]) <= ADOPTED_TYPES | WRITTEN_AGAIN_TYPES
        assert not ADOPTED_TYPES & WRITTEN_AGAIN_TYPES

    def test_so_is_every_type_that_a_setting_adds(self) -> None:
        stack = synthesize("dev", PAYMENT_API_MONITORING__ALARM_EMAIL="on-call@example.com")
        assert set(stack.document["resource"]) <= ADOPTED_TYPES | WRITTEN_AGAIN_TYPES

    def test_what_was_drawn_at_random_is_not_replaced_when_it_is_adopted(self, every: Synthesized) -> None:
        """Keepers that an import knows nothing of would do that."""
        assert not [each for each in every.all("random_id").values() if "keepers" in each]
