"""AWS Backup: what a plan protects."""

from typing import Any
from urllib.parse import unquote

from moto.backup import urls
from moto.backup.exceptions import InvalidRequestException, ResourceNotFoundException
from moto.backup.models import BackupBackend
from moto.backup.responses import BackupResponse
from moto.core.responses import ActionResult, EmptyResult
from moto.core.utils import unix_time
from moto.moto_api._internal import mock_random

from tests.emulator.gaps.patching import Method, adds, memory, replaces


def _selections(backend: BackupBackend, plan_id: str) -> dict[str, Any]:
    if plan_id not in backend.plans:
        raise ResourceNotFoundException(f"Cannot find backup plan {plan_id}")
    return memory(backend.plans[plan_id], "selections")


def _path_ids(self: BackupResponse) -> tuple[str, str]:
    """The ids of plan and selection in /backup/plans/{plan}/selections/{selection}."""
    plan_id, _, selection_id = self.path.partition("/plans/")[2].partition("/selections")
    return plan_id, selection_id.strip("/")


@adds(BackupResponse)
def create_backup_selection(self: BackupResponse) -> ActionResult:
    """CreateBackupSelection assigns resources to a plan, with the role that backs them up."""
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
    """GetBackupSelection gives one selection of a plan."""
    plan_id, selection_id = _path_ids(self)
    selections = _selections(self.backup_backend, plan_id)
    if selection_id not in selections:
        raise ResourceNotFoundException(f"Cannot find Backup selection {selection_id}")
    return ActionResult(selections[selection_id])


@adds(BackupResponse)
def list_backup_selections(self: BackupResponse) -> ActionResult:
    """ListBackupSelections gives all selections of a plan."""
    plan_id, _ = _path_ids(self)
    selections = _selections(self.backup_backend, plan_id).values()
    return ActionResult({"BackupSelectionsList": [each | each["BackupSelection"] for each in selections]})


@adds(BackupResponse)
def delete_backup_selection(self: BackupResponse) -> EmptyResult:
    """DeleteBackupSelection takes a selection out of its plan."""
    plan_id, selection_id = _path_ids(self)
    _selections(self.backup_backend, plan_id).pop(selection_id, None)
    return EmptyResult()


@replaces(BackupBackend)
def delete_backup_plan(original: Method, self: BackupBackend, backup_plan_id: str) -> object:
    """DeleteBackupPlan refuses a plan that still has selections; any other leaves its name to a new one."""
    if backup_plan_id in self.plans and _selections(self, backup_plan_id):
        raise InvalidRequestException(
            "Related backup plan selections must be deleted prior to backup plan deletion."
        )
    answer: object = original(self, backup_plan_id)
    del self.plans[backup_plan_id]
    return answer


@adds(BackupResponse)
def list_recovery_points_by_backup_vault(_self: BackupResponse) -> ActionResult:
    """ListRecoveryPointsByBackupVault gives what a vault holds: here nothing, since no plan ever runs."""
    return ActionResult({"RecoveryPoints": []})


urls.url_paths["{0}/backup-vaults/(?P<name>[^/]+)/recovery-points/$"] = BackupResponse.dispatch


@replaces(BackupResponse)
def list_tags(_original: Method, self: BackupResponse) -> ActionResult:
    """ListTags answers for the ARN that the path ends with; moto expects a slash behind it."""
    arn = unquote(self.path.partition("/tags/")[2]).rstrip("/")
    return ActionResult({"Tags": self.backup_backend.list_tags(arn)})
