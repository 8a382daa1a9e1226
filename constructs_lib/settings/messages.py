"""What error messages may show: names, and those values that cannot be a credential.

Messages end up in the logs of CI systems, which more people can read than the settings themselves.
"""

import json
from dataclasses import dataclass

MAX_NAME_LENGTH = 100
"""Longer than the name of every setting and of every variable that is likely to be meant."""

MAX_VALUE_LENGTH = 400
"""Longer than every valid value that is shown; the longest is an image of 255 characters with a digest."""


@dataclass(frozen=True)
class Sensitive:
    """Marks the type of a setting whose value may contain a credential: no message shows any part of it."""


def shown_name(name: str) -> str:
    """Return the name for a message: printable, on one line, shortened to MAX_NAME_LENGTH.

    An equals sign and what follows it are left out: in `KEY=value` given as a name, they are a value.
    """
    key, equals, _ = name.partition("=")
    text = key if key.isprintable() else json.dumps(key)[1:-1]
    return _shortened(f"{text}…" if equals else text, MAX_NAME_LENGTH)


def shown_value(value: object) -> str:
    """Return the value for a message: as JSON on one line, in ASCII, shortened to MAX_VALUE_LENGTH.

    Of an array or an object only the type is shown, because a credential may be anywhere in it.
    """
    if value is None or isinstance(value, str | int | float):
        return _shortened(json.dumps(value), MAX_VALUE_LENGTH)
    return json_type(value)


def json_type(value: object) -> str:
    """Return what JSON calls the type of the value, with its article."""
    match value:
        case None:
            return "null"
        case bool():
            return "a boolean"
        case int() | float():
            return "a number"
        case str():
            return "a string"
        case list() | tuple():
            return "an array"
    return "an object"


def _shortened(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[:longest]}…"
