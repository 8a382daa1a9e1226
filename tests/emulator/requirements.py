"""Skips or fails tests whose tools are not installed."""

import os
import shutil
from typing import NoReturn

import pytest

_REQUIRE_VARIABLE = "REQUIRE_TERRAFORM"


def skip_or_fail(reason: str) -> NoReturn:
    """Skip the test with the reason, or fail it if REQUIRE_TERRAFORM=1."""
    if os.environ.get(_REQUIRE_VARIABLE) == "1":
        pytest.fail(f"{_REQUIRE_VARIABLE}=1, but {reason}", pytrace=False)
    pytest.skip(reason)


def terraform_or_skip() -> None:
    """Skip or fail the test if `terraform` is not on the PATH."""
    if shutil.which("terraform") is None:
        skip_or_fail("terraform is not on the PATH")
