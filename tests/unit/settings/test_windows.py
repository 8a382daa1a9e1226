"""The database's windows, whose validation depends on each other and on vault backups."""

import pytest

from constructs_lib.settings.loader import load_settings
from tests.unit.settings.refusals import only_problem
from tests.variables import variables_of

BACKUP = "PAYMENT_API_DATABASE__BACKUP_WINDOW"
MAINTENANCE = "PAYMENT_API_DATABASE__MAINTENANCE_WINDOW"
VAULT = "PAYMENT_API_DATABASE__VAULT_BACKUPS"

# Daily windows that touch the snapshot into the vault or the hour before it.
DURING_THE_SNAPSHOT = [
    "03:00-03:30",
    "02:31-03:01",
    "06:59-07:30",
    "04:00-05:00",
    "02:00-08:00",
    "23:00-22:00",
]


@pytest.mark.parametrize("window", DURING_THE_SNAPSHOT)
def test_a_backup_window_during_the_snapshot_is_refused(window: str) -> None:
    """AWS Backup does not start a job in a window of RDS or within the hour before one."""
    assert only_problem({VAULT: "true", BACKUP: window, MAINTENANCE: "sun:10:00-sun:10:30"}).startswith(
        f'{BACKUP} is "{window}": must not overlap 03:00-07:00 if vault_backups is on'
    )


@pytest.mark.parametrize("window", ["wed:04:00-wed:05:00", "wed:02:30-wed:03:01", "tue:08:00-wed:07:59"])
def test_a_maintenance_window_during_the_snapshot_is_refused(window: str) -> None:
    assert only_problem({VAULT: "true", MAINTENANCE: window}).startswith(
        f'{MAINTENANCE} is "{window}": must not overlap 03:00-07:00 if vault_backups is on'
    )


def test_the_default_of_staging_is_refused_with_the_switch_that_it_conflicts_with() -> None:
    environment = {**variables_of("staging"), MAINTENANCE: "wed:04:00-wed:05:00"}
    assert "if vault_backups is on" in only_problem(environment)


@pytest.mark.parametrize("window", ["02:30-03:00", "07:00-07:30", "23:30-00:00"])
def test_a_backup_window_next_to_the_snapshot_is_accepted(window: str) -> None:
    settings = load_settings({VAULT: "true", BACKUP: window, MAINTENANCE: "sun:10:00-sun:10:30"}, {})
    assert settings.database.backup_window == window


def test_without_vault_backups_its_hours_are_accepted() -> None:
    settings = load_settings({VAULT: "false", BACKUP: "04:00-05:00", MAINTENANCE: "mon:05:00-mon:06:00"}, {})
    assert settings.database.maintenance_window == "mon:05:00-mon:06:00"


def test_a_backup_window_that_overlaps_the_default_maintenance_window_is_refused() -> None:
    assert only_problem({BACKUP: "02:30-03:30"}).startswith(
        f'{MAINTENANCE} is "sun:02:00-sun:03:00" by default: must not overlap 02:30-03:30 (backup_window)'
    )


def test_an_invalid_backup_window_is_the_only_problem() -> None:
    assert only_problem({BACKUP: "noon"}).startswith(f'{BACKUP} is "noon": must be a daily window in UTC')
