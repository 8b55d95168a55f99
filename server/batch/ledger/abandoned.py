"""Work after the rendering that is given up: the job goes on without it, and says for how many rows and what to do."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from sqlalchemy import Connection

from server.batch.ledger import jobs, rows
from server.batch.ledger.rows import RowPage
from server.batch.ledger.stages import Kind
from server.batch.records import ABANDONED, EDGE_HIT, Job, Output, RowRecord

EDGE_FAILED: Final = "failed: worker_crashed"
"""What stands in the place of the edge's answer."""

_WHAT: Final[dict[Kind, str]] = {
    "compare": "Looking for pictures that are there twice",
    "export": "The export of pictures",
    "manifest": "Writing the manifest of the export",
    "warm": "Fetching pictures through the edge",
}
_WITHOUT: Final[dict[Kind, str]] = {
    "compare": "findings of this kind may be missing",
    "export": "these have no `file`, and may be missing in the bucket",
    "manifest": "the pictures are in the bucket, and no manifest or an old one",
    "warm": f"`edge` of these is “{EDGE_FAILED}”",
}


def abandon(connection: Connection, job: Job, kind: Kind, first: int, last: int) -> None:
    """Note for the job, and for its rows as far as they have a member for it, that a piece of work was never done."""
    whole = kind in ("compare", "manifest")
    found = rows.page(connection, job.id, RowPage(first, 1 if whole else last - first + 1, "succeeded", last))
    concerned = [row for row in found if any(_lacks(kind, output) for output in row.outputs)]
    if not concerned:
        return
    if kind == "warm":
        rows.annotate(connection, job.id, {row.number: _unwarmed(row) for row in concerned})
    count = job.counts.succeeded if whole else len(concerned)
    before = job.intake.get(ABANDONED, {})
    known = before.get(kind, {"rows": 0, "row": concerned[0].number})
    told = {"rows": known["rows"] + count, "row": min(known["row"], concerned[0].number)}
    others = [warning for warning in job.warnings if not warning.startswith(_WHAT[kind])]
    intake = json.dumps({**job.intake, ABANDONED: {**before, kind: told}})
    jobs.change(connection, job.id, intake=intake, warnings=jobs.warnings_text([_warning(kind, told), *others]))


def _lacks(kind: Kind, output: Output) -> bool:
    match kind:
        case "warm":
            return output.edge != EDGE_HIT
        case "export":
            return output.file is None
    return True


def _unwarmed(row: RowRecord) -> Sequence[Output]:
    return [output if output.edge == EDGE_HIT else replace(output, edge=EDGE_FAILED) for output in row.outputs]


def _warning(kind: Kind, told: Mapping[str, int]) -> str:
    count, row = told["rows"], told["row"]
    which = f"{count:,} rows, of which {row} is the first" if count > 1 else f"row {row}"
    return (
        f"{_WHAT[kind]} has failed, or ended its worker, three times and was given up for {which}: {_WITHOUT[kind]}. "
        f'To try it again for all that lack it, retry one row: {{"rows": [{row}]}}.'
    )
