"""AWS Backup refuses what AWS refuses about vaults, plans and selections."""

from typing import Any

import pytest

from tests.emulator.account import Account
from tests.emulator.refusals import backup
from tests.unit.emulator.refusals.conftest import Refuses
from tests.unit.emulator.refusals.resources import role

CLUSTER = "arn:aws:rds:us-east-1:123456789012:cluster:payments"


@pytest.fixture
def vault(account: Account) -> str:
    account.client("backup").create_backup_vault(BackupVaultName="vault")
    return "vault"


def plan(account: Account, name: str = "plan", **changed: Any) -> str:  # noqa: ANN401 - a rule's fields
    rule = {"RuleName": "daily", "TargetBackupVaultName": "vault"} | changed
    answer = account.client("backup").create_backup_plan(BackupPlan={"BackupPlanName": name, "Rules": [rule]})
    plan_id: str = answer["BackupPlanId"]
    return plan_id


def backup_role(account: Account) -> str:
    return role(account, "backup", "backup", "tag:GetResources")


def select(account: Account, plan_id: str, role_arn: str, *resources: str, name: str = "all") -> str:
    answer = account.client("backup").create_backup_selection(
        BackupPlanId=plan_id,
        BackupSelection={"SelectionName": name, "IamRoleArn": role_arn, "Resources": [*resources]},
    )
    selection_id: str = answer["SelectionId"]
    return selection_id


def test_a_vault_with_recovery_points_cannot_be_deleted(
    account: Account, vault: str, refused: Refuses
) -> None:
    client = account.client("backup")
    job = client.start_backup_job(BackupVaultName=vault, ResourceArn=CLUSTER, IamRoleArn=backup_role(account))
    with refused("in use", "InvalidRequestException"):
        client.delete_backup_vault(BackupVaultName=vault)
    (point,) = client.list_recovery_points_by_backup_vault(BackupVaultName=vault)["RecoveryPoints"]
    assert point["RecoveryPointArn"] == job["RecoveryPointArn"]
    client.delete_recovery_point(BackupVaultName=vault, RecoveryPointArn=point["RecoveryPointArn"])
    client.delete_backup_vault(BackupVaultName=vault)


@pytest.mark.usefixtures("vault")
def test_a_plan_with_selections_cannot_be_deleted(account: Account, refused: Refuses) -> None:
    plan_id = plan(account)
    select(account, plan_id, backup_role(account), CLUSTER)
    with refused("in use", "InvalidRequestException"):
        account.client("backup").delete_backup_plan(BackupPlanId=plan_id)


def test_names_are_unique(account: Account, vault: str, refused: Refuses) -> None:
    plan_id, role_arn = plan(account), backup_role(account)
    select(account, plan_id, role_arn, CLUSTER)
    with refused("taken", "AlreadyExistsException"):
        account.client("backup").create_backup_vault(BackupVaultName=vault)
    with refused("taken", "AlreadyExistsException"):
        plan(account)
    with refused("taken", "AlreadyExistsException"):
        select(account, plan_id, role_arn, CLUSTER)


def test_a_plan_requires_its_vault(account: Account, refused: Refuses) -> None:
    with refused("not there yet", "InvalidParameterValueException"):
        plan(account)


@pytest.mark.usefixtures("vault")
def test_the_role_of_a_selection_can_be_assumed(account: Account, refused: Refuses) -> None:
    plan_id = plan(account)
    for arn in ("arn:aws:iam::123456789012:role/absent", role(account, "other", "ec2", "tag:GetResources")):
        with refused("not there yet", "InvalidParameterValueException"):
            select(account, plan_id, arn, CLUSTER)


@pytest.mark.usefixtures("vault")
@pytest.mark.parametrize("actions", [[], ["rds:DescribeDBClusters"]])
def test_the_role_of_a_selection_may_ask_for_tags(
    account: Account, refused: Refuses, actions: list[str]
) -> None:
    plan_id = plan(account)
    with refused("not there yet", "InvalidParameterValueException"):
        select(account, plan_id, role(account, "untagged", "backup", *actions), CLUSTER)


@pytest.mark.usefixtures("vault")
def test_a_plan_has_at_most_100_selections(
    account: Account, refused: Refuses, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert backup._SELECTIONS_PER_PLAN == 100
    monkeypatch.setattr(backup, "_SELECTIONS_PER_PLAN", 1)
    plan_id, role_arn = plan(account), backup_role(account)
    select(account, plan_id, role_arn, CLUSTER)
    with refused("too many", "LimitExceededException"):
        select(account, plan_id, role_arn, CLUSTER, name="second")


@pytest.mark.usefixtures("vault")
def test_an_account_has_default_quotas(
    account: Account, refused: Refuses, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan(account)
    for operation, (resources, quota) in list(backup._QUOTAS.items()):
        assert quota == 300
        monkeypatch.setitem(backup._QUOTAS, operation, (resources, 1))
    with refused("too many", "LimitExceededException"):
        account.client("backup").create_backup_vault(BackupVaultName="second")
    with refused("too many", "LimitExceededException"):
        plan(account, "second")


@pytest.mark.usefixtures("vault")
def test_a_selection_names_resources(account: Account, refused: Refuses) -> None:
    plan_id, role_arn = plan(account), backup_role(account)
    with refused("malformed", "InvalidParameterValueException"):
        select(account, plan_id, role_arn)


@pytest.mark.usefixtures("vault")
@pytest.mark.parametrize(
    "changed",
    [
        {"StartWindowMinutes": 59},
        {"StartWindowMinutes": 60, "CompletionWindowMinutes": 119},
        {"Lifecycle": {"MoveToColdStorageAfterDays": 1, "DeleteAfterDays": 90}},
        {"ScheduleExpression": "daily"},
        {"ScheduleExpression": "cron(0 4 * * *)"},
        {"ScheduleExpression": "cron(0 4 * * * *)"},
    ],
)
def test_the_rules_of_a_plan_are_valid(account: Account, refused: Refuses, changed: dict[str, Any]) -> None:
    with refused("malformed", "InvalidParameterValueException"):
        plan(account, **changed)


@pytest.mark.usefixtures("vault")
def test_a_valid_rule(account: Account) -> None:
    plan(
        account,
        StartWindowMinutes=60,
        CompletionWindowMinutes=180,
        ScheduleExpression="cron(0 4 ? * SUN *)",
    )
