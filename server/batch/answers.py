"""Jobs and rows as the API, webhooks and files tell of them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from server.batch.records import Job, Output, RowRecord, error_document


def job_document(job: Job, base_url: str, now: float, keep_seconds: float) -> dict[str, Any]:
    """A job as JSON; members that don't apply are left out. `keep_seconds` is how long finished jobs are kept."""
    options, counts = job.options, job.counts
    again = job.repeat_at is not None or job.awaited_binding is not None
    expires = None if job.finished_at is None or again else job.finished_at + keep_seconds
    document = {
        "id": job.id,
        "sequence": job.sequence,
        "status": job.status,
        "outcome": job.outcome,
        "template": job.template,
        "version": job.version,
        "run": job.run,
        "counts": {
            "total": counts.total,
            "pending": counts.pending,
            **{name: getattr(counts, name) for name in counts.__slots__ if name != "total"},
        },
        "rate": round(current_rate(job, now), 1),
        "eta_seconds": eta_seconds(job, now),
        "created_at": moment(job.created_at),
        "started_at": moment(job.started_at),
        "finished_at": moment(job.finished_at),
        "expires_at": moment(expires),
        "repeat_at": moment(job.repeat_at),
        "formats": list(dict.fromkeys(image_format for image_format, _ in options.outputs())),
        "variants": options.variants,
        "dry_run": options.dry_run,
        "pilot": options.pilot,
        "warnings": list(job.warnings),
        "error": None if job.error is None else dict(job.error),
        "metadata": options.metadata,
        "links": links(job, base_url),
        "actions": actions(job),
    }
    return {name: value for name, value in document.items() if value is not None}


def row_document(row: RowRecord) -> dict[str, Any]:
    """A row as JSON; `url`, `etag`, `bytes` and `cached` are those of its first picture."""
    first = row.outputs[0] if row.outputs else None
    document = {
        "index": row.number,
        "line": row.line,
        "custom_id": row.custom_id,
        "status": row.status,
        "url": first and first.url,
        "etag": first and first.etag,
        "bytes": first and first.bytes,
        "cached": first and first.cached,
        "duration_ms": row.duration_ms,
        "attempts": row.attempts,
        "outputs": [output_document(output) for output in row.outputs],
        "error": row.error and error_document(row.error),
        "values": dict(row.values),
    }
    return {name: value for name, value in document.items() if value is not None}


def output_document(output: Output) -> dict[str, Any]:
    """A picture as JSON."""
    document = {
        **{name: getattr(output, name) for name in output.__slots__ if name != "findings"},
        "findings": [{"code": finding.code, "message": finding.message} for finding in output.findings],
        "rendered_at": moment(output.rendered_at),
    }
    return {name: value for name, value in document.items() if value is not None}


def actions(job: Job) -> list[str]:
    """What may be asked of the job now."""
    found = []
    if job.status == "awaiting_approval":
        found.append("continue")
    if not job.finished or (job.status == "completed" and job.options.repeat is not None):
        found.append("cancel")
    if job.finished and job.renewable:
        found.append("retry")
    return [*found, "delete"]


def links(job: Job, base_url: str) -> dict[str, str]:
    """Where there is more about the job."""
    own = f"{base_url}/v1/batches/{job.id}"
    results = {f"results_{kind}": f"{own}/results.{kind}" for kind in ("csv", "json", "ndjson", "zip")}
    return {
        "self": own,
        "events": f"{own}/events",
        "rows": f"{own}/rows",
        **results,
        "errors_csv": f"{own}/errors.csv",
        "deliveries": f"{own}/deliveries",
    }


def current_rate(job: Job, now: float) -> float:
    """Rows a second at present; the average of all rows, for a job that is finished."""
    if job.started_at is None:
        return 0.0
    if job.finished_at is None:
        return 0.0 if job.stalled(now) else job.rate
    if job.run > 1 or job.options.pilot is not None or job.finished_at < job.started_at:
        return job.rate  # other rows were done before, somebody thought about the first ones, or the clock went back
    done = job.counts.succeeded + job.counts.failed
    return done / max(job.finished_at - job.started_at, 1e-3)


def revision(job: Job, now: float) -> str:
    """Changes with whatever the job's document tells: there is no rate, and no time left, while nothing goes on."""
    stalled = not job.finished and job.started_at is not None and job.stalled(now)
    return f"{job.sequence}-stalled" if stalled else str(job.sequence)


def eta_seconds(job: Job, now: float) -> int | None:
    """Seconds until all rows have a result, if that can be told."""
    rate = current_rate(job, now)
    return round(job.counts.pending / rate) if job.status == "in_progress" and rate else None


def moment(time: float | None) -> str | None:
    """A time as RFC 3339 has it, in UTC and to the millisecond."""
    if time is None:
        return None
    return datetime.fromtimestamp(time, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
