"""The README's table of settings names every variable that is read, and no other."""

import re
from pathlib import Path

from constructs_lib.settings.loader import VARIABLES

README = Path(__file__).parents[3] / "README.md"
ROW = re.compile(r"^\| `(PAYMENT_API_\w+|ENVIRONMENT_SUFFIX|AWS_REGION)` \|", re.MULTILINE)


def test_the_readme_has_a_row_for_each_setting() -> None:
    rows = ROW.findall(README.read_text("utf-8"))
    assert sorted(rows) == sorted(["ENVIRONMENT_SUFFIX", "AWS_REGION", *VARIABLES])
