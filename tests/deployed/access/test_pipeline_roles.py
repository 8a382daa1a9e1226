"""With IAM enforced, the pipeline's roles deploy and plan the deployment with every setting set.

Other scenarios run with the same permissions, and fail if a call is denied: see `as_pipeline`.
"""

import pytest

from tests.access import recording
from tests.access.enforcement import Enforcement
from tests.deployed.profiles import DEPLOYED
from tests.emulator.background import Background
from tests.emulator.server import Emulator


@pytest.fixture(scope="module")
def enforced(background: Background, emulator: Emulator) -> tuple[Enforcement, str]:
    """What IAM decided, and the account of the deployment."""
    deployment = background.result(DEPLOYED["everything"])
    assert emulator.enforcement is not None
    return emulator.enforcement, deployment.account.client("sts").get_caller_identity()["Account"]


def test_iam_denies_the_roles_of_the_pipeline_nothing(enforced: tuple[Enforcement, str]) -> None:
    enforcement, account_id = enforced
    assert enforcement.denied.get(account_id, []) == []


def test_every_call_is_in_the_recording(enforced: tuple[Enforcement, str]) -> None:
    enforcement, account_id = enforced
    made = {each.call for each in enforcement.recorded[account_id]}
    assert made <= {each.call for each in recording.read()}, "run `pipenv run access`"
