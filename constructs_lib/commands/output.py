"""Prints text in every locale: characters that its encoding lacks are replaced by plainer ones."""

import codecs
import io
import sys

_HANDLER = "plainer"
_PLAINER = {"…": "...", "→": "->"}


def print_in_every_locale() -> None:
    """Make `print` and rich never fail because of a character; also applies to the standard error."""
    codecs.register_error(_HANDLER, _plainer)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=_HANDLER)


def _plainer(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    text = error.object[error.start : error.end]
    plainer = (
        _PLAINER.get(each) or each.encode("ascii", "backslashreplace").decode("ascii") for each in text
    )
    return "".join(plainer), error.end
