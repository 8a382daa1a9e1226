"""The helpers for Terraform expressions, checks and destroy protection."""

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
    secrets_in_this_account,
)
from tests.unit.synthesis import Block, Synthesized, settings_of, synthesize
from tests.variables import EVERYTHING_ON


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


def test_expressions_can_be_nested() -> None:
    exists = call("contains", list_of([literal("a"), literal("b")]), "local.name")
    assert exists == 'contains(["a", "b"], local.name)'
    assert conditional(exists, literal(1), literal(0)) == 'contains(["a", "b"], local.name) ? 1 : 0'
    assert equal("local.name", literal("a")) == 'local.name == "a"'
    assert list_of([]) == "[]"
    assert call("plantimestamp") == "plantimestamp()"


def test_interpolated_adds_the_braces() -> None:
    assert interpolated("local.name") == "${local.name}"


@pytest.mark.parametrize("expression", ["${local.name}", 'length("${local.name}")', "a ${local.name}"])
def test_an_interpolation_inside_an_interpolation_is_refused(expression: str) -> None:
    with pytest.raises(ValueError, match="must not contain another"):
        interpolated(expression)


def test_an_expression_may_contain_a_token(stack: TerraformStack) -> None:
    """CDKTF resolves the token during synthesis, without braces."""
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


def test_only_protected_resources_have_prevent_destroy() -> None:
    assert protection(False) is None
    lifecycle = protection(True)
    assert lifecycle is not None
    assert lifecycle.prevent_destroy is True


class TestSecretsInThisAccount:
    """`self.account_id` is the account of the credentials, which is not known before the plan."""

    def postconditions(self, stack: Synthesized) -> list[Block]:
        lifecycle = stack.document["data"]["aws_caller_identity"]["caller"]["lifecycle"]
        found: list[Block] = lifecycle.get("postcondition", [])
        return found

    def test_without_secrets_there_is_no_condition(self, each_profile: Synthesized) -> None:
        assert self.postconditions(each_profile) == []

    def test_a_plan_compares_the_account_of_the_secrets_with_that_of_the_credentials(self) -> None:
        assert self.postconditions(synthesize(EVERYTHING_ON)) == [
            {
                "condition": '${self.account_id == "123456789012"}',
                "error_message": (
                    "service.secrets maps PROVIDER_API_KEY, WEBHOOK_SECRET to account 123456789012: must be "
                    "secrets of ${self.account_id}, the account of the deployment. Nothing has been changed."
                ),
            }
        ]

    def test_each_account_has_a_condition_of_its_own(self) -> None:
        arn = "arn:aws:secretsmanager:us-east-1:{}:secret:provider-a1B2c3"
        secrets = {"B": arn.format("2" * 12), "A": arn.format("1" * 12), "C": arn.format("2" * 12)}
        service = settings_of("dev", PAYMENT_API_SERVICE__SECRETS=json.dumps(secrets)).service
        messages = [each.error_message.partition(":")[0] for each in secrets_in_this_account(service)]
        assert messages == [
            f"service.secrets maps A to account {'1' * 12}",
            f"service.secrets maps B, C to account {'2' * 12}",
        ]
