"""The image of the last apply stays: a plan without an image goes back to the default only if told so.

Nothing is applied: staging was deployed with an image of its own.
"""

import sys
from pathlib import Path

import pytest

from constructs_lib.settings.model import DEFAULT_IMAGE
from tests.deployed import profiles
from tests.deployed.lookups import state_object
from tests.deployed.test_changed_settings import planned_actions
from tests.emulator import processes
from tests.emulator.deployment import CHECKOUT, Deployment
from tests.emulator.terraform import TerraformError
from tests.setting_changes import DELETE_THEN_CREATE

IMAGE = "PAYMENT_API_SERVICE__IMAGE"
OWN_IMAGE = profiles.settings_of("staging")[IMAGE]


def said(text: str) -> str:
    """What Terraform says, without the frame of the message and its line breaks."""
    return " ".join(text.replace("│", " ").split())


def expected() -> str:
    return (
        f"service.image is not set, and the last apply deployed {OWN_IMAGE}, which the default image would "
        "replace. Nothing has been changed. Set PAYMENT_API_SERVICE__IMAGE, or payment_api.service.image in "
        f"cdktf.json, to the deployed image to keep it, or to {DEFAULT_IMAGE} to go back to the default "
        "image."
    )


def test_an_apply_records_the_image_that_it_deployed(staging: Deployment) -> None:
    assert staging.system.outputs()["service_image"] == OWN_IMAGE


def test_an_apply_without_an_image_is_refused_before_anything_is_changed(staging: Deployment) -> None:
    bucket, key = state_object(staging)
    s3 = staging.account.client("s3")
    before = s3.head_object(Bucket=bucket, Key=key)["VersionId"]
    with pytest.raises(TerraformError) as error:
        staging.with_settings("no-image", {}, without=[IMAGE]).apply()
    assert expected() in said(str(error.value))
    assert s3.head_object(Bucket=bucket, Key=key)["VersionId"] == before


def test_drift_without_an_image_says_the_same(staging: Deployment, tmp_path: Path) -> None:
    settings = {name: value for name, value in profiles.settings_of("staging").items() if name != IMAGE}
    finished = processes.run(
        (sys.executable, "-m", "constructs_lib.commands.drift"),
        directory=CHECKOUT,
        environment={**staging.environment, **settings, "CDKTF_OUTDIR": str(tmp_path)},
    )
    assert finished.exit_code == 1
    assert expected() in said(finished.stderr)


def test_the_default_image_is_deployed_again_if_it_is_set(staging: Deployment) -> None:
    system = staging.with_settings("default-image", {IMAGE: DEFAULT_IMAGE})
    plan = system.plan(refresh=False)
    actions = planned_actions(plan)
    assert actions["aws_ecs_task_definition.service_task-definition"] == DELETE_THEN_CREATE
    assert plan.document["output_changes"]["service_image"]["after"] == DEFAULT_IMAGE


def test_a_plan_with_the_image_of_the_last_apply_has_no_changes(staging: Deployment) -> None:
    plan = staging.with_settings("same-image", {IMAGE: OWN_IMAGE}).plan()
    assert plan.empty, plan.text
