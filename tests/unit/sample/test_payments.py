"""The sample application keeps the contract of docs/application.md, as a process and over HTTP."""

import json
import shlex
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from tests.emulator.certificates import Authority
from tests.unit.docs.pages import CHECKOUT, blocks
from tests.unit.emulator.waiting import TIMEOUT_SECONDS
from tests.unit.sample.application import (
    Sample,
    command_of_the_image,
    command_of_the_page,
    run,
)
from tests.unit.sample.conftest import CONTEXT, connect

CARD = "4111111111111111"


def rows(database: psycopg.Connection, key: str) -> list[Any]:
    """The payments in the table that were taken with the key."""
    return database.execute("SELECT * FROM payments WHERE idempotency_key = %s", [key]).fetchall()


def test_a_payment_is_taken_and_read_back(sample: Sample) -> None:
    taken = sample.take("read-back")
    assert taken.status == 201
    expected = {"amount": 1250, "currency": "EUR", "card_last_four": "1111"}
    assert taken.document == {"id": taken.document["id"], **expected}
    read = sample.request("GET", f"/payments/{taken.document['id']}")
    assert (read.status, read.document) == (200, taken.document)


def test_the_same_key_gives_the_same_payment(sample: Sample, database: psycopg.Connection) -> None:
    first, second = sample.take("repeated"), sample.take("repeated")
    assert (second.status, second.document) == (first.status, first.document)
    assert len(rows(database, "repeated")) == 1


def test_another_key_gives_another_payment(sample: Sample) -> None:
    assert sample.take("one").document["id"] != sample.take("other").document["id"]


@pytest.mark.parametrize("changed", [{"amount": 1251}, {"currency": "USD"}, {"card": "4111111111111129"}])
def test_the_same_key_with_another_body_is_refused(
    sample: Sample, database: psycopg.Connection, changed: dict[str, object]
) -> None:
    key = f"conflict-{changed}"
    sample.take(key)
    before = rows(database, key)
    refused = sample.take(key, **changed)
    assert refused.status == 409
    assert refused.document == {"detail": "The Idempotency-Key belongs to another payment."}
    assert rows(database, key) == before


def test_requests_at_the_same_time_with_one_key_take_one_payment(
    sample: Sample, database: psycopg.Connection
) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(sample.take, ["at-once"] * 8))
    assert {answer.status for answer in answers} == {201}
    assert len({answer.document["id"] for answer in answers}) == 1
    assert len(rows(database, "at-once")) == 1


def test_a_payment_without_a_key_is_refused(sample: Sample) -> None:
    body = json.dumps({"amount": 1250, "currency": "EUR", "card": CARD})
    assert sample.request("POST", "/payments", body).status == 422


@pytest.mark.parametrize(
    "changed",
    [
        *({"amount": 0}, {"amount": 2**63}, {"amount": "12.5"}, {"currency": "euro"}),
        *({"card": f"{CARD}x"}, {"card": "4111"}, {"card": f"{CARD}\n"}, {"card": int(CARD)}),
    ],
)
def test_an_invalid_payment_is_refused_without_its_values(sample: Sample, changed: dict[str, object]) -> None:
    refused = sample.take("invalid", **changed)
    assert refused.status == 422
    assert "4111" not in refused.text


def test_an_unknown_payment_is_not_found(sample: Sample) -> None:
    assert sample.request("GET", f"/payments/{uuid4()}").status == 404


def test_the_card_number_is_stored_encrypted(
    sample: Sample,
    database: psycopg.Connection,
    kms: Any,  # noqa: ANN401 - boto3's client
) -> None:
    id_ = sample.take("encrypted").document["id"]
    (row,) = rows(database, "encrypted")
    card: bytes = row[-1]
    assert CARD not in str(row)
    assert CARD.encode() not in card
    decrypted = kms.decrypt(CiphertextBlob=card, EncryptionContext={**CONTEXT, "Payment": id_})
    assert decrypted["Plaintext"] == CARD.encode()


@pytest.mark.parametrize("context", [{}, CONTEXT, {**CONTEXT, "Payment": str(uuid4())}])
def test_the_card_number_cannot_be_decrypted_without_its_context(
    sample: Sample,
    database: psycopg.Connection,
    kms: Any,  # noqa: ANN401 - boto3's client
    context: dict[str, str],
) -> None:
    sample.take("in-context")
    ((*_, card),) = rows(database, "in-context")
    with pytest.raises(kms.exceptions.InvalidCiphertextException):
        kms.decrypt(CiphertextBlob=card, EncryptionContext=context)


def test_each_request_is_one_line_of_the_log_without_what_the_client_sent(migrated: dict[str, str]) -> None:
    secret = "5555555555554444"  # noqa: S105 - a card number
    with Sample(migrated, command=command_of_the_page()) as sample:
        started = len(sample.lines)
        sample.take("logged", card=secret)
        sample.take("logged", card=CARD)
        sample.take(secret, card=f"{secret}x")
        sample.request("GET", f"/payments/{secret}?card={secret}", headers={"User-Agent": secret})
        sample.request("GET", f"/{secret}")
    lines = [json.loads(line) for line in sample.lines[started:] if line.startswith("{")]
    assert [(line["method"], line["route"], line["status"]) for line in lines] == [
        ("POST", "/payments", 201),
        ("POST", "/payments", 409),
        ("POST", "/payments", 422),
        ("GET", "/payments/{payment_id}", 422),
        ("GET", None, 404),
    ]
    assert secret not in "\n".join(sample.lines)
    assert CARD not in "\n".join(sample.lines)


@contextmanager
def no_connections(environment: dict[str, str]) -> Iterator[None]:
    """The database accepts no new connections."""
    with connect(environment, "postgres") as connection:
        connection.execute("ALTER DATABASE payments ALLOW_CONNECTIONS false")
        try:
            yield
        finally:
            connection.execute("ALTER DATABASE payments ALLOW_CONNECTIONS true")


def test_the_application_is_healthy_while_it_reaches_the_database(
    sample: Sample, migrated: dict[str, str]
) -> None:
    assert sample.request("GET", "/health").status == 200
    with no_connections(migrated):
        assert sample.request("GET", "/health").status == 503
        assert sample.take("unavailable").status == 503
    assert sample.request("GET", "/health").status == 200
    assert sample.take("available-again").status == 201


def test_a_database_whose_certificate_is_not_of_the_authorities_is_refused(
    migrated: dict[str, str], tmp_path: Path
) -> None:
    others = Authority(tmp_path / "others.pem").file
    with Sample(migrated | {"PGSSLROOTCERT": str(others)}, command=command_of_the_page()) as sample:
        assert sample.request("GET", "/health").status == 503


def test_a_database_with_another_name_is_refused(migrated: dict[str, str]) -> None:
    with Sample(migrated | {"DB_HOST": "database.example.com"}, command=command_of_the_page()) as sample:
        assert sample.request("GET", "/health").status == 503


def test_open_requests_are_finished_after_the_stop_signal(migrated: dict[str, str]) -> None:
    with (
        ThreadPoolExecutor() as pool,
        connect(migrated) as lock,
        Sample(migrated, command=command_of_the_page()) as sample,
    ):
        with lock.transaction():
            lock.execute("LOCK TABLE payments")
            open_request = pool.submit(sample.take, "while-stopping")
            await_lock(lock)
            stopped = pool.submit(sample.process.stop, TIMEOUT_SECONDS)
            sleep(1)
            assert not open_request.done()
            assert not stopped.done()
        assert open_request.result(TIMEOUT_SECONDS).status == 201
        assert stopped.result(TIMEOUT_SECONDS) in (0, -signal.SIGTERM)


def await_lock(database: psycopg.Connection) -> None:
    """Wait until a request of the application waits for the lock on the table."""
    deadline = monotonic() + TIMEOUT_SECONDS
    while not database.execute("SELECT FROM pg_locks WHERE NOT granted").fetchall():
        assert monotonic() < deadline
        sleep(0.05)


def test_the_command_of_the_image_serves_over_tls(migrated: dict[str, str]) -> None:
    with Sample(migrated, command=command_of_the_image(), tls=True) as sample:
        assert sample.request("GET", "/health").status == 200
        assert sample.take("over-tls").status == 201
        # The shell has been replaced: the signal reaches uvicorn, which says so.
        sample.process.stop(TIMEOUT_SECONDS)
    assert any("Shutting down" in line for line in sample.lines), sample.lines


def test_the_health_command_of_the_page_reports_the_health(migrated: dict[str, str]) -> None:
    (command,) = (
        block.content.strip()
        for block in blocks(CHECKOUT / "docs" / "application.md")
        if block.language == "text" and block.content.startswith("python -c")
    )
    with Sample(migrated, command=command_of_the_image(), tls=True) as sample:
        here = shlex.split(command.replace(":8080/", f":{sample.port}/"))
        assert run(migrated, *here)[0] == 0
        with no_connections(migrated):
            assert run(migrated, *here)[0] != 0


def test_a_migration_can_be_repeated(sample: Sample, migrated: dict[str, str]) -> None:
    id_ = sample.take("kept").document["id"]
    assert run(migrated, "python", "-m", "payments", "migrate") == (0, ["The tables are up to date."])
    assert sample.request("GET", f"/payments/{id_}").status == 200


def test_migrations_of_a_new_database_at_the_same_time_do_not_disturb_each_other(
    migrated: dict[str, str],
) -> None:
    with connect(migrated) as connection:
        connection.execute("CREATE DATABASE at_once")
    try:
        with ThreadPoolExecutor(4) as pool:
            both = [
                pool.submit(run, migrated | {"DB_NAME": "at_once"}, "python", "-m", "payments", "migrate")
                for _ in range(4)
            ]
            assert [each.result()[0] for each in both] == [0] * 4
    finally:
        with connect(migrated) as connection:
            connection.execute("DROP DATABASE at_once")


def test_a_migration_that_cannot_log_in_fails_without_the_password(environment: dict[str, str]) -> None:
    wrong = "another-password"
    code, lines = run(environment | {"DB_PASSWORD": wrong}, "python", "-m", "payments", "migrate")
    assert code == 1
    assert "password authentication failed" in "\n".join(lines)
    assert wrong not in "\n".join(lines)


def test_a_command_that_does_not_exist_is_refused(environment: dict[str, str]) -> None:
    assert run(environment, "python", "-m", "payments", "drop") == (1, ["usage: python -m payments migrate"])
