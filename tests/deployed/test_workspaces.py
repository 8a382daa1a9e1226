"""Terraform's named workspaces, in which a deployment would never have an empty plan, are refused."""

from pathlib import Path

import pytest

from constructs_lib.settings.names import STATE_STACK
from tests.emulator.deployment import Deployment
from tests.emulator.terraform import Terraform, TerraformError


@pytest.mark.parametrize("stack", ["payment-api-dev", STATE_STACK])
def test_terraform_refuses_to_plan_in_a_named_workspace(dev: Deployment, stack: str, tmp_path: Path) -> None:
    """The backend creates an empty state for the workspace before Terraform evaluates the condition."""
    environment = {**dev.environment, "TF_WORKSPACE": "ci"}
    terraform = Terraform(dev.stacks[stack], tmp_path / "stack", environment=environment)
    terraform.init(**({"path": str(tmp_path / "terraform.tfstate")} if stack == STATE_STACK else {}))
    with pytest.raises(TerraformError, match="The stack must be in the Terraform workspace default"):
        terraform.plan()
