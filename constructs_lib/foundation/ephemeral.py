"""Ephemeral resources: values that exist only while Terraform runs, not in a plan or a state."""

from collections.abc import Mapping

from cdktf import TerraformStack
from constructs import Construct


def ephemeral(scope: Construct, type_: str, name: str, arguments: Mapping[str, object]) -> str:
    """Declare an ephemeral resource and return its address as an expression.

    CDKTF 0.21 has no class for ephemeral resources, hence the override. Use the values only in write-only
    arguments: Terraform rejects them wherever they would be stored.
    """
    TerraformStack.of(scope).add_override(f"ephemeral.{type_}.{name}", dict(arguments))
    return f"ephemeral.{type_}.{name}"
