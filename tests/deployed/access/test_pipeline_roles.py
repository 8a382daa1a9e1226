"""With IAM enforced, the pipeline's roles deploy and plan the deployment with every setting set."""

from tests.access import recording
from tests.deployed.profiles import DEPLOYED
from tests.emulator.background import Background
from tests.emulator.server import Emulator


def test_iam_denies_the_roles_of_the_pipeline_nothing(background: Background, emulator: Emulator) -> None:
    background.result(DEPLOYED["everything"])
    assert emulator.enforcement is not None
    assert emulator.enforcement.denied == []


def test_every_call_is_in_the_recording(background: Background, emulator: Emulator) -> None:
    background.result(DEPLOYED["everything"])
    assert emulator.enforcement is not None
    made = {each.call for each in emulator.enforcement.recorded}
    assert made
    assert made <= {each.call for each in recording.read()}, "run `pipenv run access`"
