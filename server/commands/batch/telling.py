"""A batch in words."""

from __future__ import annotations

import shlex
from typing import Final

from server.commands.batch.answers import BatchRow, Job, RowError, RowProblem
from server.commands.calls import Problem, Refused, plain, problems_text

_UNKNOWN_COLUMN: Final = "unknown-column"
_COLUMNS: Final = "columns."
_UNITS: Final = ("kB", "MB", "GB")


def line_of(job: Job) -> str:
    """One line: id, state, rows, template."""
    state = job.status.replace("_", " ")
    if job.finished and job.outcome:
        state = f"{state} ({job.outcome})"
    return f"{job.id}  {state}  {rows_text(job)}  {plain(job.template)}"


def rows_text(job: Job) -> str:
    """How far a batch has come."""
    counts = job.counts
    if job.status == "validating":
        return f"{counts.total:,} rows read"
    failed = f", {counts.failed:,} failed" if counts.failed else ""
    if job.dry_run:
        return f"{counts.total - counts.failed:,} of {counts.total:,} rows can be rendered{failed}"
    cancelled = f", {counts.cancelled:,} cancelled" if counts.cancelled else ""
    return f"{counts.done:,} of {counts.total:,} rows{failed}{cancelled}"


def describe(job: Job) -> str:
    """Several lines: everything a person asks first."""
    lines = [line_of(job)]
    if job.error is not None:
        lines.append(f"  error: {plain(job.error.message)}")
    if not job.dry_run:
        lines.append(f"  pictures: {_pictures(job)}")
    moments = {
        "created": job.created_at,
        "started": job.started_at,
        "finished": job.finished_at,
        "runs again": job.repeat_at,
        "kept until": job.expires_at,
    }
    lines += [f"  {name}: {plain(moment)}" for name, moment in moments.items() if moment]
    lines += [f"  warning: {plain(warning)}" for warning in job.warnings]
    lines += [f"  next: {command}" for command in next_commands(job)]
    return "\n".join(lines)


def next_commands(job: Job) -> list[str]:
    """What can be done with the batch now; not what there is to lose."""
    commands = []
    if not (job.finished or job.waits):
        commands.append(f"signet batch watch {job.id}")
    commands += [f"signet batch {action} {job.id}" for action in ("continue", "cancel") if action in job.actions]
    if job.counts.failed:
        commands.append(f"signet batch errors {job.id} -o errors.csv")
    if "retry" in job.actions:
        commands.append(f"signet batch retry {job.id}")
    if job.counts.succeeded and (job.finished or job.waits):
        commands.append(f"signet batch results {job.id} -o pictures.zip")
    return commands


def failure_of(row: BatchRow) -> str:
    """Why a row has no pictures: its line, its id, the field and what is wrong with it."""
    name = f" ({plain(row.custom_id, 80)})" if row.custom_id else ""
    if row.error is None:
        return f"line {row.line}{name}: failed"
    return f"line {row.line}{name}: {plain(_reason(row.error))}"


def _reason(error: RowError) -> str:
    if error.problems:
        return "; ".join(f"{each.name}: {each.message}{_instead(each)}" for each in error.problems)
    field = f"{error.field}: " if error.field else ""
    return field + error.message.removeprefix(field)


def _instead(problem: RowProblem) -> str:
    return f", but {problem.got}" if problem.got and not problem.message.endswith(".") else ""


def in_words_of_the_command(refusal: Refused) -> Refused:
    """A refusal of rows, where it speaks of columns, with the options of `signet batch submit` that mend it."""
    if not any(_speaks_of_columns(problem) for problem in refusal.problems):
        return refusal
    told = [_told(problem) for problem in refusal.problems]
    return Refused(refusal.status, problems_text(told), refusal.retry_after, told)


def _speaks_of_columns(problem: Problem) -> bool:
    return problem.get("code") == _UNKNOWN_COLUMN or str(problem.get("name")).startswith(_COLUMNS)


def _told(problem: Problem) -> Problem:
    name = str(problem.get("name"))
    if problem.get("code") == _UNKNOWN_COLUMN:
        leave_out, map_it = shlex.quote(f"{name}="), shlex.quote(f"{name}=VARIABLE")
        how = f"Rename it, or say --column {map_it}, or --column {leave_out} to leave it out."
        return {"name": name, "message": f"{problem.get('message')} {how}"}
    if name.startswith(_COLUMNS):
        return {**problem, "name": f"--column {shlex.quote(name.removeprefix(_COLUMNS))}"}
    return problem


def size_text(count: int) -> str:
    """Bytes as people read them."""
    if count < 1000:
        return f"{count} bytes"
    power = min((len(str(count)) - 1) // 3, len(_UNITS))
    size = count / 1000**power
    return f"{size:.0f} {_UNITS[power - 1]}" if size >= 10 else f"{size:.1f} {_UNITS[power - 1]}"


def duration_text(seconds: float) -> str:
    """Seconds as people read them: 42 s, 3 min 20 s, 2 h 5 min."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60} min"


def _pictures(job: Job) -> str:
    counts = job.counts
    parts = [f"{counts.rendered:,} rendered", f"{counts.reused:,} stored before", size_text(counts.bytes)]
    numbers = {"with findings": counts.suspicious, "warm at the edge": counts.warmed, "exported": counts.exported}
    parts += [f"{number:,} {name}" for name, number in numbers.items() if number]
    return ", ".join(parts)
