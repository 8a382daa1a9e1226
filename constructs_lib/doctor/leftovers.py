"""What an earlier or another deployment has left under the names of this one."""

from collections.abc import Iterator

from constructs_lib.doctor.examination import Check, Examination
from constructs_lib.doctor.findings import Finding
from constructs_lib.settings.names import global_name
from constructs_lib.settings.regions import ZONE_LETTERS


def _log_groups(examined: Examination) -> Iterator[Finding]:
    """Find log groups that CreateLogGroup would reject because they exist."""
    ours = examined.deployed("aws_cloudwatch_log_group", "name")
    for address, name in examined.names("aws_cloudwatch_log_group").items():
        found = examined.aws.all("logs", "describe_log_groups", "logGroups", logGroupNamePrefix=name)
        if name not in ours and any(each["logGroupName"] == name for each in found):
            yield Finding(
                f"the log group {name} exists, but not in the state of this deployment",
                f"terraform import {address} {name}, or, if nobody needs it, aws logs delete-log-group "
                f"--log-group-name {name}",
            )


def _roles(examined: Examination) -> Iterator[Finding]:
    """Find roles that CreateRole would reject because they exist."""
    ours = examined.deployed("aws_iam_role", "name")
    existing = _existing_roles(examined)
    for address, name in examined.names("aws_iam_role").items():
        if name in existing - ours:
            yield Finding(
                f"the IAM role {name} exists, but not in the state of this deployment",
                f"terraform import {address} {name}, or, if nothing uses it, aws iam delete-role "
                f"--role-name {name}",
            )


def _other_regions(examined: Examination) -> Iterator[Finding]:
    """Find a deployment of the same suffix elsewhere, before the first one in this region.

    IAM is global, so one request shows the roles of all regions. In a region that is already deployed, the
    other one is no mistake.
    """
    if examined.is_deployed:
        return
    settings, existing = examined.settings, _existing_roles(examined)
    for region in sorted(ZONE_LETTERS.keys() - {settings.region}):
        if (role := global_name(f"{settings.name_prefix}-task", region)) in existing:
            yield Finding(
                f"{settings.name_prefix} is deployed in {region} already, as the IAM role {role} shows",
                f"set AWS_REGION={region} if you mean that one, or another ENVIRONMENT_SUFFIX; if you want "
                "both, see docs/operations.md, Several deployments in one account",
            )


def _existing_roles(examined: Examination) -> set[str]:
    return {each["RoleName"] for each in examined.aws.all("iam", "list_roles", "Roles")}


CHECKS = (
    Check("log groups of an earlier deployment", _log_groups),
    Check("IAM roles of an earlier deployment", _roles),
    Check("deployments in other regions", _other_regions),
)
