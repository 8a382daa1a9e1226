"""Terraform accepts what is synthesized, by the schemas of the providers themselves.

A failure shows Terraform's own messages.
"""

import json

import pytest

from constructs_lib.settings.names import STATE_STACK
from tests.emulator.terraform import Terraform, TerraformError
from tests.terraform.conftest import STACKS, Workplace


def terraform(workplace: Workplace, stack: str, copy: str) -> Terraform:
    """Terraform on a copy of a stack, whose state would stay in the copy: no bucket is asked for."""
    made = Terraform(workplace.stacks[stack], workplace.directory / copy, environment=workplace.environment)
    local_state: dict[str, object] = {"terraform": {"backend": {"local": {}}}}
    (made.directory / "backend_override.tf.json").write_text(json.dumps(local_state), encoding="utf-8")
    return made


@pytest.mark.parametrize("stack", STACKS)
def test_terraform_accepts_the_stack(workplace: Workplace, stack: str) -> None:
    made = terraform(workplace, stack, stack)

    made.init()
    made.validate()


def test_terraforms_messages_are_shown_when_it_does_not(workplace: Workplace) -> None:
    made = terraform(workplace, STATE_STACK, "broken")
    wrong = {"resource": {"aws_s3_bucket": {"broken": {"bucket_nmae": "payment"}}}}
    (made.directory / "broken.tf.json").write_text(json.dumps(wrong), encoding="utf-8")
    made.init()

    with pytest.raises(TerraformError, match='No argument or block type is named "bucket_nmae"'):
        made.validate()
