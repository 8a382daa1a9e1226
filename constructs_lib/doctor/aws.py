"""Calls of the AWS APIs that read, with one way to report what is not allowed or cannot be reached."""

from collections.abc import Callable, Collection, Mapping
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from constructs_lib.doctor.findings import NotAllowedError, UnknownError

MakeClient = Callable[[str, str], Any]
"""Makes a client of boto3 for a service in a region."""

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
_CONFIG = Config(connect_timeout=5, read_timeout=20, retries={"mode": "standard", "total_max_attempts": 4})


class Aws:
    """The caller's account in one region. Every call reads: another operation is a ValueError.

    A question is asked once, and a service that cannot be reached is not tried again.
    """

    def __init__(self, region: str, *, make_client: MakeClient | None = None) -> None:
        self._region = region
        self._make_client = make_client or _boto3_client
        self._clients: dict[tuple[str, str], Any] = {}
        self._answers: dict[str, Any] = {}
        self._unreachable: dict[tuple[str, str], UnknownError] = {}

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

        def ask(client: Any) -> Any:  # noqa: ANN401 - made at run time
            try:
                return getattr(client, operation)(**arguments)
            except ClientError as error:
                if error.response["Error"]["Code"] in missing:
                    return None
                raise

        found: dict[str, Any] | None = self._answer(service, operation, region, arguments, ask)
        return found

    def all(self, service: str, operation: str, key: str, **arguments: object) -> list[Any]:
        """Return the members of a list from all pages of the answer. Raises UnknownError."""

        def ask(client: Any) -> Any:  # noqa: ANN401 - made at run time
            if not client.can_paginate(operation):
                return getattr(client, operation)(**arguments)[key]
            pages = client.get_paginator(operation).paginate(**arguments)
            return [each for page in pages for each in page.get(key, ())]

        return list(self._answer(service, operation, None, arguments, ask))

    def _answer(
        self,
        service: str,
        operation: str,
        region: str | None,
        arguments: Mapping[str, object],
        ask: Callable[[Any], Any],
    ) -> Any:  # noqa: ANN401 - depends on the operation
        if not operation.startswith(READING):
            raise ValueError(f"{operation} does not only read")
        place = (service, region or self._region)
        question = repr((place, operation, sorted(arguments.items())))
        if question in self._answers:
            return self._answers[question]
        if place in self._unreachable:
            raise self._unreachable[place]
        try:
            if place not in self._clients:
                self._clients[place] = self._make_client(*place)
            answer = self._answers[question] = ask(self._clients[place])
        except ClientError as error:
            raise _of_aws(self._clients[place], error) from error
        except BotoCoreError as error:
            self._unreachable[place] = UnknownError(str(error))
            raise self._unreachable[place] from error
        return answer


def _boto3_client(service: str, region: str) -> Any:  # noqa: ANN401 - made at run time
    """A client with the caller's credentials, as the AWS CLI and Terraform find them."""
    # One session for each client: they are cheap beside the client, and have no state that a later one needs.
    session: Any = boto3.session.Session()  # boto3-stubs types its clients for literal names only
    return session.client(service, region_name=region, config=_CONFIG)


def _of_aws(client: Any, error: ClientError) -> UnknownError:  # noqa: ANN401 - made at run time
    """Which permission is missing, or the error's code and message."""
    code = error.response["Error"]["Code"]
    if code in _ACCESS_DENIED:
        permission = f"{client.meta.service_model.signing_name}:{error.operation_name}"
        return NotAllowedError(f"{_PERMISSIONS.get(permission, permission)} is not allowed")
    message = error.response["Error"].get("Message", "")
    return UnknownError(f"{error.operation_name} failed with {code}: {message}")
