"""What the commands print in locales that lack some characters."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.variables import inherited

_CHECKOUT = Path(__file__).parents[3]
_PROGRAM = """
import sys
from constructs_lib.commands.output import print_in_every_locale
print_in_every_locale()
print(sys.argv[1])
"""


@pytest.mark.parametrize(
    ("encoding", "expected"),
    [
        ("utf-8", "Apply … a → grün 名".encode()),
        ("iso-8859-1", b"Apply ... a -> gr\xfcn \\u540d"),
        ("ascii", b"Apply ... a -> gr\\xfcn \\u540d"),
        ("euc_jp", "Apply … a → grün 名".encode("euc_jp")),
    ],
)
def test_missing_characters_are_replaced_by_plainer_ones(encoding: str, expected: bytes) -> None:
    finished = subprocess.run(
        (sys.executable, "-c", _PROGRAM, "Apply … a → grün 名"),
        cwd=_CHECKOUT,
        env=inherited() | {"PYTHONIOENCODING": encoding},
        capture_output=True,
        check=False,
    )
    assert (finished.returncode, finished.stderr) == (0, b"")
    assert finished.stdout.rstrip() == expected
