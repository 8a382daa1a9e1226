"""The picture of the architecture shows every resource and every rule of the synthesized stacks."""

from collections.abc import Iterable

import pytest

from constructs_lib.pictures.architecture import Architecture, architecture
from constructs_lib.pictures.layout import layout
from constructs_lib.pictures.places import OTHER, PLACES
from constructs_lib.pictures.resources import PictureError, Resource, of_plan, of_stack
from tests.unit.pictures.plans import plan
from tests.unit.synthesis import Synthesized, synthesize

RULES = ("aws_vpc_security_group_ingress_rule", "aws_vpc_security_group_egress_rule")


def of(*stacks: Synthesized) -> Architecture:
    return architecture([each for stack in stacks for each in of_stack(stack.document)])


def addresses(stack: Synthesized) -> set[str]:
    return {
        f"{type_}.{name}" for type_, resources in stack.document["resource"].items() for name in resources
    }


def test_every_resource_is_shown(every: Synthesized, state: Synthesized, images: Synthesized) -> None:
    shown = of(every, state, images)

    assert addresses(every) | addresses(state) | addresses(images) == shown.shown
    assert OTHER not in shown.nodes


def test_every_rule_is_part_of_an_arrow(every: Synthesized) -> None:
    shown = of(every)
    in_arrows = sorted(rule.address for arrow in shown.arrows for rule in arrow.rules)

    assert in_arrows == sorted(f"{type_}.{name}" for type_ in RULES for name in every.all(type_))


def test_every_node_and_subnet_has_a_place(every: Synthesized, state: Synthesized) -> None:
    shown = of(every, state)
    placed = layout(shown, title=False)

    drawn = {each.id for each in placed.icons} | {each.id for each in placed.groups} | {"network"}
    assert shown.nodes.keys() <= drawn
    assert {each.node.id for each in shown.subnets} <= {each.id for each in placed.frames}


def test_every_arrow_is_drawn_with_its_ports(every: Synthesized) -> None:
    shown = of(every)
    drawn = [
        [text.line for text in route.ports] for route in layout(shown, title=False).routes if route.ports
    ]

    assert sorted(map(sorted, drawn)) == sorted(sorted(arrow.ports) for arrow in shown.arrows)
    for arrow in shown.arrows:
        for port, rules in arrow.ports.items():
            assert {str(every_port(every, rule)) for rule in rules} == {port}


def every_port(stack: Synthesized, rule: Resource) -> int:
    return int(stack.all(rule.type)[rule.name]["from_port"])


def test_the_arrows_of_prod_are_its_traffic_matrix(prod: Synthesized) -> None:
    assert {(each.source, each.target): list(each.ports) for each in of(prod).arrows} == {
        ("clients", "load-balancer"): ["80", "443"],
        ("load-balancer", "service"): ["8080"],
        ("service", "database"): ["5432"],
        ("service", "endpoints"): ["443"],
        ("service", "gateway-endpoint"): ["443"],
        ("database-roles", "database"): ["5432"],
        ("database-roles", "endpoints"): ["443"],
    }


def test_every_zone_has_its_subnets_gateway_and_instance(prod: Synthesized) -> None:
    shown = of(prod)

    assert shown.zones == [f"us-east-1{zone}" for zone in "abc"]
    assert {(each.zone, each.kind) for each in shown.subnets} == {
        (zone, kind) for zone in shown.zones for kind in ("public", "private", "database")
    }
    assert {f"nat {zone}" for zone in shown.zones} <= shown.nodes.keys()
    placed = {each.id: each for each in layout(shown, title=False).icons}
    for instance, zone in (("writer", "a"), ("reader", "b")):
        assert placed[f"instance {instance}"].y == pytest.approx(placed[f"task us-east-1{zone}"].y, abs=10)


def test_nothing_overlaps(every: Synthesized) -> None:
    placed = layout(of(every), title=True)
    boxes = [(each.id, each.box) for each in placed.icons]

    for number, (id_, box) in enumerate(boxes):
        assert 0 <= box.left < box.right <= 830, id_
        assert 0 <= box.top < box.bottom <= placed.height, id_
        for other_id, other in boxes[number + 1 :]:
            apart = (
                box.right <= other.left
                or other.right <= box.left
                or box.bottom <= other.top
                or other.bottom <= box.top
            )
            assert apart, (id_, other_id)


def test_a_type_without_a_place_is_shown_as_other_and_not_hidden(prod: Synthesized) -> None:
    queue = Resource(type="aws_sqs_queue", name="settlements")
    shown = architecture([*of_stack(prod.document), queue])

    assert queue.address not in shown.shown
    assert shown.nodes[OTHER].resources == [queue]
    assert "Other: aws_sqs_queue" in {text.line for text in layout(shown, title=False).texts}


def test_a_rule_between_unknown_groups_is_an_arrow_too() -> None:
    group = Resource(type="aws_security_group", name="cache_security-group")
    rule = Resource(
        type=RULES[0],
        name="service-to-cache",
        values={"from_port": 6379, "to_port": 6380, "ip_protocol": "tcp"},
        references={
            "security_group_id": group.address,
            "referenced_security_group_id": "aws_security_group.service",
        },
    )
    (arrow,) = architecture([group, rule, Resource(type="aws_security_group", name="service")]).arrows

    assert (arrow.source, arrow.target, list(arrow.ports)) == ("service", OTHER, ["6379 to 6380"])


@pytest.mark.parametrize("type_", [type_ for type_, node in PLACES.items() if node == "by construct"])
def test_a_resource_of_an_unknown_construct_is_other(type_: str) -> None:
    assert list(architecture([Resource(type=type_, name="cache_thing")]).nodes) == [OTHER]


# From a plan


def same(one: Architecture, other: Architecture) -> bool:
    """Whether two pictures have the same nodes, labels and arrows."""
    return (
        {id_: list(node.lines) for id_, node in one.nodes.items()}
        == {id_: list(node.lines) for id_, node in other.nodes.items()}
        and [(each.source, each.target, list(each.ports)) for each in one.arrows]
        == [(each.source, each.target, list(each.ports)) for each in other.arrows]
        and one.zones == other.zones
    )


def test_the_plan_of_a_first_deployment_has_the_picture_of_the_stack(every: Synthesized) -> None:
    assert same(architecture(of_plan(plan(None, every))), of(every))


def test_the_plan_of_a_destruction_has_the_picture_of_the_stack_by_the_ids_in_the_state(
    prod: Synthesized,
) -> None:
    resources = of_plan(plan(prod, None))

    assert {each.action for each in resources} == {"delete"}
    counted = {"alarms", "iam", "keys", "logs", "secrets"}
    drawn = architecture(resources)
    assert [(each.source, each.target) for each in drawn.arrows] == [
        (each.source, each.target) for each in of(prod).arrows
    ]
    assert drawn.nodes.keys() == of(prod).nodes.keys()
    assert {
        id_ for id_, node in drawn.nodes.items() if any(line.startswith("0 ") for line in node.lines)
    } == counted


def actions(resources: Iterable[Resource]) -> dict[str, set[str]]:
    """What happens to the resources of each action."""
    found: dict[str, set[str]] = {}
    for each in resources:
        found.setdefault(each.action, set()).add(each.type)
    return found


def test_a_plan_says_what_comes_what_goes_and_what_changes(prod: Synthesized) -> None:
    other = synthesize(
        "prod",
        PAYMENT_API_SERVICE__PORT="9090",
        PAYMENT_API_NETWORK__DESTINATIONS='{"card-network": "192.0.2.0/24:443"}',
    )
    (nat,) = (f"aws_nat_gateway.{name}" for name in prod.all("aws_nat_gateway") if "us-east-1b" in name)
    resources = of_plan(plan(prod, other, replaced=[nat]))
    found = actions(resources)

    assert found["create"] == found["delete"] | {RULES[1]} == set(RULES)
    assert "aws_ecs_task_definition" in found["update"]
    assert found["replace"] == {"aws_nat_gateway"}
    by_pair = {(each.source, each.target): each for each in architecture(resources).arrows}
    assert {
        port: {each.action for each in rules}
        for port, rules in by_pair["load-balancer", "service"].ports.items()
    } == {"8080": {"delete"}, "9090": {"create"}}
    assert {each.action for each in by_pair["service", "destinations"].rules} == {"create"}


@pytest.mark.parametrize(
    "document", [{}, {"resource_changes": None}, {"resource_changes": [{}]}, {"resource_changes": [[]]}]
)
def test_a_document_that_is_not_a_plan_is_refused_in_one_line(document: dict[str, object]) -> None:
    with pytest.raises(
        PictureError, match=r"\Anot a (complete )?plan: must be the output of `terraform show"
    ):
        of_plan(document)


def test_no_text_of_a_plan_gets_into_the_picture(prod: Synthesized) -> None:
    """A text is planted in every attribute of every resource, also in those that the picture reads."""
    planned = plan(None, prod)
    for change in planned["resource_changes"]:
        after = change["change"]["after"]
        for name in (
            *after,
            "availability_zone",
            "cidr_block",
            "service_name",
            "engine_version",
            "ip_protocol",
        ):
            if not isinstance(after.get(name), int) or isinstance(after.get(name), bool):
                after[name] = "planted-3cr3t"
    resources = of_plan(planned)
    placed = layout(architecture(resources), title=True)

    assert len(resources) == len(addresses(prod))
    assert all("planted" not in str(each) for each in resources)
    assert "planted" not in str(placed)
