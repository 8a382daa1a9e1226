"""What every stack asks of Terraform itself."""

from cdktf import S3Backend, TerraformResourceLifecycle, TerraformStack
from constructs import Construct

from constructs_lib.settings import Settings

# Write-only arguments came with 1.11.
TERRAFORM_VERSION = ">= 1.11.0"


def require_terraform(stack: TerraformStack) -> None:
    """Make older versions of Terraform refuse the stack instead of storing secrets or failing half-way."""
    stack.add_override("terraform.required_version", TERRAFORM_VERSION)


def protected(prevent_destroy: bool) -> TerraformResourceLifecycle | None:
    """Make Terraform refuse any plan that would delete the resource.

    AWS's own deletion protection comes too late: by the time it refuses, the plan's other deletions are done.
    """
    return TerraformResourceLifecycle(prevent_destroy=True) if prevent_destroy else None


def check(scope: Construct, name: str, *, condition: str, error_message: str) -> None:
    """Make every plan and apply evaluate the condition (a `${…}`), and warn where it does not hold.

    CDKTF 0.21 has no class for checks, hence the override.
    """
    TerraformStack.of(scope).add_override(
        f"check.{name}.assert", [{"condition": condition, "error_message": error_message}]
    )


def default_tags(suffix: str) -> dict[str, str]:
    """The tags that every resource carries."""
    return {"Project": "payment-api", "Environment": suffix, "ManagedBy": "terraform"}


def remote_state(stack: TerraformStack, settings: Settings) -> None:
    """Keep the stack's state in the encrypted bucket of payment-api-state, locked by a file beside it."""
    backend = S3Backend(
        stack,
        bucket=settings.state.bucket,
        key=f"payment-api/{settings.suffix}/terraform.tfstate",
        region=settings.region,
        encrypt=True,
        kms_key_id=f"alias/{settings.state.key_alias}",
    )
    # S3Backend of CDKTF 0.21 does not know the native lock file, which replaced the DynamoDB table.
    backend.add_override("use_lockfile", True)
