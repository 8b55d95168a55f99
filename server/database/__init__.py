"""What must not be lost, in SQL: SQLite in the data folder, or PostgreSQL for several machines.

errors ← tables ← migrations ← engine
"""

from server.database.engine import Database, open_database
from server.database.errors import DatabaseUnavailable
from server.database.tables import METADATA

__all__ = ["METADATA", "Database", "DatabaseUnavailable", "open_database"]
