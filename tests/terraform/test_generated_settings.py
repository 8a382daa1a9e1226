"""Terraform accepts what any accepted settings make, not only what the profiles make.

The settings are generated, the same ones in every run.
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
from tests.generated_settings import Given, right
from tests.terraform.conftest import Workplace
from tests.terraform.test_validate import terraform

OF_EACH_PROFILE = 9
AT_ONCE = 2


def sample(profile: Profile) -> list[Settings]:
    """Settings of a profile that are accepted, each another."""
    found: dict[str, Settings] = {}

    @settings(
        derandomize=True,
        database=None,
        deadline=None,
        max_examples=OF_EACH_PROFILE,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(right(profile))
    def collect(thrown: Given) -> None:
        made = load_settings(thrown.environment, thrown.context)
        found[repr(made)] = made

    collect()
    return list(found.values())


def synthesized(made: Settings) -> str:
    """The system's JSON."""
    return str(cdktf.Testing.synth(PaymentApiStack(cdktf.Testing.app(), made.name_prefix, settings=made)))


class Validators:
    """Folders with the providers in place, in which one stack after another is validated."""

    def __init__(self, workplace: Workplace) -> None:
        self._idle: SimpleQueue[Terraform] = SimpleQueue()
        for number in range(AT_ONCE):
            made = terraform(workplace, "payment-api-dev", f"generated-{number}")
            made.init()
            self._idle.put(made)

    def refusal(self, stack: str) -> str | None:
        """What Terraform has against the stack's JSON."""
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


def test_terraform_accepts_what_generated_settings_of_every_profile_make(workplace: Workplace) -> None:
    made = [each for profile in get_args(Profile) for each in sample(profile)]
    assert len(made) >= 25
    stacks = [synthesized(each) for each in made]  # one after another: the jsii kernel is one for all threads
    broken = stacks[0].replace('"aws_ecs_cluster"', '"aws_ecs_clutter"')

    validators = Validators(workplace)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        *refusals, of_broken = pool.map(validators.refusal, [*stacks, broken])

    refused = [f"{each!r}\n{refusal}" for each, refusal in zip(made, refusals, strict=True) if refusal]
    assert not refused, "\n".join(refused)
    assert of_broken is not None
    assert "aws_ecs_clutter" in of_broken
