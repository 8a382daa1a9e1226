"""Terraform expressions are built by helpers that keep them valid."""

import json

import pytest
from cdktf import TerraformLocal, TerraformStack, Testing

from constructs_lib.foundation.terraform import (
    call,
    check,
    conditional,
    equal,
    interpolated,
    list_of,
    literal,
    protection,
)


@pytest.fixture
def stack() -> TerraformStack:
    return TerraformStack(Testing.app(), "stack")


@pytest.mark.parametrize(
    ("value", "expression"),
    [
        ("text", '"text"'),
        ('say "no"', '"say \\"no\\""'),
        ("back\\slash", '"back\\\\slash"'),
        ("two\nlines", '"two\\nlines"'),
        (0, "0"),
        (1.5, "1.5"),
        (True, "true"),
        (None, "null"),
    ],
)
def test_a_literal_is_a_constant(value: str | float | bool | None, expression: str) -> None:
    assert literal(value) == expression


@pytest.mark.parametrize("value", ["${aws_vpc.main.id}", "%{ if true }", "a ${b} c"])
def test_a_literal_with_an_interpolation_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match="literal must not contain"):
        literal(value)


def test_expressions_compose() -> None:
    exists = call("contains", list_of([literal("a"), literal("b")]), "local.name")
    assert exists == 'contains(["a", "b"], local.name)'
    assert conditional(exists, literal(1), literal(0)) == 'contains(["a", "b"], local.name) ? 1 : 0'
    assert equal("local.name", literal("a")) == 'local.name == "a"'
    assert list_of([]) == "[]"
    assert call("plantimestamp") == "plantimestamp()"


def test_an_expression_is_interpolated_once() -> None:
    assert interpolated("local.name") == "${local.name}"


@pytest.mark.parametrize("expression", ["${local.name}", 'length("${local.name}")', "a ${local.name}"])
def test_an_interpolation_inside_an_interpolation_is_refused(expression: str) -> None:
    with pytest.raises(ValueError, match="must not contain another"):
        interpolated(expression)


def test_an_expression_may_contain_a_token(stack: TerraformStack) -> None:
    """CDKTF fills in the token when it synthesizes, without braces of its own."""
    first = TerraformLocal(stack, "first", "value")
    TerraformLocal(stack, "second", interpolated(equal(str(first.fqn), literal("value"))))
    TerraformLocal(stack, "third", interpolated(call("length", str(first.as_string))))
    synthesized = json.loads(str(Testing.synth(stack)))["locals"]
    assert synthesized["second"] == '${local.first == "value"}'
    assert synthesized["third"] == "${length(local.first)}"


def test_a_check_evaluates_its_condition(stack: TerraformStack) -> None:
    check(stack, "name", condition=equal("local.a", literal(1)), error_message="It is not.")
    assert json.loads(str(Testing.synth(stack)))["check"] == {
        "name": {"assert": [{"condition": "${local.a == 1}", "error_message": "It is not."}]}
    }


def test_only_what_is_protected_cannot_be_destroyed() -> None:
    assert protection(False) is None
    lifecycle = protection(True)
    assert lifecycle is not None
    assert lifecycle.prevent_destroy is True
