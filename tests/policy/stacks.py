"""The stacks that are scanned, synthesized as a deployment would have them."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from tests.emulator.deployment import STATE_STACK, synthesize

Document = dict[str, Any]
Stack = Literal["dev", "staging", "prod", "state"]

# What staging and prod must be told: a domain, a bucket and an image of one's own.
_OWN = {
    "PAYMENT_API_DOMAIN__NAME": "pay.example.net",
    "PAYMENT_API_DOMAIN__HOSTED_ZONE": "example.net",
    "PAYMENT_API_STATE__BUCKET": "example-net-terraform-state",
    "PAYMENT_API_SERVICE__IMAGE": "123456789012.dkr.ecr.us-east-1.amazonaws.com/payment-api:1.0.0",
}
_VARIABLES: Mapping[Stack, Mapping[str, str]] = {"dev": {}, "staging": _OWN, "prod": _OWN}
# A person's own settings say nothing about what is shipped.
_SETTINGS = ("PAYMENT_API_", "ENVIRONMENT_SUFFIX", "AWS_", "CDKTF_")


def synthesize_all(directory: Path) -> dict[Stack, Document]:
    """Run main.py for each profile, below `directory`, and return the JSON of every stack, the state stack
    as it stands beside prod. Raises `SynthesisError` when main.py refuses."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(_SETTINGS)}
    documents: dict[Stack, Document] = {}
    for profile, variables in _VARIABLES.items():
        folders = synthesize(
            directory / profile, environment | {"ENVIRONMENT_SUFFIX": profile} | dict(variables)
        )
        documents[profile] = _read(folders[f"payment-api-{profile}"])
        documents["state"] = _read(folders[STATE_STACK])
    return documents


def _read(folder: Path) -> Document:
    document: Document = json.loads((folder / "cdk.tf.json").read_text(encoding="utf-8"))
    return document
