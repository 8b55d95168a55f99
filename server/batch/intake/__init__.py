"""Uploaded rows, whatever file they come in: read one by one from the disk, never held whole.

errors, rows ← encoding ← tables (CSV), documents (JSON, NDJSON), workbooks (XLSX) ← reading
"""

from server.batch.intake.errors import UnreadableRows
from server.batch.intake.reading import Kind, columns_of, kind_of, read_rows
from server.batch.intake.rows import Row

__all__ = ["Kind", "Row", "UnreadableRows", "columns_of", "kind_of", "read_rows"]
