"""The name and the port of the database engine."""

ENGINE = "aurora-postgresql"
PORT = 5432
