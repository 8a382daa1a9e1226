"""The deployments of dev, staging and prod, each put up once for all tests that look at it."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path

from tests.emulator.background import Work
from tests.emulator.deployment import Deployment
from tests.emulator.server import Emulator
from tests.variables import PROFILES, variables_of

# Each profile in an account of its own, as a company has it. Bucket names are one for all accounts.
_ACCOUNTS: Mapping[str, str] = {"dev": "111111111111", "staging": "222222222222", "prod": "333333333333"}


def settings_of(profile: str) -> dict[str, str]:
    """What main.py is told for the profile on the emulator."""
    bucket = f"payment-api-{profile}-state"
    return {**variables_of(profile), "PAYMENT_API_STATE__BUCKET": bucket}


def deploy(profile: str, emulator: Emulator, directory: Path) -> Deployment:
    """The profile as it stands after its first apply."""
    account = emulator.other_account(_ACCOUNTS[profile])
    deployment = Deployment(account, directory, settings=settings_of(profile))
    deployment.prepare()
    deployment.system.apply()
    return deployment


DEPLOYED: Mapping[str, Work[Deployment]] = {
    profile: Work(profile, partial(deploy, profile)) for profile in PROFILES
}
