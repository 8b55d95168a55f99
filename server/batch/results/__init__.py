"""What came of a job, as files that are sent while they are made: tables, JSON, rows to mend, archives of pictures.

blocks ← documents, tables ← archive
safe_names, patterns ← names ← archive
zip_writer ← archive
"""

from server.batch.results.archive import Get, results_zip
from server.batch.results.documents import results_json, results_ndjson
from server.batch.results.errors import TooManyColumns
from server.batch.results.names import JobNames, NamesByJob, collect_names
from server.batch.results.patterns import check_names
from server.batch.results.tables import columns_of, errors_csv, results_csv

__all__ = [
    "Get",
    "JobNames",
    "NamesByJob",
    "TooManyColumns",
    "check_names",
    "collect_names",
    "columns_of",
    "errors_csv",
    "results_csv",
    "results_json",
    "results_ndjson",
    "results_zip",
]
