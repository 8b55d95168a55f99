"""All tables. A change here needs a migration beside it, which a test compares with what stands here."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Double, Index, Integer, MetaData, String, Table, Text

METADATA = MetaData(naming_convention={"pk": "pk_%(table_name)s", "ix": "ix_%(table_name)s_%(column_0_N_name)s"})

# Data of bindings with `push = true`. `value` is JSON text as it was pushed, `pushed_at` seconds since the epoch.
PUSHED = Table(
    "pushed",
    METADATA,
    Column("template", String(64), primary_key=True),
    Column("binding", String(64), primary_key=True),
    Column("key", String(200), primary_key=True),
    Column("version", Integer, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("value", Text, nullable=False),
    Column("pushed_at", Double, nullable=False),
)

# Messages of webhooks that have been applied to a record, so that a second delivery changes nothing.
DELIVERED = Table(
    "delivered",
    METADATA,
    Column("template", String(64), primary_key=True),
    Column("binding", String(64), primary_key=True),
    Column("key", String(200), primary_key=True),
    Column("message", String(200), primary_key=True),
    Column("received_at", Double, nullable=False, index=True),
)

# Jobs of many pictures. Times are seconds since the epoch, `options`, `error`, `warnings` and `intake` JSON text.
# `sequence` counts changes; `turn` is the higher the later a worker took something of the job, so that jobs take
# turns; `home` names the data folder that has the uploaded file. Counts are of rows, from `rendered` to `bytes` of
# pictures.
BATCHES = Table(
    "batches",
    METADATA,
    Column("id", String(40), primary_key=True),
    Column("sequence", Integer, nullable=False),
    Column("status", String(20), nullable=False),
    Column("outcome", String(20)),
    Column("owner", String(32), nullable=False),
    Column("home", String(40), nullable=False),
    Column("template", String(64), nullable=False),
    Column("version", String(64), nullable=False),
    Column("options", Text, nullable=False),
    Column("intake", Text, nullable=False),
    Column("error", Text),
    Column("warnings", Text, nullable=False),
    Column("run", Integer, nullable=False),
    Column("total", Integer, nullable=False),
    Column("succeeded", Integer, nullable=False),
    Column("failed", Integer, nullable=False),
    Column("cancelled", Integer, nullable=False),
    Column("rendered", Integer, nullable=False),
    Column("reused", Integer, nullable=False),
    Column("changed", Integer, nullable=False),
    Column("suspicious", Integer, nullable=False),
    Column("warmed", Integer, nullable=False),
    Column("exported", Integer, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("rate", Double, nullable=False),
    Column("turn", Double, nullable=False),
    Column("created_at", Double, nullable=False),
    Column("started_at", Double),
    Column("progress_at", Double),
    Column("finished_at", Double),
    Column("repeat_at", Double),
    Column("approved", Boolean, nullable=False),
    Index("ix_batches_status", "status"),
    Index("ix_batches_owner_created_at", "owner", "created_at"),
)

# Rows of jobs, numbered from 0. `line` is where it begins in the upload. `values` is what was uploaded, `outputs` its
# pictures and `error` what was wrong, all JSON text; `attempts` counts the renderings of the row that were begun.
BATCH_ROWS = Table(
    "batch_rows",
    METADATA,
    Column("batch", String(40), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("line", Integer, nullable=False),
    Column("custom_id", String(200)),
    Column("status", String(12), nullable=False),
    Column("values", Text, nullable=False),
    Column("outputs", Text, nullable=False),
    Column("error", Text),
    Column("attempts", Integer, nullable=False),
    Column("duration_ms", Double, nullable=False),
    Index("ix_batch_rows_batch_status_number", "batch", "status", "number"),
    Index("ix_batch_rows_batch_custom_id", "batch", "custom_id"),
)

# Pieces of work: rows from `first` to `last`. `generation` counts leases and fences those that are over. What is `held`
# waits for an approval.
BATCH_CHUNKS = Table(
    "batch_chunks",
    METADATA,
    Column("batch", String(40), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("kind", String(12), nullable=False),
    Column("first", Integer, nullable=False),
    Column("last", Integer, nullable=False),
    Column("state", String(12), nullable=False),
    Column("generation", Integer, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("holder", String(80), nullable=False),
    Column("leased_until", Double, nullable=False),
    Column("not_before", Double, nullable=False),
    Index("ix_batch_chunks_state_batch", "state", "batch"),
)

# Webhooks to be delivered, the same `id` in each attempt. `log` is JSON text: time, status and error of each attempt.
BATCH_DELIVERIES = Table(
    "batch_deliveries",
    METADATA,
    Column("id", String(40), primary_key=True),
    Column("batch", String(40), nullable=False, index=True),
    Column("event", String(40), nullable=False),
    Column("url", Text, nullable=False),
    Column("payload", Text, nullable=False),
    Column("state", String(12), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("generation", Integer, nullable=False),
    Column("next_at", Double, nullable=False, index=True),
    Column("leased_until", Double, nullable=False),
    Column("created_at", Double, nullable=False),
    Column("log", Text, nullable=False),
)

# Answers that a repeated request gets again: `digest` is of the request, `batch` what it made.
BATCH_REQUESTS = Table(
    "batch_requests",
    METADATA,
    Column("owner", String(32), primary_key=True),
    Column("key", String(255), primary_key=True),
    Column("digest", String(64), nullable=False),
    Column("batch", String(40), nullable=False),
    Column("created_at", Double, nullable=False, index=True),
)
