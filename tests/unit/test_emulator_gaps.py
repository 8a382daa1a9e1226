"""How gaps of moto are closed, and what is said of those that are not."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.emulator.gaps.patching import MotoChangedError, adds, replaces
from tests.emulator.journal import Journal

REQUEST: dict[str, Any] = {
    "HTTP_AUTHORIZATION": "AWS4-HMAC-SHA256 Credential=emulator/20260101/us-east-1/ec2/aws4_request, Sig=1",
    "CONTENT_TYPE": "application/x-www-form-urlencoded; charset=utf-8",
    "CONTENT_LENGTH": "17",
    "REQUEST_METHOD": "POST",
    "PATH_INFO": "/",
}


class Service:
    """Stands for one of moto's classes."""

    def present(self) -> str:
        return "moto's"


def lacking(_environ: dict[str, Any], _start: Callable[..., Any]) -> list[bytes]:
    """Stands for moto where it lacks an operation."""
    raise NotImplementedError("no such action")


def ask(journal: Journal) -> tuple[str, bytes]:
    """Status and body of the answer to a request for EC2's operation `Lack`."""
    statuses: list[str] = []
    request = {**REQUEST, "wsgi.input": io.BytesIO(b"Action=Lack&Id=1&")}
    body = b"".join(journal(request, lambda status, _headers: statuses.append(status)))
    return statuses[0], body


def test_what_moto_lacks_is_refused_in_a_way_that_no_client_repeats() -> None:
    status, body = ask(Journal(lacking, log_file=None))

    assert status == "501 Not Implemented"
    assert b"<Message>The emulator cannot answer ec2 Lack: " in body


def test_what_moto_lacks_is_remembered() -> None:
    journal = Journal(lacking, log_file=None)
    ask(journal)

    assert [failure.operation for failure in journal.failures] == ["ec2 Lack"]


def test_the_log_file_has_every_request(tmp_path: Path) -> None:
    journal = Journal(lacking, log_file=tmp_path / "log")
    ask(journal)
    journal.close()

    assert (tmp_path / "log").read_text().startswith("501 ec2 Lack NotImplementedError('no such action')")


def test_a_replacement_is_given_the_original() -> None:
    @replaces(Service)
    def present(original: Callable[[Service], str], self: Service) -> str:
        return f"ours after {original(self)}"

    assert Service().present() == "ours after moto's"


def test_a_gap_that_moto_has_closed_fails_loudly() -> None:
    def present(_self: Service) -> str:
        return "ours"

    with pytest.raises(MotoChangedError, match="take it out of the gaps"):
        adds(Service)(present)


def test_a_method_that_moto_no_longer_has_fails_loudly() -> None:
    def absent(_original: object, _self: Service) -> str:
        return "ours"

    with pytest.raises(MotoChangedError, match="no method or property absent"):
        replaces(Service)(absent)
