"""AWS Backup: vaults, plans and the resources assigned to them."""

from tests.emulator.calls import Call
from tests.emulator.gaps.patching import extra_state
from tests.emulator.permissions import role_may
from tests.emulator.refusals.policies import find_role, trusts
from tests.emulator.refusals.rules import RefusedError, moto_refuses, refuses

moto_refuses("backup", "DeleteBackupPlan", code="InvalidRequestException", kind="in use")
moto_refuses("backup", "CreateBackupVault", code="AlreadyExistsException", kind="taken")
moto_refuses("backup", "CreateBackupPlan", code="AlreadyExistsException", kind="taken")

# https://docs.aws.amazon.com/aws-backup/latest/devguide/aws-backup-limits.html
_QUOTAS = {"CreateBackupVault": ("vaults", 300), "CreateBackupPlan": ("plans", 300)}
_SELECTIONS_PER_PLAN = 100
_SHORTEST_START_WINDOW = 60
_DAYS_IN_COLD_STORAGE = 90


def _invalid(message: str) -> RefusedError:
    return RefusedError("InvalidParameterValueException", message)


@refuses("backup", "DeleteBackupVault", kind="in use")
def vault_with_recovery_points(call: Call) -> None:
    """DeleteBackupVault refuses a vault that contains recovery points.

    https://docs.aws.amazon.com/aws-backup/latest/devguide/API_DeleteBackupVault.html
    """
    vault = call.backend("backup").vaults.get(call.parameters.get("BackupVaultName"))
    if vault and extra_state(vault, "recovery_points"):
        raise RefusedError(
            "InvalidRequestException", "Backup vault cannot be deleted because it contains recovery points."
        )


@refuses("backup", "CreateBackupPlan", "UpdateBackupPlan", kind="not there yet")
def vault_of_a_plan(call: Call) -> None:
    """The rules of a plan name vaults that exist.

    https://docs.aws.amazon.com/aws-backup/latest/devguide/API_BackupRuleInput.html
    """
    for rule in (call.parameters.get("BackupPlan") or {}).get("Rules") or ():
        if rule.get("TargetBackupVaultName") not in call.backend("backup").vaults:
            raise _invalid(f"Backup vault {rule.get('TargetBackupVaultName')} does not exist.")


@refuses("backup", "CreateBackupSelection", kind="not there yet")
def role_of_a_selection(call: Call) -> None:
    """CreateBackupSelection requires a role that AWS Backup can assume.

    https://docs.aws.amazon.com/aws-backup/latest/devguide/iam-service-roles.html
    """
    arn = str((call.parameters.get("BackupSelection") or {}).get("IamRoleArn"))
    role = find_role(arn)
    if role is None or not trusts(role, "backup.amazonaws.com"):
        raise _invalid(f"IAM Role {arn} cannot be assumed by AWS Backup")


@refuses("backup", "CreateBackupSelection", kind="not there yet")
def role_may_ask_for_tags(call: Call) -> None:
    """CreateBackupSelection requires a role that may list tagged resources, whatever the selection names.

    https://docs.aws.amazon.com/aws-backup/latest/devguide/security-iam-awsmanpol.html
    """
    arn = str((call.parameters.get("BackupSelection") or {}).get("IamRoleArn"))
    role = find_role(arn)
    if role and not role_may(arn, "tag:GetResources"):
        raise _invalid(f"IAM Role {arn} is not authorized to call tag:GetResources")


@refuses("backup", "CreateBackupSelection", kind="taken")
def selection_exists(call: Call) -> None:
    """The names of a plan's selections are unique.

    https://docs.aws.amazon.com/aws-backup/latest/devguide/API_CreateBackupSelection.html
    """
    plan = call.backend("backup").plans.get(call.parameters.get("BackupPlanId"))
    name = (call.parameters.get("BackupSelection") or {}).get("SelectionName")
    selections = extra_state(plan, "selections").values() if plan else ()
    if any(each["BackupSelection"]["SelectionName"] == name for each in selections):
        raise RefusedError("AlreadyExistsException", "Backup selection with the same name already exists.")


@refuses("backup", "CreateBackupSelection", kind="too many")
def selections_per_plan(call: Call) -> None:
    """A plan has at most 100 selections.

    https://docs.aws.amazon.com/aws-backup/latest/devguide/aws-backup-limits.html
    """
    plan = call.backend("backup").plans.get(call.parameters.get("BackupPlanId"))
    if plan and len(extra_state(plan, "selections")) >= _SELECTIONS_PER_PLAN:
        raise RefusedError("LimitExceededException", f"The quota of {_SELECTIONS_PER_PLAN} is exceeded.")


@refuses("backup", *_QUOTAS, kind="too many")
def default_quotas(call: Call) -> None:
    """An account has at most 300 vaults and 300 plans in a region.

    https://docs.aws.amazon.com/aws-backup/latest/devguide/aws-backup-limits.html
    """
    resources, quota = _QUOTAS[call.operation.name]
    if len(getattr(call.backend("backup"), resources)) >= quota:
        raise RefusedError("LimitExceededException", f"The quota of {quota} {resources} is exceeded.")


@refuses("backup", "CreateBackupSelection", kind="malformed")
def resources_of_a_selection(call: Call) -> None:
    """A selection names resources or tags.

    https://docs.aws.amazon.com/aws-backup/latest/devguide/API_BackupSelection.html
    """
    selection = call.parameters.get("BackupSelection") or {}
    if not any(selection.get(name) for name in ("Resources", "ListOfTags", "NotResources", "Conditions")):
        raise _invalid(
            "Invalid backup selection. Either 'ListOfTags' or 'Resources' section must be non-empty."
        )


@refuses("backup", "CreateBackupPlan", "UpdateBackupPlan", kind="malformed")
def rules_of_a_plan(call: Call) -> None:
    """The rules of a plan have different names, at least an hour to start, another hour to complete, and keep
    backups in cold storage for at least 90 days.

    https://docs.aws.amazon.com/aws-backup/latest/devguide/API_BackupRuleInput.html
    """
    rules = (call.parameters.get("BackupPlan") or {}).get("Rules") or []
    names = [rule.get("RuleName") for rule in rules]
    if len({*names}) != len(names):
        raise _invalid("The names of a plan's rules must be unique.")
    for rule in rules:
        start, completion = rule.get("StartWindowMinutes"), rule.get("CompletionWindowMinutes")
        if start is not None and start < _SHORTEST_START_WINDOW:
            raise _invalid(f"Start window must be at least {_SHORTEST_START_WINDOW} minutes.")
        if completion is not None and completion < (start or 0) + 60:
            raise _invalid("Completion window must be at least 60 minutes larger than start window.")
        lifecycle = rule.get("Lifecycle") or {}
        cold, deleted = lifecycle.get("MoveToColdStorageAfterDays"), lifecycle.get("DeleteAfterDays")
        if cold is not None and deleted is not None and deleted < cold + _DAYS_IN_COLD_STORAGE:
            raise _invalid(
                "DeleteAfterDays cannot be less than 90 days apart from MoveToColdStorageAfterDays"
            )


@refuses("backup", "CreateBackupPlan", "UpdateBackupPlan", kind="malformed")
def schedule_of_a_plan(call: Call) -> None:
    """A schedule is a cron expression of six fields, of which either the day of the month or the day of the
    week is a question mark.

    https://docs.aws.amazon.com/aws-backup/latest/devguide/creating-a-backup-plan.html
    """
    for rule in (call.parameters.get("BackupPlan") or {}).get("Rules") or ():
        schedule = rule.get("ScheduleExpression")
        if schedule is None:
            continue
        fields = schedule.removeprefix("cron(").removesuffix(")").split()
        valid = schedule.startswith("cron(") and schedule.endswith(")") and len(fields) == 6
        if not valid or (fields[2] == "?") == (fields[4] == "?"):
            raise _invalid(f"Invalid schedule expression: {schedule}")
