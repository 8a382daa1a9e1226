"""Validation of the database's backup and maintenance windows, which are in UTC.

RDS rejects windows that overlap, and AWS Backup cannot start a snapshot in one of them or shortly before it.
https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ModifyDBCluster.html
"""

import re
from typing import NamedTuple

from pydantic import ValidationInfo

# Outside the business hours of Europe and of the Americas.
VAULT_BACKUP_HOUR = 4
# The minimum that AWS Backup accepts.
# https://docs.aws.amazon.com/aws-backup/latest/devguide/API_BackupRule.html
VAULT_START_MINUTES = 60
VAULT_COMPLETION_MINUTES = 180

_SHORTEST_MINUTES = 30
_DAY_MINUTES = 24 * 60
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_TIME = r"([01][0-9]|2[0-3]):([0-5][0-9])"
_DAY = f"({'|'.join(_DAYS)})"


class _Window(NamedTuple):
    """The minute of the day at which a window begins, and its length, which is less than a day."""

    start: int
    minutes: int

    def overlaps(self, other: "_Window") -> bool:
        """Whether the windows have a minute of the day in common."""
        return (other.start - self.start) % _DAY_MINUTES < self.minutes or (
            self.start - other.start
        ) % _DAY_MINUTES < other.minutes


# From an hour before the backup starts, because AWS Backup refuses to start that close to a window of RDS.
_VAULT_BACKUP = _Window((VAULT_BACKUP_HOUR - 1) * 60, 60 + VAULT_COMPLETION_MINUTES)


def backup_window(value: str, info: ValidationInfo) -> str:
    """Return the window if RDS accepts it for automated backups and it is not the time of the vault's."""
    _refuse_vault_backup(_daily(value), info)
    return value


def maintenance_window(value: str, info: ValidationInfo) -> str:
    """Return the window if RDS accepts it for maintenance and no backup falls into it."""
    window = _weekly(value)
    _refuse_vault_backup(window, info)
    backup = info.data.get("backup_window")
    if backup is not None and window.overlaps(_daily(backup)):
        raise ValueError(f"must not overlap {backup} (backup_window), which Amazon RDS rejects")
    return value


def _daily(value: str) -> _Window:
    match = re.fullmatch(f"{_TIME}-{_TIME}", value)
    if not match:
        raise ValueError("must be a daily window in UTC, such as 00:30-01:30")
    start, end = (_minute(*match.group(first, first + 1)) for first in (1, 3))
    return _long_enough(start, (end - start) % _DAY_MINUTES)


def _weekly(value: str) -> _Window:
    match = re.fullmatch(f"{_DAY}:{_TIME}-{_DAY}:{_TIME}", value)
    if not match:
        raise ValueError("must be a weekly window in UTC, such as sun:02:00-sun:03:00")
    start, end = (
        _DAYS.index(match[first]) * _DAY_MINUTES + _minute(*match.group(first + 1, first + 2))
        for first in (1, 4)
    )
    return _long_enough(start % _DAY_MINUTES, (end - start) % (7 * _DAY_MINUTES))


def _minute(hour: str, minute: str) -> int:
    return int(hour) * 60 + int(minute)


def _long_enough(start: int, minutes: int) -> _Window:
    if not _SHORTEST_MINUTES <= minutes < _DAY_MINUTES:
        raise ValueError("must be at least 30 minutes (Amazon RDS's minimum) and less than 24 hours long")
    return _Window(start, minutes)


def _refuse_vault_backup(window: _Window, info: ValidationInfo) -> None:
    if info.data.get("vault_backups") and window.overlaps(_VAULT_BACKUP):
        start, minutes = _VAULT_BACKUP
        hours = f"{start // 60:02}:00-{(start + minutes) // 60:02}:00"
        raise ValueError(
            f"must not overlap {hours} if vault_backups is on: AWS Backup takes a snapshot at "
            f"{VAULT_BACKUP_HOUR:02}:00, and cannot start during a window or shortly before it"
        )
