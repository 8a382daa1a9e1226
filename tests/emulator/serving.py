"""What the emulator's requests and its background work, functions and tasks, have in common: the lock around
moto, the endpoint, and sessions of roles."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from threading import RLock

from moto.sts.models import sts_backends

from tests.emulator.account import Account, Credentials
from tests.emulator.calls import Application, Environ, StartResponse

MOTO = RLock()
"""Held while moto answers a request, and by background work while it changes moto's resources: moto's
backends are not thread-safe, and Terraform sends ten requests at once."""

_SESSION_SECONDS = 3600

_endpoints: list[str] = []
_detours: dict[str, str] = {}


def serve_at(address: str | None) -> None:
    """Set the endpoint of the running emulator; None when it has ended."""
    _endpoints[:] = [] if address is None else [address]


def endpoint() -> str:
    """The endpoint of the running emulator."""
    return _endpoints[-1]


@contextmanager
def sessions_through(address: str, *, account_id: str) -> Iterator[None]:
    """Inside, the functions and tasks of the account reach the emulator through a proxy at the address."""
    _detours[account_id] = address
    try:
        yield
    finally:
        del _detours[account_id]


def session(role_arn: str, *, region: str, name: str) -> Account:
    """The account of the role, with the credentials of a session of it that sts:AssumeRole gives."""
    account_id = role_arn.split(":")[4]
    with MOTO:
        assumed = sts_backends[account_id]["aws"].assume_role(
            region_name=region,
            role_session_name=name,
            role_arn=role_arn,
            policy="",
            duration=_SESSION_SECONDS,
            external_id="",
        )
    credentials = Credentials(assumed.access_key_id, assumed.secret_access_key, assumed.session_token)
    return Account(_detours.get(account_id) or endpoint(), region, credentials)


class Serialized:
    """WSGI middleware around moto that lets it answer one request at a time."""

    def __init__(self, application: Application) -> None:
        self._application = application

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        with MOTO:
            return [b"".join(closing(self._application(environ, start_response)))]


def closing(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The chunks, with the call of `close` at the end that WSGI requires (PEP 3333)."""
    try:
        yield from chunks
    finally:
        close = getattr(chunks, "close", None)
        if close:
            close()
