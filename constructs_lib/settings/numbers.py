"""Checks of numbers and switches: each returns the value, or its ValueError says what would be right.

Numbers come as such from cdktf.json, and as text from the environment.
"""

import re
from collections.abc import Callable

from constructs_lib.settings import quotas


def switch(value: object) -> bool:
    """Return true or false, written as such or as text."""
    if isinstance(value, bool):
        return value
    if value in ("true", "false"):
        return value == "true"
    raise ValueError("must be true or false")


def whole_number(lowest: int, highest: int) -> Callable[[object], int]:
    """Make the check for a whole number between two bounds, both included."""

    def checked(value: object) -> int:
        number = _integer(value)
        if number is None or not lowest <= number <= highest:
            raise ValueError(f"must be a whole number from {lowest} to {highest}")
        return number

    return checked


def number_of(*choices: int) -> Callable[[object], int]:
    """Make the check for one of certain whole numbers."""

    def checked(value: object) -> int:
        number = _integer(value)
        if number not in choices:
            raise ValueError(f"must be {', '.join(map(str, choices[:-1]))} or {choices[-1]}")
        return number

    return checked


fargate_cpu = number_of(*quotas.FARGATE_MEMORY)


def recovery_window(value: object) -> int:
    """Return the days if Secrets Manager takes them as a recovery window."""
    number = _integer(value)
    if number is None or number not in (0, *range(7, 31)):
        raise ValueError("must be 0, to delete at once, or 7 to 30")
    return number


def _integer(value: object) -> int | None:
    if isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,18}", value):
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None
