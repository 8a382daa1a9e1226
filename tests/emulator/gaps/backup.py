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
def list_recovery_points_by_backup_vault(_self: BackupResponse) -> ActionResult:
    """ListRecoveryPointsByBackupVault returns the recovery points in a vault. The emulator runs no backup
    jobs, so there are none.

    https://docs.aws.amazon.com/aws-backup/latest/devguide/API_ListRecoveryPointsByBackupVault.html
    """
    return ActionResult({"RecoveryPoints": []})


urls.url_paths["{0}/backup-vaults/(?P<name>[^/]+)/recovery-points/$"] = BackupResponse.dispatch


@replaces(BackupResponse)
def list_tags(_original: Method, self: BackupResponse) -> ActionResult:
    """ListTags reads the ARN from the end of the path, with or without a trailing slash; moto requires
    the slash.

    https://docs.aws.amazon.com/aws-backup/latest/devguide/API_ListTags.html
    """
    arn = unquote(self.path.partition("/tags/")[2]).rstrip("/")
    return ActionResult({"Tags": self.backup_backend.list_tags(arn)})
