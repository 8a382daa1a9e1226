"""The stacks that are scanned, synthesized as a deployment would have them."""

import json
import os
from pathlib import Path
from typing import Any, Literal

from tests.emulator.deployment import STATE_STACK, synthesize
from tests.variables import variables_of

Document = dict[str, Any]
Stack = Literal["dev", "staging", "prod", "state"]

_PROFILES: tuple[Stack, ...] = ("dev", "staging", "prod")
# A person's own settings say nothing about what is shipped.
_SETTINGS = ("PAYMENT_API_", "ENVIRONMENT_SUFFIX", "AWS_", "CDKTF_")


def synthesize_all(directory: Path) -> dict[Stack, Document]:
    """Run main.py for each profile, below `directory`, and return the JSON of every stack, the state stack
    as it stands beside prod. Raises `SynthesisError` when main.py refuses."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(_SETTINGS)}
    documents: dict[Stack, Document] = {}
    for profile in _PROFILES:
        folders = synthesize(directory / profile, environment | variables_of(profile))
        documents[profile] = _read(folders[f"payment-api-{profile}"])
        documents["state"] = _read(folders[STATE_STACK])
    return documents


def _read(folder: Path) -> Document:
    document: Document = json.loads((folder / "cdk.tf.json").read_text(encoding="utf-8"))
    return document
