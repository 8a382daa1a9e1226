"""Terraform's version, tags, remote state, checks, destroy protection and expressions."""

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import cache
from typing import TypedDict
from weakref import WeakKeyDictionary

from cdktf import (
    DataTerraformRemoteStateS3,
    Postcondition,
    Precondition,
    S3Backend,
    TerraformOutput,
    TerraformResource,
    TerraformResourceLifecycle,
    TerraformStack,
)
from cdktf_cdktf_provider_aws.data_aws_s3_objects import DataAwsS3Objects
from constructs import Construct

from constructs_lib.settings.changes import FixedSetting, fixed_settings
from constructs_lib.settings.grants import secret_account
from constructs_lib.settings.model import ServiceSettings, Settings, StateSettings
from constructs_lib.settings.names import TERRAFORM_VERSION, state_key

_FIXED_SETTINGS_OUTPUT = "fixed_settings"

_WORKSPACE_ERROR = (
    "The stack must be in the Terraform workspace default, because it reads its own state there: unset "
    "TF_WORKSPACE or run `terraform workspace select default`. To deploy another environment, set "
    "ENVIRONMENT_SUFFIX."
)

# A CDKTF token in a string: a value that CDKTF resolves during synthesis.
_TOKEN = re.compile(r"\$\{TfToken\[[^\]]+\]\}")


# The addresses that are known, because each takes a request to the jsii kernel.
_addresses: WeakKeyDictionary[TerraformResource, str] = WeakKeyDictionary()


class _Location(TypedDict):
    bucket: str
    key: str
    region: str
    skip_region_validation: bool
    kms_key_id: str


def literal(value: str | float | bool | None) -> str:
    """Return a constant as a Terraform expression.

    Raises ValueError if it contains `${` or `%{`, which Terraform would evaluate even inside quotes.
    """
    if isinstance(value, str) and ("${" in value or "%{" in value):
        raise ValueError(f"a literal must not contain ${{ or %{{: {value}")
    return json.dumps(value)


def call(function: str, *arguments: str) -> str:
    """Return the call of a Terraform function as an expression; the arguments are expressions."""
    return f"{function}({', '.join(arguments)})"


def equal(left: str, right: str) -> str:
    """Return the comparison of two expressions as an expression."""
    return f"{left} == {right}"


def different(left: str, right: str) -> str:
    """Return whether two expressions differ, as an expression."""
    return f"{left} != {right}"


def any_of(*conditions: str) -> str:
    """Return whether one of the conditions is true, as an expression. Terraform evaluates all of them."""
    return " || ".join(conditions)


def all_of(*conditions: str) -> str:
    """Return whether all conditions are true, as an expression. Terraform evaluates all of them."""
    return " && ".join(conditions)


def grouped(expression: str) -> str:
    """Return the expression in parentheses, as an operand of another one."""
    return f"({expression})"


def conditional(condition: str, if_true: str, if_false: str) -> str:
    """Return Terraform's `condition ? if_true : if_false` as an expression."""
    return f"{condition} ? {if_true} : {if_false}"


def list_of(items: Iterable[str]) -> str:
    """Return a list of expressions as an expression."""
    return f"[{', '.join(items)}]"


def interpolated(expression: str) -> str:
    """Return `${expression}`, the form in which arguments and text contain an expression.

    The expression may contain CDKTF's tokens, such as the attribute of a resource. Raises ValueError if it
    contains another `${…}`: CDKTF strips the inner one, also where it is meant as part of a string.
    """
    if "${" in _TOKEN.sub("", expression):
        raise ValueError(f"an expression must not contain another ${{…}}: {expression}")
    return f"${{{expression}}}"


def require_terraform(stack: TerraformStack) -> None:
    """Require a Terraform version with write-only arguments, without which an apply would fail half-way."""
    stack.add_override("terraform.required_version", TERRAFORM_VERSION)


def planned_only_if(
    *conditions: Precondition, result: Sequence[Postcondition] = ()
) -> TerraformResourceLifecycle:
    """Return the lifecycle of a data source with which a plan fails unless it meets all conditions.

    The conditions on the `result` can refer to the data source as `self`.

    Use it on what most resources depend on: the plan then shows no further errors that follow from the first
    one. A destruction is always possible, because Terraform evaluates no preconditions then.
    """
    return TerraformResourceLifecycle(precondition=[*conditions], postcondition=[*result] or None)


def in_default_workspace() -> Precondition:
    """Return the condition that the plan is not one of a named workspace.

    The state of a named workspace is another object than the one that `last_outputs` reads, so every apply
    would set the password again; and its AWS names are those of the default workspace.
    """
    return Precondition(
        condition=interpolated(equal("terraform.workspace", literal("default"))),
        error_message=_WORKSPACE_ERROR,
    )


def secrets_in_this_account(settings: ServiceSettings) -> list[Postcondition]:
    """Return the conditions on the caller's identity that the service's secrets are in the same account.

    A secret of another account needs a policy there and a key whose policy allows the use from here.
    """
    variables = defaultdict(list)
    for variable, reference in settings.secrets.items():
        variables[secret_account(reference)].append(variable)
    return [
        Postcondition(
            condition=interpolated(equal("self.account_id", literal(account))),
            error_message=(
                f"service.secrets maps {', '.join(names)} to account {account}: must be secrets of "
                f"{interpolated('self.account_id')}, the account of the deployment. Nothing has been changed."
            ),
        )
        for account, names in sorted(variables.items())
    ]


def protection(protected: bool) -> TerraformResourceLifecycle | None:
    """Return the lifecycle with which Terraform refuses any plan that destroys a protected resource.

    AWS's deletion protection takes effect too late: the apply has already destroyed other resources by then.
    """
    return TerraformResourceLifecycle(prevent_destroy=True) if protected else None


def check(scope: Construct, name: str, *, condition: str, error_message: str) -> None:
    """Make every plan and apply evaluate the condition, an expression, and warn if it is false.

    CDKTF 0.21 has no class for check blocks, hence the override.
    """
    TerraformStack.of(scope).add_override(
        f"check.{name}.assert", [{"condition": interpolated(condition), "error_message": error_message}]
    )


def address(resource: TerraformResource) -> str:
    """Return the address of a resource, as `depends_on` contains it."""
    known = _addresses.get(resource)
    if known is None:
        known = f"{_resource_type(type(resource))}.{resource.friendly_unique_id}"
        _addresses[resource] = known
    return known


@cache
def _resource_type(class_: type[TerraformResource]) -> str:
    """The type of the resources of a class, which takes a call of the jsii kernel."""
    type_: str = getattr(class_, "TF_RESOURCE_TYPE")  # noqa: B009 - not an attribute of TerraformResource
    return type_


def output_after(
    scope: Construct, name: str, *, value: object, description: str, after: TerraformResource
) -> None:
    """Create an output that Terraform writes after `after` is applied.

    If that fails, the output keeps its last value, which the next plan can read with `last_outputs`.
    """
    TerraformOutput(
        scope,
        name,
        value=value,
        description=description,
        static_id=True,
        # CDKTF 0.21 writes its own depends_on in a form that Terraform rejects.
    ).add_override("depends_on", [address(after)])


def remote_state(stack: TerraformStack, *, region: str, suffix: str, settings: StateSettings) -> None:
    """Store the stack's state in the encrypted bucket of the state stack, with a lock file beside it."""
    backend = S3Backend(stack, **_location(region, suffix, settings), encrypt=True)
    # S3Backend of CDKTF 0.21 has no argument for the lock file in S3, which replaces the DynamoDB table.
    backend.add_override("use_lockfile", True)


def last_outputs(stack: TerraformStack, settings: Settings) -> str:
    """Return the stack's own outputs after the last apply, as the expression of an object.

    Use its attributes in `try()`: they are an error as long as the output does not exist.
    """
    location = _location(settings.region, settings.suffix, settings.state)
    written = DataAwsS3Objects(stack, "written-state", bucket=location["bucket"], prefix=location["key"])
    state = DataTerraformRemoteStateS3(stack, "last-state", **location)
    exists = call("contains", f"{written.fqn}.keys", literal(location["key"]))
    # CDKTF 0.21 has no argument for `count`. Reading a state that does not exist is an error.
    state.add_override("count", interpolated(conditional(exists, literal(1), literal(0))))
    return f"{call('one', state.fqn)}.outputs"


def fixed_settings_unchanged(stack: TerraformStack, settings: Settings, last: str) -> list[Precondition]:
    """Return the conditions that no setting which is fixed for life has another value than at the last apply.

    Every apply records the values in an output; `last` is the expression of the last apply's outputs. For a
    deployment that was last applied without this output, nothing is compared.
    """
    fixed = list(fixed_settings(settings))
    TerraformOutput(
        stack,
        _FIXED_SETTINGS_OUTPUT,
        value={each.name: each.text for each in fixed},
        description="Settings that cannot be changed while the deployment exists",
    )
    return [_unchanged(f"{last}.{_FIXED_SETTINGS_OUTPUT}", each) for each in fixed]


def _unchanged(last: str, setting: FixedSetting) -> Precondition:
    value = literal(setting.text)
    # try(): before the first apply, and for a setting that is new in the output, nothing is compared.
    applied = call("try", f"{last}[{literal(setting.name)}]", value)
    return Precondition(
        condition=interpolated(equal(applied, value)),
        error_message=(
            f"{setting.name} is {setting.text}: must remain {interpolated(applied)}, the deployed value."
            f" Nothing has been changed. {setting.way_out}"
        ),
    )


def _location(region: str, suffix: str, settings: StateSettings) -> _Location:
    return {
        "bucket": settings.bucket,
        "key": state_key(suffix),
        "region": region,
        # Terraform 1.11's backend does not support all regions that the settings accept.
        "skip_region_validation": True,
        "kms_key_id": f"alias/{settings.key_alias}",
    }
