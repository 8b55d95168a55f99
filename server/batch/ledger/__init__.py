"""The truth about jobs, in SQL: what there is to do, who does it, and what came of it.

Whoever changes a job locks its record first, so that transactions on one job follow each other and never deadlock.

jobs, rows ← stages ← chunks, upkeep ← ledger
"""

from server.batch.ledger.chunks import Lease, LeaseLost, Taker
from server.batch.ledger.jobs import Allowance, NewJob
from server.batch.ledger.ledger import Ledger
from server.batch.ledger.rows import ANY_FINDING, NewRow, RowPage, RowResult
from server.batch.ledger.stages import Kind

__all__ = [
    "ANY_FINDING",
    "Allowance",
    "Kind",
    "Lease",
    "LeaseLost",
    "Ledger",
    "NewJob",
    "NewRow",
    "RowPage",
    "RowResult",
    "Taker",
]
