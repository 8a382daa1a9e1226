"""Terraform accepts the stacks of generated valid settings, not only those of the profiles.

The generated settings are the same in every run.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from queue import SimpleQueue
from typing import get_args

import cdktf
from hypothesis import HealthCheck, Phase, given, settings

from constructs_lib.settings.loader import load_settings
from constructs_lib.settings.model import Settings
from constructs_lib.settings.profiles import Profile
from constructs_lib.stacks.payment_api import PaymentApiStack
from tests.emulator.terraform import Terraform, TerraformError
from tests.generated_settings import SettingsInput, valid_settings
from tests.terraform.conftest import Workspace
from tests.terraform.test_validate import terraform

EXAMPLES_PER_PROFILE = 9
PARALLEL_VALIDATIONS = 2


def sample(profile: Profile) -> list[Settings]:
    """Return different valid settings of a profile."""
    found: dict[str, Settings] = {}

    @settings(
        derandomize=True,
        database=None,
        deadline=None,
        max_examples=EXAMPLES_PER_PROFILE,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(valid_settings(profile))
    def collect(drawn: SettingsInput) -> None:
        loaded = load_settings(drawn.environment, drawn.context)
        found[repr(loaded)] = loaded

    collect()
    return list(found.values())


def synthesized(value: Settings) -> str:
    """Return the JSON of the stack with these settings."""
    return str(cdktf.Testing.synth(PaymentApiStack(cdktf.Testing.app(), value.name_prefix, settings=value)))


class Validators:
    """Initialized Terraform folders, in each of which one stack after another is validated."""

    def __init__(self, workspace: Workspace) -> None:
        self._idle: SimpleQueue[Terraform] = SimpleQueue()
        for number in range(PARALLEL_VALIDATIONS):
            validator = terraform(workspace, "payment-api-dev", f"generated-{number}")
            validator.init()
            self._idle.put(validator)

    def error(self, stack: str) -> str | None:
        """Return Terraform's error messages for the stack's JSON, or None if it is valid."""
        with self._one() as validator:
            (validator.directory / "cdk.tf.json").write_text(stack, encoding="utf-8")
            try:
                validator.validate()
            except TerraformError as error:
                return str(error)
        return None

    @contextmanager
    def _one(self) -> Iterator[Terraform]:
        validator = self._idle.get()
        try:
            yield validator
        finally:
            self._idle.put(validator)


def test_terraform_accepts_the_stacks_of_generated_settings(workspace: Workspace) -> None:
    samples = [each for profile in get_args(Profile) for each in sample(profile)]
    assert len(samples) >= 25
    stacks = [
        synthesized(each) for each in samples
    ]  # not in parallel, since all threads share one jsii kernel
    broken = stacks[0].replace('"aws_ecs_cluster"', '"aws_ecs_clutter"')

    validators = Validators(workspace)
    with ThreadPoolExecutor(PARALLEL_VALIDATIONS) as pool:
        *errors, error_of_broken = pool.map(validators.error, [*stacks, broken])

    refused = [f"{each!r}\n{error}" for each, error in zip(samples, errors, strict=True) if error]
    assert not refused, "\n".join(refused)
    assert error_of_broken is not None
    assert "aws_ecs_clutter" in error_of_broken
