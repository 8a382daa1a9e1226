"""Staging and prod are deployed with the same digest, which the states record."""

import pytest

from tests.unit.pipeline.job import Job
from tests.unit.pipeline.states import DIGEST, REPOSITORY, States
from tests.variables import variables_of

_OTHER = DIGEST.replace("0", "f")
_IMAGE = f"{REPOSITORY}@{DIGEST}"


def test_the_digest_that_is_given_is_deployed(job: Job) -> None:
    assert job.run("digest", DIGEST) == 0
    assert job.written("output") == f"digest={DIGEST}\n"


@pytest.mark.parametrize("digest", ["1.4.2", DIGEST[:-1], DIGEST.upper(), f"{DIGEST}\nx=y", "sha256:$(id)"])
def test_what_is_no_digest_is_refused(job: Job, capsys: pytest.CaptureFixture[str], digest: str) -> None:
    assert job.run("digest", digest) == 1
    assert capsys.readouterr().err.endswith("must be sha256: and 64 hexadecimal digits\n")
    assert job.written("output") == ""


@pytest.mark.parametrize("arguments", [("digest",), ("digest", "")])
def test_without_a_digest_that_of_staging_is_deployed(
    job: Job, states: States, arguments: tuple[str, ...]
) -> None:
    states.deployed("staging", service_image=_IMAGE)
    assert job.run(*arguments) == 0
    assert job.written("output") == f"digest={DIGEST}\n"


def test_before_the_first_deployment_a_digest_must_be_given(
    job: Job, states: States, capsys: pytest.CaptureFixture[str]
) -> None:
    assert states
    assert job.run("digest") == 1
    assert capsys.readouterr().err == (
        "payment-api-staging has not recorded an image: must be deployed with a digest that is given\n"
    )


def test_an_image_that_is_deployed_by_its_tag_has_no_digest_to_go_on_with(
    job: Job, states: States, capsys: pytest.CaptureFixture[str]
) -> None:
    states.deployed("staging", service_image=f"{REPOSITORY}:1.4.2")
    assert job.run("digest") == 1
    assert "must be named by its digest" in capsys.readouterr().err


def test_plan_and_drift_go_on_with_the_deployed_image(job: Job, states: States) -> None:
    states.deployed("staging", service_image=_IMAGE)
    assert job.run("image") == 0
    assert job.written("variables") == f"PAYMENT_API_SERVICE__IMAGE={_IMAGE}\n"


def test_before_the_first_deployment_there_is_no_image_to_go_on_with(job: Job, states: States) -> None:
    assert states
    assert job.run("image") == 0
    assert job.written("variables") == ""


def test_the_image_of_prod_is_read_although_prod_has_no_default_for_it(job: Job, states: States) -> None:
    job.set(**variables_of("prod"))
    job.unset("PAYMENT_API_SERVICE__IMAGE")
    states.deployed("prod", service_image=_IMAGE)
    assert job.run("image") == 0
    assert job.written("variables") == f"PAYMENT_API_SERVICE__IMAGE={_IMAGE}\n"


def test_the_deployed_digest_and_url_are_handed_on(job: Job, states: States) -> None:
    states.deployed("staging", service_image=_IMAGE, api_url="https://pay.example.net")
    assert job.run("deployed", "--digest", DIGEST) == 0
    assert job.written("output") == f"digest={DIGEST}\nurl=https://pay.example.net\n"


def test_another_digest_than_the_reviewed_one_fails_the_run_so_that_prod_does_not_follow(
    job: Job, states: States, capsys: pytest.CaptureFixture[str]
) -> None:
    states.deployed("staging", service_image=f"{REPOSITORY}@{_OTHER}", api_url="https://pay.example.net")
    assert job.run("deployed", "--digest", DIGEST) == 1
    assert capsys.readouterr().err == f"the deployed digest is {_OTHER}: must be {DIGEST}\n"
    assert job.written("output") == ""


def test_the_url_of_a_preview_is_handed_on_whatever_image_it_runs(job: Job, states: States) -> None:
    job.set(ENVIRONMENT_SUFFIX="pr-7")
    states.deployed("pr-7", service_image="nginx:1", api_url="https://payment-api-pr-7.example.net")
    assert job.run("deployed") == 0
    assert job.written("output") == "url=https://payment-api-pr-7.example.net\n"


def test_a_state_that_cannot_be_read_is_an_error_and_no_missing_image(
    job: Job, states: States, capsys: pytest.CaptureFixture[str]
) -> None:
    assert states
    job.set(PAYMENT_API_STATE__BUCKET="a-bucket-that-does-not-exist")
    assert job.run("image") == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(
        "the state a-bucket-that-does-not-exist/payment-api/staging/terraform.tfstate cannot be read: "
    )


def test_settings_that_are_refused_are_named(job: Job, capsys: pytest.CaptureFixture[str]) -> None:
    job.set(CDKTF_CONTEXT_JSON="")
    assert job.run("image") == 1
    assert "CDKTF_CONTEXT_JSON is not JSON" in capsys.readouterr().err
