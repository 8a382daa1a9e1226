"""What the tests with the real tools need, and what happens where it is missing."""

import os
import shutil
from typing import NoReturn

import pytest

_REQUIRE_VARIABLE = "REQUIRE_TERRAFORM"


def skip_or_fail(reason: str) -> NoReturn:
    """Skip the test with the reason; fail it where REQUIRE_TERRAFORM=1 says that nothing may be missing."""
    if os.environ.get(_REQUIRE_VARIABLE) == "1":
        pytest.fail(f"{_REQUIRE_VARIABLE}=1, but {reason}", pytrace=False)
    pytest.skip(reason)


def terraform_or_skip() -> None:
    """Go on only if there is a terraform on the path."""
    if shutil.which("terraform") is None:
        skip_or_fail("terraform is not on the path")
