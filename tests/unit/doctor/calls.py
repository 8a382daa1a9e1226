"""The calls of boto3's clients, recorded or refused."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from unittest.mock import patch

from botocore.client import BaseClient
from botocore.exceptions import ClientError

# boto3 has no public hook that sees a call before its parameters are checked.
_CALL = "_make_api_call"
_real = getattr(BaseClient, _CALL)


@contextmanager
def recorded() -> Iterator[set[str]]:
    """The names of the operations that are called inside."""
    names: set[str] = set()

    def call(client: BaseClient, operation: str, arguments: dict[str, object]) -> object:
        names.add(operation)
        return _real(client, operation, arguments)

    with patch.object(BaseClient, _CALL, call):
        yield names


@contextmanager
def refused(code: str, operations: Collection[str]) -> Iterator[None]:
    """Inside, AWS answers these operations with an error; none of them stands for all but the caller's
    identity."""

    def call(client: BaseClient, operation: str, arguments: dict[str, object]) -> object:
        if operation in operations or (not operations and operation != "GetCallerIdentity"):
            raise ClientError({"Error": {"Code": code, "Message": "no"}}, operation)
        return _real(client, operation, arguments)

    with patch.object(BaseClient, _CALL, call):
        yield
