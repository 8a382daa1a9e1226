"""Skips or fails tests whose tools are not installed."""

import os
import shutil
from typing import NoReturn

import pytest

from tests.emulator.postgres_installation import installation

_TERRAFORM = "REQUIRE_TERRAFORM"
_POSTGRES = "REQUIRE_POSTGRES"


def skip_or_fail(reason: str, *, required_by: str = _TERRAFORM) -> NoReturn:
    """Skip the test with the reason, or fail it if the variable is 1."""
    if os.environ.get(required_by) == "1":
        pytest.fail(f"{required_by}=1, but {reason}", pytrace=False)
    pytest.skip(reason)


def terraform_or_skip() -> None:
    """Skip or fail the test if `terraform` is not on the PATH."""
    if shutil.which("terraform") is None:
        skip_or_fail("terraform is not on the PATH")


def tls_to_the_database_or_skip() -> None:
    """Skip the test if the PostgreSQL of this machine has no TLS, or fail it if REQUIRE_POSTGRES=1."""
    if not installation().tls:
        skip_or_fail("the PostgreSQL of this machine is built without TLS", required_by=_POSTGRES)
