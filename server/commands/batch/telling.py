"""A batch in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

FINISHED: Final = ("completed", "cancelled", "failed")


def line_of(job: Mapping[str, Any]) -> str:
    """One line: id, state, rows, template."""
    counts = job["counts"]
    done = counts["succeeded"] + counts["failed"] + counts["cancelled"]
    state = job["status"].replace("_", " ")
    if job["status"] in FINISHED and job.get("outcome"):
        state = f"{state} ({job['outcome']})"
    failed = f", {counts['failed']:,} failed" if counts["failed"] else ""
    return f"{job['id']}  {state}  {done:,} of {counts['total']:,} rows{failed}  {job['template']}"


def describe(job: Mapping[str, Any]) -> str:
    """Several lines: everything a person asks first."""
    counts = job["counts"]
    lines = [line_of(job)]
    if job.get("error"):
        lines.append(f"  error: {job['error']['message']}")
    lines += [
        f"  pictures: {counts['rendered']:,} rendered, {counts['reused']:,} stored before, "
        f"{counts['suspicious']:,} with findings, {size_text(counts['bytes'])}",
        *(f"  {name}: {counts[name]:,}" for name in ("warmed", "exported") if counts[name]),
        *(f"  {name.removesuffix('_at')}: {job[name]}" for name in _TIMES if name in job),
        *(f"  warning: {warning}" for warning in job["warnings"]),
        *(f"  next: signet batch {action} {job['id']}" for action in job["actions"] if action != "delete"),
    ]
    return "\n".join(lines)


def size_text(count: int) -> str:
    """Bytes as people read them."""
    size = float(count)
    for unit in ("bytes", "kB", "MB"):
        if size < 1000:
            return f"{size:.0f} {unit}"
        size /= 1000
    return f"{size:.1f} GB"


def duration_text(seconds: float) -> str:
    """Seconds as people read them: 42 s, 3 min 20 s, 2 h 5 min."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60} min"


_TIMES: Final = ("created_at", "started_at", "finished_at", "repeat_at", "expires_at")
