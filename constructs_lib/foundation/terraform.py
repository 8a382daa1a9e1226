"""What every stack asks of Terraform itself."""

from typing import TypedDict

from cdktf import DataTerraformRemoteStateS3, S3Backend, TerraformResourceLifecycle, TerraformStack
from cdktf_cdktf_provider_aws.data_aws_s3_objects import DataAwsS3Objects
from constructs import Construct

from constructs_lib.settings.model import Settings

# Write-only arguments came with 1.11.
TERRAFORM_VERSION = ">= 1.11.0"


class _Location(TypedDict):
    bucket: str
    key: str
    region: str
    skip_region_validation: bool
    kms_key_id: str


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
    backend = S3Backend(stack, **_location(settings), encrypt=True)
    # S3Backend of CDKTF 0.21 does not know the native lock file, which replaced the DynamoDB table.
    backend.add_override("use_lockfile", True)


def last_output(stack: TerraformStack, settings: Settings, name: str) -> str:
    """An output of the stack itself as the last apply left it.

    An expression, to be used inside `${try(…)}`: it fails where the output is not there yet.
    """
    location = _location(settings)
    written = DataAwsS3Objects(stack, "written-state", bucket=location["bucket"], prefix=location["key"])
    state = DataTerraformRemoteStateS3(stack, "last-state", **location)
    # CDKTF 0.21 has no argument for it. A state that is not there is an error.
    state.add_override("count", f'${{contains({written.fqn}.keys, "{location["key"]}") ? 1 : 0}}')
    return f"one({state.fqn}).outputs.{name}"


def _location(settings: Settings) -> _Location:
    return {
        "bucket": settings.state.bucket,
        "key": f"payment-api/{settings.suffix}/terraform.tfstate",
        "region": settings.region,
        # The settings know every region, Terraform 1.11 not the youngest ones.
        "skip_region_validation": True,
        "kms_key_id": f"alias/{settings.state.key_alias}",
    }
