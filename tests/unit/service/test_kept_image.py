"""The image of the last apply, which the default image replaces only if it is set."""

import pytest

from constructs_lib.settings.loader import load_settings
from constructs_lib.settings.model import DEFAULT_IMAGE
from tests.unit.synthesis import Block, Synthesized, synthesize

LAST = "one(data.terraform_remote_state.last-state).outputs.service_image"
OWN_IMAGE = "ghcr.io/team/payment-api:1.4.2"


def conditions(stack: Synthesized) -> list[Block]:
    """The preconditions of a plan that read the last apply's image."""
    caller = stack.document["data"]["aws_caller_identity"]["caller"]
    return [each for each in caller["lifecycle"]["precondition"] if LAST in each["condition"]]


def test_an_apply_records_the_image_after_the_service_is_deployed(every: Synthesized) -> None:
    output = every.document["output"]["service_image"]
    assert output["value"] == every.settings.service.image
    assert output["depends_on"] == [every.address("aws_ecs_service")]


def test_without_an_image_a_plan_needs_a_default_image_of_any_version_to_be_deployed(
    dev: Synthesized,
) -> None:
    """Another version of the project has another default. Before the first apply, and after one without the
    output, nothing is compared."""
    (condition,) = conditions(dev)
    assert condition["condition"] == (
        f'${{startswith(try({LAST}, "{DEFAULT_IMAGE}"), "public.ecr.aws/nginx/nginx:")}}'
    )


def test_the_message_has_the_deployed_image_and_both_ways_out(dev: Synthesized) -> None:
    (condition,) = conditions(dev)
    deployed = f'${{try({LAST}, "{DEFAULT_IMAGE}")}}'
    assert condition["error_message"] == (
        f"service.image is not set, and the last apply deployed {deployed}, which the default image would "
        "replace. Nothing has been changed. Set PAYMENT_API_SERVICE__IMAGE, or payment_api.service.image in "
        f"cdktf.json, to the deployed image to keep it, or to {DEFAULT_IMAGE} to go back to the default "
        "image."
    )


@pytest.mark.parametrize("image", [OWN_IMAGE, DEFAULT_IMAGE])
def test_an_image_that_is_set_is_deployed_whatever_the_last_one_was(image: str) -> None:
    assert conditions(synthesize("dev", PAYMENT_API_SERVICE__IMAGE=image)) == []


def test_setting_the_default_image_changes_nothing_but_the_condition(dev: Synthesized) -> None:
    said = synthesize("dev", PAYMENT_API_SERVICE__IMAGE=DEFAULT_IMAGE)
    assert said.document["resource"] == dev.document["resource"]
    assert said.document["output"] == dev.document["output"]


@pytest.mark.parametrize("image", [OWN_IMAGE, DEFAULT_IMAGE])
def test_an_image_in_cdktf_json_is_set(image: str) -> None:
    context = {"payment_api": {"service": {"image": image}}}
    assert load_settings({}, context).service.image_is_set
    assert not load_settings({}, {"payment_api": {"service": {"cpu": "256"}}}).service.image_is_set
