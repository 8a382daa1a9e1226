"""What several tests look up in the deployed dev profile."""

from typing import Any

from tests.emulator.deployment import Deployment

NAME = "payment-api-dev"


def subnets(dev: Deployment, outputs: dict[str, Any], tier: str) -> dict[str, Any]:
    """The subnets of a tier by zone."""
    found = dev.account.client("ec2").describe_subnets(
        Filters=[
            {"Name": "vpc-id", "Values": [outputs["vpc_id"]]},
            {"Name": "tag:Name", "Values": [f"{NAME}-{tier}-*"]},
        ]
    )["Subnets"]
    return {each["AvailabilityZone"]: each for each in found}
