"""The role manager of the database."""
