"""Lookups on a deployment that several test files share."""

import json
from typing import Any, NamedTuple

from tests.emulator.deployment import Deployment

NAME = "payment-api-dev"


class StateObject(NamedTuple):
    """The S3 object that holds the state of the system's stack."""

    bucket: str
    key: str


def state_object(deployment: Deployment) -> StateObject:
    """The state's object, by the backend in the synthesized JSON."""
    backend = document(deployment)["terraform"]["backend"]["s3"]
    return StateObject(backend["bucket"], backend["key"])


def document(deployment: Deployment) -> dict[str, Any]:
    """The synthesized JSON of the system's stack."""
    text = (deployment.stacks[deployment.name] / "cdk.tf.json").read_text(encoding="utf-8")
    parsed: dict[str, Any] = json.loads(text)
    return parsed


def subnets(dev: Deployment, outputs: dict[str, Any], tier: str) -> dict[str, Any]:
    """The subnets of a tier, by availability zone."""
    found = dev.account.client("ec2").describe_subnets(
        Filters=[
            {"Name": "vpc-id", "Values": [outputs["vpc_id"]]},
            {"Name": "tag:Name", "Values": [f"{NAME}-{tier}-*"]},
        ]
    )["Subnets"]
    return {each["AvailabilityZone"]: each for each in found}
