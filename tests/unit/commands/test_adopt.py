"""Reading the log of a killed apply, the import blocks for it, and the resources that the user must check."""

from collections.abc import Mapping
from typing import Any

import pytest

from constructs_lib.commands.adopt import ADOPTED_TYPES, WRITTEN_AGAIN_TYPES, adoption, read
from tests.unit.synthesis import Synthesized

_STACK: dict[str, Any] = {
    "resource": {
        "aws_vpc": {"main_1A2B": {"tags": {"Name": "payment-api-dev-vpc"}}},
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
_VPC = "aws_vpc.main_1A2B"


def creation_complete(address: str, id_: str) -> str:
    """The line that Terraform prints when it has created a resource."""
    return f"{address}: Creation complete after 1m2s [id={id_}]\n"


def imports(output: str, state_ids: Mapping[str, str] | None = None) -> dict[str, str]:
    """The import ids by address."""
    document = adoption(_STACK, state_ids or {}, read(output)).document
    return {block["to"]: block["id"] for block in document["import"]}


def to_check(output: str, state_ids: Mapping[str, str] | None = None) -> list[str]:
    """The lines about resources that the user must check."""
    return adoption(_STACK, state_ids or {}, read(output)).to_check


class TestReading:
    @pytest.mark.parametrize(
        "line",
        [
            "{event}",
            "\x1b[0m\x1b[1m{event}\x1b[0m",
            "payment-api-dev  {event}",
            "                 \x1b[0m\x1b[1m{event}\x1b[0m\x1b[0m",
            "\x1b[2K\x1b[1A\x1b[2K\x1b[Gpayment-api-dev  \x1b[0m\x1b[1m{event}\x1b[0m\x1b[0m",
        ],
        ids=["terraform", "terraform in color", "cdktf", "cdktf in color", "cdktf in a terminal"],
    )
    def test_a_created_resource_is_read_from_the_output_of_every_tool(self, line: str) -> None:
        output = line.format(event="aws_vpc.main_1A2B: Creation complete after 13s [id=vpc-1]")
        assert read(output).created == {_VPC: "vpc-1"}

    def test_an_id_that_the_user_added_counts_as_created(self) -> None:
        found = read(f"{_VPC}: Creating...\n{_VPC}=vpc-1\n")
        assert (found.created, found.incomplete) == ({_VPC: "vpc-1"}, {})

    def test_an_id_may_contain_brackets_and_spaces(self) -> None:
        assert read(creation_complete(_VPC, "a [b] c")).created == {_VPC: "a [b] c"}

    def test_a_completed_creation_is_not_incomplete(self) -> None:
        assert not read(f"{_VPC}: Creating...\n{creation_complete(_VPC, 'vpc-1')}").incomplete

    def test_a_completed_creation_without_an_id_is_not_incomplete(self) -> None:
        incomplete = read(f"{_VPC}: Creating...\n{_VPC}: Creation complete after 0s\n").incomplete
        assert not incomplete

    @pytest.mark.parametrize("line", ["Refreshing state... [id=vpc-1]", "Import complete [id=vpc-1]"])
    def test_a_resource_that_a_later_apply_finds_in_the_state_is_not_incomplete(self, line: str) -> None:
        assert not read(f"{_VPC}: Creating...\n{_VPC}: {line}\n").incomplete

    def test_the_last_of_several_creations_counts(self) -> None:
        output = creation_complete(_VPC, "vpc-1") + creation_complete(_VPC, "vpc-2")
        assert read(output).created == {_VPC: "vpc-2"}

    def test_a_resource_that_was_destroyed_later_does_not_count_as_created(self) -> None:
        assert not read(creation_complete(_VPC, "vpc-1") + f"{_VPC}: Destruction complete after 1s\n").created

    def test_a_resource_that_is_being_created_again_is_incomplete(self) -> None:
        found = read(creation_complete(_VPC, "vpc-1") + f"{_VPC}: Creating...\n")
        assert (found.created, found.incomplete) == ({}, {_VPC: "Creating"})

    def test_a_resource_that_is_being_destroyed_is_incomplete(self) -> None:
        output = creation_complete(_VPC, "vpc-1") + f"{_VPC}: Destroying... [id=vpc-1]\n"
        found = read(output)
        assert (found.created, found.incomplete) == ({}, {_VPC: "Destroying"})

    def test_the_destruction_of_a_deposed_object_keeps_the_new_one(self) -> None:
        output = creation_complete(_VPC, "new") + f"{_VPC} (deposed object 1a2b): Destroying... [id=old]\n"
        assert read(output).created == {_VPC: "new"}

    def test_the_plan_in_the_output_is_ignored(self) -> None:
        found = read('  + name = "x"\n  # aws_vpc.main_1A2B will be created\nPlan: 1 to add.\n')
        assert (found.created, found.incomplete) == ({}, {})


class TestImports:
    def test_a_resource_that_is_missing_from_the_state_is_imported(self) -> None:
        assert imports(creation_complete(_VPC, "vpc-1")) == {_VPC: "vpc-1"}

    def test_a_resource_in_the_state_is_not_imported(self) -> None:
        output, state_ids = creation_complete(_VPC, "vpc-1"), {_VPC: "vpc-1"}
        assert (imports(output, state_ids), to_check(output, state_ids)) == ({}, [])

    @pytest.mark.parametrize(
        ("address", "id_", "import_id"),
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
    def test_some_types_are_imported_by_an_import_id_that_differs_from_the_id(
        self, address: str, id_: str, import_id: str
    ) -> None:
        assert imports(creation_complete(address, id_)) == {address: import_id}

    def test_the_newest_task_definition_is_looked_up_by_its_family(self) -> None:
        document = adoption(
            _STACK, {}, read(creation_complete("aws_ecs_task_definition.task_1", "payment-api-dev"))
        ).document
        data = {"aws_ecs_task_definition": {"newest": {"task_definition": "payment-api-dev"}}}
        assert document["data"] == data

    def test_a_resource_of_a_type_that_is_written_again_is_neither_imported_nor_listed(self) -> None:
        output = creation_complete("aws_cloudwatch_dashboard.dashboard_1", "d")
        assert (imports(output), to_check(output)) == ({}, [])

    def test_an_email_subscription_is_not_imported(self) -> None:
        """AWS deletes an unconfirmed subscription after two days, and the import would fail then."""
        output = creation_complete("aws_sns_topic_subscription.email_1", "arn:aws:sns:r:1:topic:0-1")
        assert imports(output) == {}

    def test_a_secret_version_is_not_imported(self) -> None:
        """Its import would write the password to the state."""
        assert imports(creation_complete("aws_secretsmanager_secret_version.version_1", "arn|v")) == {}


class TestResourcesToCheck:
    @pytest.mark.parametrize(
        ("address", "name"),
        [
            (_VPC, "name payment-api-dev-vpc"),
            ("aws_lb.lb_1", "name payment-api-dev"),
            ("aws_ecs_task_definition.task_1", "family payment-api-dev"),
        ],
    )
    def test_an_incomplete_creation_is_listed_with_the_name_of_the_resource(
        self, address: str, name: str
    ) -> None:
        assert to_check(f"{address}: Creating...\n") == [f"{address}: Creating did not complete, {name}"]

    def test_an_incomplete_creation_of_a_resource_without_a_name_is_listed(self) -> None:
        listed = to_check("aws_eip.address_1: Creating...\n")
        assert listed == ["aws_eip.address_1: Creating did not complete"]

    @pytest.mark.parametrize(
        "address", ["aws_cloudwatch_dashboard.dashboard_1", "aws_sns_topic_subscription.email_1"]
    )
    def test_an_incomplete_creation_of_a_type_that_is_written_again_is_not_listed(self, address: str) -> None:
        assert to_check(f"{address}: Creating...\n") == []

    def test_an_incomplete_creation_is_listed_even_if_the_state_has_an_older_resource(self) -> None:
        assert to_check("aws_eip.address_1: Creating...\n", {"aws_eip.address_1": "old"})

    def test_an_incomplete_destruction_is_listed_only_if_the_resource_is_not_in_the_state(self) -> None:
        output = "aws_eip.address_1: Destroying... [id=eipalloc-1]\n"
        assert to_check(output) == ["aws_eip.address_1: Destroying did not complete"]
        assert to_check(output, {"aws_eip.address_1": "eipalloc-1"}) == []

    def test_a_replacement_is_listed_with_the_ids_of_both_resources(self) -> None:
        output, state_ids = creation_complete("aws_lb.lb_1", "new"), {"aws_lb.lb_1": "old"}
        assert imports(output, state_ids) == {}
        assert to_check(output, state_ids) == ["aws_lb.lb_1: the state has old, but new was created after it"]

    @pytest.mark.parametrize(
        ("address", "reason"),
        [
            ("aws_thing.unsupported", "resources of this type cannot be adopted"),
            ("aws_vpc.removed", "is not in the synthesized stack"),
        ],
    )
    def test_a_resource_that_cannot_be_imported_is_listed_with_the_reason(
        self, address: str, reason: str
    ) -> None:
        listed = to_check(creation_complete(address, "x-1"))
        assert listed == [f"{address}: x-1 was created, but {reason}"]


class TestTypes:
    def test_every_type_is_either_adopted_or_written_again(
        self, every: Synthesized, images: Synthesized
    ) -> None:
        for stack in (every, images):
            assert set(stack.document["resource"]) <= ADOPTED_TYPES | WRITTEN_AGAIN_TYPES
        assert not ADOPTED_TYPES & WRITTEN_AGAIN_TYPES

    def test_random_ids_have_no_keepers_that_would_replace_them_after_an_import(
        self, every: Synthesized
    ) -> None:
        """An imported random_id has no keepers, so that keepers in the code would replace it."""
        assert not [each for each in every.all("random_id").values() if "keepers" in each]
