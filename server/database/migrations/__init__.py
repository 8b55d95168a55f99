"""The database's history, as alembic reads it: one file in `versions` for each change of the tables."""
