"""Terraform validates the synthesized stacks against the schemas of the providers.

A failure shows Terraform's messages.
"""

import json

import pytest

from constructs_lib.settings.names import STATE_STACK
from tests.emulator.terraform import Terraform, TerraformError
from tests.terraform.conftest import STACKS, Workspace


def terraform(workspace: Workspace, stack: str, copy: str) -> Terraform:
    """Return Terraform in a copy of a stack with a local backend, so that no state bucket is needed."""
    copied = Terraform(workspace.stacks[stack], workspace.directory / copy, environment=workspace.environment)
    local_state: dict[str, object] = {"terraform": {"backend": {"local": {}}}}
    (copied.directory / "backend_override.tf.json").write_text(json.dumps(local_state), encoding="utf-8")
    return copied


@pytest.mark.parametrize("stack", STACKS)
def test_terraform_accepts_the_stack(workspace: Workspace, stack: str) -> None:
    copied = terraform(workspace, stack, stack)

    copied.init()
    copied.validate()


def test_terraforms_messages_are_shown_if_a_stack_is_not_valid(workspace: Workspace) -> None:
    copied = terraform(workspace, STATE_STACK, "broken")
    wrong = {"resource": {"aws_s3_bucket": {"broken": {"bucket_nmae": "payment"}}}}
    (copied.directory / "broken.tf.json").write_text(json.dumps(wrong), encoding="utf-8")
    copied.init()

    with pytest.raises(TerraformError, match='No argument or block type is named "bucket_nmae"'):
        copied.validate()
