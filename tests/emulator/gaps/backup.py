"""AWS Backup: the resources assigned to a plan, recovery points, tags."""

from typing import Any
from urllib.parse import unquote

from moto.backup import urls
from moto.backup.exceptions import InvalidRequestException, ResourceNotFoundException
from moto.backup.models import BackupBackend
from moto.backup.responses import BackupResponse
from moto.core.responses import ActionResult, EmptyResult
from moto.core.utils import unix_time
from moto.moto_api._internal import mock_random

from tests.emulator.gaps.patching import Method, adds, extra_state, replaces


def _selections(backend: BackupBackend, plan_id: str) -> dict[str, Any]:
    if plan_id not in backend.plans:
        raise ResourceNotFoundException(f"Cannot find backup plan {plan_id}")
    return extra_state(backend.plans[plan_id], "selections")


def _path_ids(self: BackupResponse) -> tuple[str, str]:
    """The plan's and the selection's id in the path /backup/plans/{plan}/selections/{selection}."""
    plan_id, _, selection_id = self.path.partition("/plans/")[2].partition("/selections")
    return plan_id, selection_id.strip("/")


@adds(BackupResponse)
def create_backup_selection(self: BackupResponse) -> ActionResult:
    """CreateBackupSelection assigns resources to a plan, with the IAM role that AWS Backup assumes.

    https://docs.aws.amazon.com/aws-backup/latest/devguide/API_CreateBackupSelection.html
    """
    plan_id, _ = _path_ids(self)
    selection = {
        "BackupPlanId": plan_id,
        "SelectionId": str(mock_random.uuid4()),
        "CreationDate": unix_time(),
        "BackupSelection": self._get_param("BackupSelection"),
        "CreatorRequestId": self._get_param("CreatorRequestId"),
    }
    _selections(self.backup_backend, plan_id)[selection["SelectionId"]] = selection
    return ActionResult(selection)


@adds(BackupResponse)
def get_backup_selection(self: BackupResponse) -> ActionResult:
    """GetBackupSelection returns one selection of a plan.

    https://docs.aws.amazon.com/aws-backup/latest/devguide/API_GetBackupSelection.html
    """
    plan_id, selection_id = _path_ids(self)
    selections = _selections(self.backup_backend, plan_id)
    if selection_id not in selections:
        raise ResourceNotFoundException(f"Cannot find Backup selection {selection_id}")
    return ActionResult(selections[selection_id])


@adds(BackupResponse)
def list_backup_selections(self: BackupResponse) -> ActionResult:
    """ListBackupSelections returns all selections of a plan.

    https://docs.aws.amazon.com/aws-backup/latest/devguide/API_ListBackupSelections.html
    """
    plan_id, _ = _path_ids(self)
    selections = _selections(self.backup_backend, plan_id).values()
    return ActionResult({"BackupSelectionsList": [each | each["BackupSelection"] for each in selections]})


@adds(BackupResponse)
def delete_backup_selection(self: BackupResponse) -> EmptyResult:
    """DeleteBackupSelection deletes a selection from its plan.

    https://docs.aws.amazon.com/aws-backup/latest/devguide/API_DeleteBackupSelection.html
    """
    plan_id, selection_id = _path_ids(self)
    _selections(self.backup_backend, plan_id).pop(selection_id, None)
    return EmptyResult()


@replaces(BackupBackend)
def delete_backup_plan(original: Method, self: BackupBackend, backup_plan_id: str) -> object:
    """DeleteBackupPlan rejects a plan that has selections. moto deletes that plan too, and
    never frees the name of a deleted plan.

    https://docs.aws.amazon.com/aws-backup/latest/devguide/deleting-a-backup-plan.html
    """
    if backup_plan_id in self.plans and _selections(self, backup_plan_id):
        raise InvalidRequestException(
            "Related backup plan selections must be deleted prior to backup plan deletion."
        )
    answer: object = original(self, backup_plan_id)
    del self.plans[backup_plan_id]
    return answer


@adds(BackupResponse)
def start_backup_job(self: BackupResponse) -> ActionResult:
    """StartBackupJob backs up a resource on demand. The job of the emulator completes at once and creates
    only the recovery point; the jobs of a plan never start.

    https://docs.aws.amazon.com/aws-backup/latest/devguide/API_StartBackupJob.html
    """
    vault = self.backup_backend.describe_backup_vault(self._get_param("BackupVaultName"))
    job = {"BackupJobId": str(mock_random.uuid4()), "CreationDate": unix_time()}
    arn = f"{vault.backup_vault_arn.rpartition(':backup-vault:')[0]}:recovery-point:{job['BackupJobId']}"
    extra_state(vault, "recovery_points")[arn] = {
        "RecoveryPointArn": arn,
        "BackupVaultName": vault.backup_vault_name,
        "ResourceArn": self._get_param("ResourceArn"),
        "IamRoleArn": self._get_param("IamRoleArn"),
        "Status": "COMPLETED",
        "CreationDate": job["CreationDate"],
    }
    return ActionResult(job | {"RecoveryPointArn": arn})


@adds(BackupResponse)
def list_recovery_points_by_backup_vault(self: BackupResponse) -> ActionResult:
    """ListRecoveryPointsByBackupVault returns the recovery points in a vault.

    https://docs.aws.amazon.com/aws-backup/latest/devguide/API_ListRecoveryPointsByBackupVault.html
    """
    vault = self.backup_backend.describe_backup_vault(_vault_name(self))
    return ActionResult({"RecoveryPoints": list(extra_state(vault, "recovery_points").values())})


@adds(BackupResponse)
def delete_recovery_point(self: BackupResponse) -> EmptyResult:
    """DeleteRecoveryPoint deletes a backup from its vault.

    https://docs.aws.amazon.com/aws-backup/latest/devguide/API_DeleteRecoveryPoint.html
    """
    vault = self.backup_backend.describe_backup_vault(_vault_name(self))
    arn = unquote(self.path.partition("/recovery-points/")[2])
    if extra_state(vault, "recovery_points").pop(arn, None) is None:
        raise ResourceNotFoundException(f"Cannot find recovery point {arn}")
    return EmptyResult()


def _vault_name(self: BackupResponse) -> str:
    return self.path.partition("/backup-vaults/")[2].partition("/")[0]


urls.url_paths["{0}/backup-jobs/?$"] = BackupResponse.dispatch
urls.url_paths["{0}/backup-vaults/(?P<name>[^/]+)/recovery-points/$"] = BackupResponse.dispatch
urls.url_paths["{0}/backup-vaults/(?P<name>[^/]+)/recovery-points/(?P<arn>.+)$"] = BackupResponse.dispatch


@replaces(BackupResponse)
def list_tags(_original: Method, self: BackupResponse) -> ActionResult:
    """ListTags reads the ARN from the end of the path, with or without a trailing slash; moto requires
    the slash.

    https://docs.aws.amazon.com/aws-backup/latest/devguide/API_ListTags.html
    """
    arn = unquote(self.path.partition("/tags/")[2]).rstrip("/")
    return ActionResult({"Tags": self.backup_backend.list_tags(arn)})


_OPT_IN = ("Aurora", "DynamoDB", "EBS", "EC2", "EFS", "RDS", "S3")


@adds(BackupResponse)
def describe_region_settings(self: BackupResponse) -> ActionResult:
    """DescribeRegionSettings returns for which types of resources AWS Backup is opted in.

    https://docs.aws.amazon.com/aws-backup/latest/devguide/API_DescribeRegionSettings.html
    """
    preference = dict.fromkeys(_OPT_IN, True) | extra_state(self.backup_backend, "opt_in")
    return ActionResult({"ResourceTypeOptInPreference": preference})


@adds(BackupResponse)
def update_region_settings(self: BackupResponse) -> EmptyResult:
    """UpdateRegionSettings changes the opt-in of the types that it names.

    https://docs.aws.amazon.com/aws-backup/latest/devguide/API_UpdateRegionSettings.html
    """
    preference = self._get_param("ResourceTypeOptInPreference") or {}
    extra_state(self.backup_backend, "opt_in").update(preference)
    return EmptyResult()


urls.url_paths["{0}/account-settings/?$"] = BackupResponse.dispatch
