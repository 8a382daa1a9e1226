"""The bucket of the states on the emulator, with deployments that only the states know."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.emulator.account import Account

BUCKET = "example-net-terraform-state"
REPOSITORY = "123456789012.dkr.ecr.us-east-1.amazonaws.com/payment-api"
DIGEST = f"sha256:{'0123456789abcdef' * 4}"
_RESOURCE = {"mode": "managed", "type": "aws_thing", "name": "main", "instances": []}
_READ = {"mode": "data", "type": "aws_caller_identity", "name": "caller", "instances": []}


class States:
    """Writes states as Terraform does."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self._s3: Any = account.client("s3")

    @contextmanager
    def bucket(self) -> Iterator[None]:
        """Create the bucket, and delete it with its objects."""
        self._s3.create_bucket(Bucket=BUCKET)
        yield
        for page in self._s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET):
            for each in page.get("Contents", []):
                self._s3.delete_object(Bucket=BUCKET, Key=each["Key"])
        self._s3.delete_bucket(Bucket=BUCKET)

    def deployed(self, suffix: str, **outputs: str) -> None:
        """Write the state of a deployment with these outputs."""
        self.object(f"payment-api/{suffix}/terraform.tfstate", self._state([_RESOURCE, _READ], outputs))

    def destroyed(self, suffix: str) -> None:
        """Write the state that `terraform destroy` leaves."""
        self.object(f"payment-api/{suffix}/terraform.tfstate", self._state([], {}))

    def object(self, key: str, body: str) -> None:
        """Write an object."""
        self._s3.put_object(Bucket=BUCKET, Key=key, Body=body.encode())

    @staticmethod
    def _state(resources: list[dict[str, Any]], outputs: dict[str, str]) -> str:
        described = {name: {"value": value, "type": "string"} for name, value in outputs.items()}
        return json.dumps({"version": 4, "serial": 1, "outputs": described, "resources": resources})
