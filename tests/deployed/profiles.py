"""The deployments of the profiles, and the one with every setting set, each applied once for all its tests."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

from tests.emulator.background import Work
from tests.emulator.deployment import Deployment
from tests.emulator.server import Emulator
from tests.variables import DEPLOYMENTS, EVERYTHING_ON, variables_of

_ACCOUNTS: Mapping[str, str] = {
    "dev": "111111111111",
    "staging": "222222222222",
    "prod": "333333333333",
    EVERYTHING_ON: "555555555555",
}


def settings_of(suffix: str) -> dict[str, str]:
    """The variables that main.py reads for the deployment. Bucket names are unique across all accounts."""
    return {**variables_of(suffix), "PAYMENT_API_STATE__BUCKET": f"payment-api-{suffix}-state"}


def deploy(suffix: str, emulator: Emulator, directory: Path) -> Deployment:
    """Apply the deployment once, in its account and its region."""
    settings = settings_of(suffix)
    account = emulator.other_account(_ACCOUNTS[suffix])
    account = replace(account, region=settings.get("AWS_REGION", account.region))
    deployment = Deployment(account, directory, settings=settings)
    deployment.prepare()
    deployment.system.apply()
    return deployment


DEPLOYED: Mapping[str, Work[Deployment]] = {
    suffix: Work(suffix, partial(deploy, suffix)) for suffix in DEPLOYMENTS
}
