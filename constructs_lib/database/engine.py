"""The database engine, by the names and numbers that everything else refers to it with."""

ENGINE = "aurora-postgresql"
PORT = 5432
