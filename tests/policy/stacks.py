"""Synthesizes the stacks to scan, as a deployment does."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from constructs_lib.settings.names import ACCESS_STACK, IMAGES_STACK, STATE_STACK, stack_name
from tests.emulator.deployment import synthesize
from tests.variables import EVERYTHING_ON, inherited, variables_of

Document = dict[str, Any]
Stack = Literal["dev", "staging", "prod", "everything", "state", "images", "access"]

SUFFIXES: Mapping[Stack, str] = {
    "dev": "dev",
    "staging": "staging",
    "everything": EVERYTHING_ON,
    "prod": "prod",
}
"""The suffixes of the deployments; the other stacks of the last one that has them are scanned."""


def synthesize_all(directory: Path) -> dict[Stack, Document]:
    """Run main.py for each deployment, below `directory`, and return the JSON of every stack.

    Raises `SynthesisError` if main.py fails.
    """
    documents: dict[Stack, Document] = {}
    for stack, suffix in SUFFIXES.items():
        folders = synthesize(directory / stack, inherited() | variables_of(suffix))
        documents[stack] = _read(folders[stack_name(suffix)])
        documents["state"] = _read(folders[STATE_STACK])
        documents["images"] = _read(folders[IMAGES_STACK])
        if ACCESS_STACK in folders:
            documents["access"] = _read(folders[ACCESS_STACK])
    return documents


def _read(folder: Path) -> Document:
    document: Document = json.loads((folder / "cdk.tf.json").read_text(encoding="utf-8"))
    return document
