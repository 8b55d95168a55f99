"""What must not be lost, in SQL: SQLite in the data folder, or PostgreSQL for several machines.

errors ← urls, connections, stalls, tables ← migrations ← engine

A new table: declare it in `tables`, and add the next module to `migrations/versions` with `down_revision` naming the
one before; tests compare what the migrations make with what is declared, in both kinds of database.
"""

from server.database.engine import Database, open_database
from server.database.errors import DatabaseUnavailable
from server.database.tables import METADATA

__all__ = ["METADATA", "Database", "DatabaseUnavailable", "open_database"]
