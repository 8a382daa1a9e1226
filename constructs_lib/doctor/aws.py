"""Calls of the AWS APIs that read, with one way to report what is not allowed or cannot be reached."""

from collections.abc import Collection
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from constructs_lib.doctor.findings import NotAllowedError, UnknownError

READING = ("batch_get_", "describe_", "get_", "list_", "simulate_")

_ACCESS_DENIED = frozenset(
    (
        *("AccessDenied", "AccessDeniedException", "AuthorizationError", "AuthorizationErrorException"),
        *("UnauthorizedOperation", "UnauthorizedAccess", "403", "Forbidden"),
    )
)
# The permissions that do not have the name of the operation.
_PERMISSIONS = {
    "s3:ListBuckets": "s3:ListAllMyBuckets",
}
# Enough for a slow connection; a service that cannot be reached must not hold up the other checks.
_CONFIG = Config(connect_timeout=5, read_timeout=20, retries={"mode": "standard", "total_max_attempts": 3})


class Aws:
    """The caller's account in one region. Every call reads: another operation is a ValueError."""

    def __init__(self, region: str) -> None:
        self._region = region
        self._clients: dict[tuple[str, str], Any] = {}

    def get(
        self, service: str, operation: str, *, region: str | None = None, **arguments: object
    ) -> dict[str, Any]:
        """Call an operation, by boto3's names. Raises UnknownError if the answer is an error."""
        found = self.find(service, operation, missing=(), region=region, **arguments)
        assert found is not None  # noqa: S101 - no error means that something is missing
        return found

    def find(
        self,
        service: str,
        operation: str,
        *,
        missing: Collection[str],
        region: str | None = None,
        **arguments: object,
    ) -> dict[str, Any] | None:
        """Call an operation; None if the answer is one of these errors, which mean that there is no such
        thing. Raises UnknownError if it is another one."""
        if not operation.startswith(READING):
            raise ValueError(f"{operation} does not only read")
        try:
            client = self._client(service, region or self._region)
            answer: dict[str, Any] = getattr(client, operation)(**arguments)
        except ClientError as error:
            if error.response["Error"]["Code"] in missing:
                return None
            raise _of_aws(client, error) from error
        except BotoCoreError as error:
            raise UnknownError(str(error)) from error
        return answer

    def all(self, service: str, operation: str, key: str, **arguments: object) -> list[Any]:
        """Return the members of a list from all pages of the answer. Raises UnknownError."""
        try:
            client = self._client(service, self._region)
            if not client.can_paginate(operation):
                return list(self.get(service, operation, **arguments)[key])
            pages = client.get_paginator(operation).paginate(**arguments)
            return [each for page in pages for each in page.get(key, ())]
        except ClientError as error:
            raise _of_aws(client, error) from error
        except BotoCoreError as error:
            raise UnknownError(str(error)) from error

    def _client(self, service: str, region: str) -> Any:  # noqa: ANN401 - made at run time
        if (service, region) not in self._clients:
            create_client: Any = boto3.client  # boto3-stubs types it for literal names only
            self._clients[service, region] = create_client(service, region_name=region, config=_CONFIG)
        return self._clients[service, region]


def _of_aws(client: Any, error: ClientError) -> UnknownError:  # noqa: ANN401 - made at run time
    """Which permission is missing, or the error's code and message."""
    code = error.response["Error"]["Code"]
    if code in _ACCESS_DENIED:
        permission = f"{client.meta.service_model.signing_name}:{error.operation_name}"
        return NotAllowedError(f"{_PERMISSIONS.get(permission, permission)} is not allowed")
    message = error.response["Error"].get("Message", "")
    return UnknownError(f"{error.operation_name} failed with {code}: {message}")
