"""The migration in the images of migrations.py: `python migrate.py VERSION [broken]`.

It records its runs in a table, and waits while the folder of its image has a file `hold`. A broken one exits
with code 3, after 25 lines.
"""

import os
import sys
import time
from pathlib import Path

import psycopg

HOLD, HOLDING = Path("hold"), Path("holding")
TABLES = """
    CREATE TABLE IF NOT EXISTS payments (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, amount bigint);
    CREATE TABLE IF NOT EXISTS runs (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        version text,
        role text DEFAULT current_user,
        started timestamptz DEFAULT clock_timestamp(),
        ended timestamptz
    )
"""


def main(version: str, *how: str) -> int:
    """Migrate, and return the exit code."""
    user, password, host = (os.environ[f"DB_{name}"] for name in ("USERNAME", "PASSWORD", "HOST"))
    with psycopg.connect(
        host=host,
        port=os.environ["DB_PORT"],
        dbname=os.environ["DB_NAME"],
        user=user,
        password=password,
        sslmode=os.environ["DB_SSLMODE"],
        autocommit=True,
    ) as connection:
        connection.execute(TABLES)
        run = connection.execute("INSERT INTO runs (version) VALUES (%s) RETURNING id", [version]).fetchone()
        print(f"migrating to {version}", flush=True)
        while HOLD.exists():
            HOLDING.touch()
            time.sleep(0.05)
        connection.execute("UPDATE runs SET ended = clock_timestamp() WHERE id = %s", run)
    if "broken" in how or Path("broken").exists():
        for number in range(24):
            print(f"statement {number}")
        print(f"cannot migrate postgresql://{user}:{password}@{host}/payments")
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
