"""The review understands every resource type and every argument that the stacks have."""

import pytest

from constructs_lib.review import report
from constructs_lib.review.findings import Kind
from constructs_lib.review.fingerprint import ROTATION_OUTPUTS
from tests.stateful_types import HOLD_DATA
from tests.unit.review.plans import change, first_apply, plan, texts
from tests.unit.synthesis import Synthesized, synthesize, synthesize_access

_EVERYWHERE = {"description", "tags", "//", "depends_on", "lifecycle", "provider", "provisioner"}


def not_understood(stack: Synthesized) -> set[str]:
    """The types of a stack, and their arguments, that have no rule."""
    missing = set()
    for type_, resources in stack.document["resource"].items():
        rules = report.TYPES.get(type_)
        if rules is None:
            missing.add(type_)
            continue
        arguments = {argument for resource in resources.values() for argument in resource}
        missing |= {f"{type_}.{each}" for each in arguments - rules.attributes.keys() - _EVERYWHERE}
    return missing


def test_every_type_and_argument_of_a_deployment_is_understood(every: Synthesized) -> None:
    assert not_understood(every) == set()


def test_every_type_and_argument_of_the_other_stacks_is_understood(
    state: Synthesized, images: Synthesized
) -> None:
    for stack in (state, images, synthesize_access()):
        assert not_understood(stack) == set()


def test_an_alarm_address_is_understood() -> None:
    stack = synthesize("dev", PAYMENT_API_MONITORING__ALARM_EMAIL="oncall@example.net")
    assert not_understood(stack) == set()


def test_a_type_without_a_rule_is_reported(dev: Synthesized, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report, "TYPES", {})
    assert not_understood(dev) == dev.document["resource"].keys()


def test_the_first_apply_of_every_stack_is_understood(
    every: Synthesized, state: Synthesized, images: Synthesized
) -> None:
    for stack in (every, state, images, synthesize_access()):
        assert texts(first_apply(stack), Kind.NOT_UNDERSTOOD) == []


def test_the_types_that_hold_data_are_those_of_the_tests() -> None:
    assert {name for name, rules in report.TYPES.items() if rules.holds_data} == set(HOLD_DATA)


@pytest.mark.parametrize("type_", HOLD_DATA)
@pytest.mark.parametrize("actions", [["delete"], ["delete", "create"], ["create", "delete"]])
def test_the_end_of_what_holds_data_is_the_gravest_finding(type_: str, actions: list[str]) -> None:
    after = None if actions == ["delete"] else {"id": "b"}
    (first, *_) = texts(plan(change(type_, {"id": "a"}, after, actions=actions)), Kind.DATA)
    assert first.startswith("deletes " if after is None else "replaces ")


def test_the_outputs_with_the_time_of_a_rotation_exist(dev: Synthesized) -> None:
    assert dev.document["output"].keys() >= ROTATION_OUTPUTS
