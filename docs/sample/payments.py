"""A payment application that keeps the contract in docs/application.md.

Its image runs `python -m payments migrate` as the owner of the tables and `uvicorn payments:app` as the
application. It authenticates no client: it shows the contract and is no product.
"""

import json
import os
import sys
import time
from collections.abc import Awaitable, Callable
from functools import cache
from typing import Annotated, Any
from uuid import UUID, uuid4

import boto3
import psycopg
from fastapi import FastAPI, Header, HTTPException, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from psycopg.rows import DictRow, dict_row
from pydantic import BaseModel, Field

# Every deployment runs all of them while the previous tasks serve: each is repeatable, and leaves tables that
# those tasks can use. The lock makes a second run wait for the first.
MIGRATIONS = (
    "SELECT pg_advisory_xact_lock(1)",
    "CREATE TABLE IF NOT EXISTS payments (id uuid PRIMARY KEY, idempotency_key text NOT NULL UNIQUE,"
    " amount bigint NOT NULL, currency text NOT NULL, card bytea NOT NULL)",
)


class Payment(BaseModel):
    """What a client sends. The amount is in the smallest unit of the currency."""

    amount: int = Field(gt=0, lt=2**63)
    currency: str = Field(pattern="^[A-Z]{3}$")
    card: str = Field(pattern="^[0-9]{12,19}$", repr=False)


def database() -> psycopg.Connection[DictRow]:
    """A new connection for each request. libpq finds RDS's certificate authorities through PGSSLROOTCERT."""
    return psycopg.connect(
        host=os.environ["DB_HOST"],
        port=os.environ["DB_PORT"],
        dbname=os.environ["DB_NAME"],
        user=os.environ["DB_USERNAME"],
        password=os.environ["DB_PASSWORD"],
        sslmode=os.environ["DB_SSLMODE"],
        connect_timeout=5,
        row_factory=dict_row,
    )


@cache
def kms() -> Any:  # noqa: ANN401 - boto3 makes the client's type at run time
    """A client of KMS in the region of the field key."""
    return boto3.client("kms", region_name=os.environ["FIELD_KEY_ARN"].split(":")[3])


def field_key(payment_id: UUID) -> dict[str, Any]:
    """The field key, and the context that ties what it encrypts to this deployment and to one payment."""
    context = json.loads(os.environ["FIELD_KEY_CONTEXT"]) | {"Payment": str(payment_id)}
    return {"KeyId": os.environ["FIELD_KEY_ARN"], "EncryptionContext": context}


def card_of(row: DictRow) -> str:
    decrypted: bytes = kms().decrypt(CiphertextBlob=row["card"], **field_key(row["id"]))["Plaintext"]
    return decrypted.decode()


def visible(row: DictRow) -> dict[str, Any]:
    """What a client gets to see of a payment."""
    return {name: row[name] for name in ("id", "amount", "currency")} | {"card_last_four": card_of(row)[-4:]}


app = FastAPI(title="Payments", docs_url=None, redoc_url=None)


@app.post("/payments", status_code=201)
def take(
    payment: Payment, idempotency_key: Annotated[str, Header(min_length=1, max_length=255)]
) -> dict[str, Any]:
    """Take a payment once, however often it is sent with the same key."""
    new_id = uuid4()
    card = kms().encrypt(Plaintext=payment.card.encode(), **field_key(new_id))["CiphertextBlob"]
    with database() as connection:
        # On a conflict the update changes nothing: it returns the payment that the key has already taken.
        (row,) = connection.execute(
            "INSERT INTO payments (id, idempotency_key, amount, currency, card) VALUES (%s, %s, %s, %s, %s)"
            " ON CONFLICT (idempotency_key) DO UPDATE SET idempotency_key = EXCLUDED.idempotency_key"
            " RETURNING *",
            [new_id, idempotency_key, payment.amount, payment.currency, card],
        )
    if payment != Payment(amount=row["amount"], currency=row["currency"], card=card_of(row)):
        raise HTTPException(409, "The Idempotency-Key belongs to another payment.")
    return visible(row)


@app.get("/payments/{payment_id}")
def read(payment_id: UUID) -> dict[str, Any]:
    with database() as connection:
        row = connection.execute("SELECT * FROM payments WHERE id = %s", [payment_id]).fetchone()
    if row is None:
        raise HTTPException(404, "There is no such payment.")
    return visible(row)


@app.get("/health")
def health() -> dict[str, str]:
    with database() as connection:
        connection.execute("SELECT 1")
    return {"status": "ok"}


@app.exception_handler(psycopg.OperationalError)
def unavailable(_request: Request, _error: Exception) -> Response:
    return JSONResponse({"detail": "The database is not available."}, 503)


@app.exception_handler(RequestValidationError)
def invalid(_request: Request, error: RequestValidationError) -> Response:
    """FastAPI's own answer would repeat the card number."""
    return JSONResponse({"detail": [[each["loc"], each["msg"]] for each in error.errors()]}, 422)


@app.middleware("http")
async def log(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    """Write one line for each request. The route, and nothing that the client wrote, is in it."""
    start, status = time.monotonic(), 500
    try:
        response = await call_next(request)
        status = response.status_code
        return response
    finally:
        route = getattr(request.scope.get("route"), "path", None)
        milliseconds = round(1000 * (time.monotonic() - start))
        line = {"method": request.method, "route": route, "status": status, "milliseconds": milliseconds}
        print(json.dumps(line), flush=True)


if __name__ == "__main__":
    if sys.argv[1:] != ["migrate"]:
        sys.exit("usage: python -m payments migrate")
    with database() as connection:
        for statement in MIGRATIONS:
            connection.execute(statement)
    print("The tables are up to date.", flush=True)
