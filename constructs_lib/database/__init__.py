"""The Aurora PostgreSQL cluster, its credentials and its backups."""
