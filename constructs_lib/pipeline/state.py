"""What the states in the bucket say of the deployments."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from constructs_lib.pipeline.failures import PipelineError
from constructs_lib.pipeline.previews import PREFIX, number_of
from constructs_lib.settings.model import Settings
from constructs_lib.settings.names import PROJECT, state_key


class States:
    """The states of the deployments in the bucket of the settings; only read, and without Terraform."""

    def __init__(self, settings: Settings) -> None:
        self._bucket = settings.state.bucket
        self._s3 = boto3.session.Session().client("s3", region_name=settings.region)

    def output(self, suffix: str, name: str) -> str | None:
        """Return an output of a deployment, or None if the last apply did not write it."""
        value = self._read(suffix).get("outputs", {}).get(name, {}).get("value")
        return value if isinstance(value, str) else None

    def has_resources(self, suffix: str) -> bool:
        """Return whether the deployment exists; what was destroyed leaves a state without resources."""
        return any(each.get("mode") == "managed" for each in self._read(suffix).get("resources", []))

    def previews(self) -> list[str]:
        """Return the suffixes of all previews that ever had a state, in the order of their numbers."""
        with _explained(self._bucket):
            pages = self._s3.get_paginator("list_objects_v2").paginate(
                Bucket=self._bucket, Prefix=f"{PROJECT}/{PREFIX}"
            )
            keys = [each["Key"] for page in pages for each in page.get("Contents", [])]
        suffixes = {key.split("/")[1] for key in keys}
        return sorted(
            (suffix for suffix in suffixes if number_of(suffix) and state_key(suffix) in keys),
            key=lambda suffix: number_of(suffix) or 0,
        )

    def _read(self, suffix: str) -> dict[str, Any]:
        key = state_key(suffix)
        with _explained(f"{self._bucket}/{key}"):
            try:
                body = self._s3.get_object(Bucket=self._bucket, Key=key)["Body"].read()
            except self._s3.exceptions.NoSuchKey:
                return {}
        state: dict[str, Any] = json.loads(body)
        return state


@contextmanager
def _explained(place: str) -> Iterator[None]:
    try:
        yield
    except (BotoCoreError, ClientError) as error:
        raise PipelineError(f"the state {place} cannot be read: {error}") from None
