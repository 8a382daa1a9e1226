"""Synthesizes the stacks for the commands: a deployment's, or the documented example's."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from constructs_lib.commands.folders import CHECKOUT

EXAMPLE: Mapping[str, str] = {
    "ENVIRONMENT_SUFFIX": "prod",
    "AWS_REGION": "us-east-1",
    "PAYMENT_API_DOMAIN__NAME": "pay.example.net",
    "PAYMENT_API_DOMAIN__HOSTED_ZONE": "example.net",
    "PAYMENT_API_STATE__BUCKET": "example-net-terraform-state",
    "PAYMENT_API_SERVICE__IMAGE": "123456789012.dkr.ecr.us-east-1.amazonaws.com/payment-api:1.0.0",
    "PAYMENT_API_SERVICE__HEALTH_COMMAND": "/app/healthy",
    "PAYMENT_API_NETWORK__DESTINATIONS": '{"card-network": "192.0.2.0/24:443"}',
}
"""The settings of the pictures in the documentation: prod with what it requires, and one destination."""

_OF_THE_USER = ("PAYMENT_API_", "ENVIRONMENT_SUFFIX", "AWS_REGION", "CDKTF_CONTEXT_JSON")


class SynthesisError(Exception):
    """The stacks could not be synthesized; the message is that of the synthesis."""


def example_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the environment with the settings of the example instead of the user's."""
    kept = {name: value for name, value in environment.items() if not name.startswith(_OF_THE_USER)}
    # The context in cdktf.json is the user's too.
    return {**kept, **EXAMPLE, "CDKTF_CONTEXT_JSON": "{}"}


def synthesized(environment: Mapping[str, str]) -> list[dict[str, Any]]:
    """Synthesize all stacks with the settings of the environment. Raises SynthesisError."""
    with tempfile.TemporaryDirectory(prefix="synthesis-") as folder:
        return [
            json.loads((stack / "cdk.tf.json").read_text(encoding="utf-8"))
            for stack in synthesize(Path(folder), environment).values()
        ]


def synthesize(directory: Path, environment: Mapping[str, str]) -> dict[str, Path]:
    """Synthesize all stacks to the directory; return stack name → folder. Raises SynthesisError."""
    finished = subprocess.run(  # noqa: S603 - this interpreter
        (sys.executable, str(CHECKOUT / "main.py")),
        cwd=CHECKOUT,
        env={**environment, "CDKTF_OUTDIR": str(directory), "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    if finished.returncode != 0:
        raise SynthesisError(finished.stderr.strip() or finished.stdout.strip())
    stacks = json.loads((directory / "manifest.json").read_text(encoding="utf-8"))["stacks"]
    return {name: directory / stack["workingDirectory"] for name, stack in stacks.items()}
