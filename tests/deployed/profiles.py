"""The deployments of the profiles, and the one with every setting set, each applied once for all its
tests."""

import json
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

from tests.emulator import containers
from tests.emulator.account import Account
from tests.emulator.background import Work
from tests.emulator.deployment import Deployment
from tests.emulator.server import Emulator
from tests.variables import EVERYTHING_ON, PROFILES, secrets_in, variables_of

_ACCOUNTS: Mapping[str, str] = {
    "dev": "111111111111",
    "staging": "222222222222",
    "prod": "333333333333",
    EVERYTHING_ON: "555555555555",
}


def settings_of(suffix: str) -> dict[str, str]:
    """The variables that main.py reads for the deployment."""
    if suffix == EVERYTHING_ON:
        # On AWS the role that applies must be one of the readers, because Terraform reads the secret.
        principals = (
            f"arn:aws:iam::{_ACCOUNTS[suffix]}:{name}" for name in ("role/emulator", "user/ops/drift")
        )
        return {
            **variables_of(suffix),
            "PAYMENT_API_DATABASE__SECRET_READER_ARNS": json.dumps([*principals]),
            "PAYMENT_API_SERVICE__SECRETS": secrets_in(_ACCOUNTS[suffix]),
        }
    # Bucket names are unique across all accounts.
    return {**variables_of(suffix), "PAYMENT_API_STATE__BUCKET": f"payment-api-{suffix}-state"}


DECLARED_SECRETS = {"PROVIDER_KEY": "partner/provider", "WEBHOOK_KEY": "partner/webhook"}
"""Variable → name of a secret that exists in the account of dev before dev is deployed and declares it."""


def declare_secrets(account: Account) -> str:
    """Create the secrets, the first of them under a customer key, and return the value of the setting."""
    key = account.client("kms").create_key()["KeyMetadata"]["KeyId"]
    keys: tuple[dict[str, str], ...] = ({"KmsKeyId": key}, {})
    manager = account.client("secretsmanager")
    return json.dumps(
        {
            variable: manager.create_secret(Name=name, SecretString='{"key": "x"}', **under)["ARN"] + ":key::"
            for (variable, name), under in zip(DECLARED_SECRETS.items(), keys, strict=True)
        }
    )


def push_image(reference: str, folder: Path) -> None:
    """Let the emulator find the image: a folder whose `migrate` succeeds."""
    folder.mkdir()
    program = folder / "migrate"
    program.write_text("#!/bin/sh\necho migrated\n", encoding="utf-8")
    program.chmod(0o755)
    containers.images[reference] = folder


def deploy(suffix: str, emulator: Emulator, directory: Path) -> Deployment:
    """Apply the deployment once, in its account and its region."""
    settings = settings_of(suffix)
    account = emulator.other_account(_ACCOUNTS[suffix])
    account = replace(account, region=settings.get("AWS_REGION", account.region))
    if suffix == "dev":
        settings["PAYMENT_API_SERVICE__SECRETS"] = declare_secrets(account)
    if suffix == EVERYTHING_ON:
        push_image(settings["PAYMENT_API_SERVICE__IMAGE"], directory / "image")
        # The pipeline's roles deploy it: tests/deployed/access/test_pipeline_roles.py looks at the result.
        assert emulator.enforcement is not None
        emulator.enforcement.state_buckets[_ACCOUNTS[suffix]] = settings["PAYMENT_API_STATE__BUCKET"]
    deployment = Deployment(account, directory, settings=settings)
    deployment.prepare()
    deployment.system.apply()
    return deployment


# By the name of the fixture or of the parameter that uses it.
DEPLOYED: Mapping[str, Work[Deployment]] = {
    name: Work(name, partial(deploy, suffix))
    for name, suffix in (*zip(PROFILES, PROFILES, strict=True), ("everything", EVERYTHING_ON))
}
