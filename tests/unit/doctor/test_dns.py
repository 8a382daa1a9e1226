"""Node's answers about the DNS, from a server of the test."""

import socket
import struct
from collections.abc import Iterator
from threading import Thread

import pytest

from constructs_lib.doctor import node
from constructs_lib.doctor.findings import UnknownError

_NS, _CAA, _IN, _TTL = 2, 257, 1, 60
_ANSWER, _NO_SUCH_NAME, _REFUSED = 0x8180, 0x8183, 0x8185


def name(text: str) -> bytes:
    """A name as the DNS sends it (RFC 1035, section 3.1)."""
    return b"".join(bytes([len(label)]) + label.encode() for label in text.split(".")) + b"\0"


RECORDS = {
    ("example.net", _NS): [name("ns1.example.org"), name("ns2.example.org")],
    # RFC 8659, section 4.1: flags, the length of the tag, the tag, the value.
    ("example.net", _CAA): [b"\0\5issueamazon.com"],
    ("empty.example.net", _NS): [],
}


def answer(query: bytes) -> bytes:
    """The answer to a query: RECORDS, an error for refused.example.net, no such name for others."""
    question = query[12 : query.index(b"\0", 12) + 5]
    labels, rest = [], question
    while rest[0]:
        labels.append(rest[1 : 1 + rest[0]].decode())
        rest = rest[1 + rest[0] :]
    asked = ".".join(labels)
    records = RECORDS.get((asked, struct.unpack("!H", rest[1:3])[0]))
    status = _REFUSED if asked == "refused.example.net" else _NO_SUCH_NAME if records is None else _ANSWER
    header = query[:2] + struct.pack("!HHHHH", status, 1, len(records or ()), 0, 0)
    return (
        header
        + question
        + b"".join(
            b"\xc0\x0c" + rest[1:3] + struct.pack("!HIH", _IN, _TTL, len(each)) + each
            for each in records or ()
        )
    )


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """The address of the server."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.bind(("127.0.0.1", 0))

        def serve() -> None:
            while True:
                try:
                    query, client = udp.recvfrom(512)
                    if query == b"end":
                        return
                    udp.sendto(answer(query), client)
                except OSError:
                    return

        thread = Thread(target=serve, daemon=True)
        thread.start()
        yield f"127.0.0.1:{udp.getsockname()[1]}"
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
            last.sendto(b"end", udp.getsockname())
        thread.join(5)


def test_name_servers(server: str) -> None:
    assert sorted(node.ask_dns("NS", "example.net", server)) == ["ns1.example.org", "ns2.example.org"]


def test_certification_authorities(server: str) -> None:
    assert node.ask_dns("CAA", "example.net", server) == [{"critical": 0, "issue": "amazon.com"}]


@pytest.mark.parametrize("missing", ["empty.example.net", "missing.example.net"])
def test_a_name_without_records(server: str, missing: str) -> None:
    assert node.ask_dns("NS", missing, server) == []


def test_a_server_that_refuses_is_no_answer(server: str) -> None:
    with pytest.raises(UnknownError, match=r"no DNS server answers NS refused.example.net \(EREFUSED\)"):
        node.ask_dns("NS", "refused.example.net", server)
