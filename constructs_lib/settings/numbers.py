"""Validation of numbers and switches: JSON values in cdktf.json, text in environment variables.

Each function returns the value, or raises ValueError with a message that says what would be valid.
"""

import re
from collections.abc import Callable

from constructs_lib.settings import quotas


def switch(value: object) -> bool:
    """Return the boolean, or the boolean that the text `true` or `false` names."""
    if isinstance(value, bool):
        return value
    if value in ("true", "false"):
        return value == "true"
    raise ValueError("must be true or false")


def whole_number(lowest: int, highest: int) -> Callable[[object], int]:
    """Return a validator of integers from `lowest` to `highest`, both included."""

    def validate(value: object) -> int:
        number = _integer(value)
        if number is None or not lowest <= number <= highest:
            raise ValueError(f"must be a whole number from {lowest} to {highest}")
        return number

    return validate


def container_port(value: object) -> int:
    """Return the port if a process without root and capabilities can listen on it.

    Without CAP_NET_BIND_SERVICE, Linux reserves the ports below net.ipv4.ip_unprivileged_port_start, and ECS
    does not lower it: https://github.com/aws/containers-roadmap/issues/1721
    """
    number = _integer(value)
    if number is None or not quotas.FIRST_UNPRIVILEGED_PORT <= number <= quotas.LAST_PORT:
        reason = (
            ", because the container's user has no capability to listen on a lower port (NET_BIND_SERVICE)"
            if number is not None and 0 < number < quotas.FIRST_UNPRIVILEGED_PORT
            else ""
        )
        raise ValueError(
            f"must be a whole number from {quotas.FIRST_UNPRIVILEGED_PORT} to {quotas.LAST_PORT}{reason}"
        )
    return number


def number_of(*choices: int) -> Callable[[object], int]:
    """Return a validator of integers that are one of the choices."""

    def validate(value: object) -> int:
        number = _integer(value)
        if number not in choices:
            raise ValueError(f"must be {', '.join(map(str, choices[:-1]))} or {choices[-1]}")
        return number

    return validate


fargate_cpu = number_of(*quotas.FARGATE_MEMORY)


def recovery_window(value: object) -> int:
    """Return the days if Secrets Manager accepts them as a recovery window, or 0 for no recovery window."""
    number = _integer(value)
    if number is None or number not in (0, *range(7, 31)):
        raise ValueError("must be a whole number from 7 to 30, or 0 to delete the secret immediately")
    return number


def _integer(value: object) -> int | None:
    if isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,18}", value):
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None
