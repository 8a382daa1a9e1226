"""The stacks that are scanned, synthesized as a deployment would have them."""

import json
from pathlib import Path
from typing import Any, Literal

from constructs_lib.settings.names import STATE_STACK, stack_name
from tests.emulator.deployment import synthesize
from tests.variables import inherited, variables_of

Document = dict[str, Any]
Stack = Literal["dev", "staging", "prod", "state"]

_PROFILES: tuple[Stack, ...] = ("dev", "staging", "prod")


def synthesize_all(directory: Path) -> dict[Stack, Document]:
    """Run main.py for each profile, below `directory`, and return the JSON of every stack, the state stack
    as it stands beside prod. Raises `SynthesisError` when main.py refuses."""
    documents: dict[Stack, Document] = {}
    for profile in _PROFILES:
        folders = synthesize(directory / profile, inherited() | variables_of(profile))
        documents[profile] = _read(folders[stack_name(profile)])
        documents["state"] = _read(folders[STATE_STACK])
    return documents


def _read(folder: Path) -> Document:
    document: Document = json.loads((folder / "cdk.tf.json").read_text(encoding="utf-8"))
    return document
