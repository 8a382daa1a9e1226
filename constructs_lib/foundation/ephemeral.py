"""Values that exist only while Terraform runs: in no plan, no state and no synthesized JSON."""

from collections.abc import Mapping

from cdktf import TerraformStack
from constructs import Construct


def ephemeral(scope: Construct, type_: str, name: str, arguments: Mapping[str, object]) -> str:
    """Declare an ephemeral resource and return its address, to be used inside `${…}`.

    CDKTF 0.21 has no class for ephemeral resources, hence the override. They are meant for write-only
    arguments alone; Terraform refuses them anywhere that is stored.
    """
    TerraformStack.of(scope).add_override(f"ephemeral.{type_}.{name}", dict(arguments))
    return f"ephemeral.{type_}.{name}"
