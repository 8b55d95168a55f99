"""What is looked for in finished pictures, so that nobody has to look at ten thousand of them."""

from server.batch.checks.duplicates import COMPARED, Duplicates, DuplicatesReport, Placed
from server.batch.checks.errors import BrokenPicture
from server.batch.checks.findings import findings_of

__all__ = ["COMPARED", "BrokenPicture", "Duplicates", "DuplicatesReport", "Placed", "findings_of"]
