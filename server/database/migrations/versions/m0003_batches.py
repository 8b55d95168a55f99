"""Batches: jobs, their rows, pieces of work, webhooks, and requests that may be repeated."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make all five tables."""
    _batches()
    _batch_rows()
    _batch_chunks()
    _batch_deliveries()
    _batch_requests()


def _batches() -> None:
    op.create_table(
        "batches",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("sequence", sa.Integer, nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("outcome", sa.String(20)),
        sa.Column("owner", sa.String(32), nullable=False),
        sa.Column("home", sa.String(40), nullable=False),
        sa.Column("template", sa.String(64), nullable=False),
        sa.Column("version", sa.String(64), nullable=False),
        sa.Column("options", sa.Text, nullable=False),
        sa.Column("intake", sa.Text, nullable=False),
        sa.Column("error", sa.Text),
        sa.Column("warnings", sa.Text, nullable=False),
        sa.Column("run", sa.Integer, nullable=False),
        sa.Column("total", sa.Integer, nullable=False),
        sa.Column("succeeded", sa.Integer, nullable=False),
        sa.Column("failed", sa.Integer, nullable=False),
        sa.Column("cancelled", sa.Integer, nullable=False),
        sa.Column("rendered", sa.Integer, nullable=False),
        sa.Column("reused", sa.Integer, nullable=False),
        sa.Column("changed", sa.Integer, nullable=False),
        sa.Column("suspicious", sa.Integer, nullable=False),
        sa.Column("warmed", sa.Integer, nullable=False),
        sa.Column("exported", sa.Integer, nullable=False),
        sa.Column("bytes", sa.BigInteger, nullable=False),
        sa.Column("rate", sa.Double, nullable=False),
        sa.Column("turn", sa.Double, nullable=False),
        sa.Column("created_at", sa.Double, nullable=False),
        sa.Column("started_at", sa.Double),
        sa.Column("progress_at", sa.Double),
        sa.Column("finished_at", sa.Double),
        sa.Column("repeat_at", sa.Double),
        sa.Column("approved", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_batches"),
    )
    op.create_index("ix_batches_status", "batches", ["status"])
    op.create_index("ix_batches_owner_created_at", "batches", ["owner", "created_at"])


def _batch_rows() -> None:
    op.create_table(
        "batch_rows",
        sa.Column("batch", sa.String(40), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("line", sa.Integer, nullable=False),
        sa.Column("custom_id", sa.String(200)),
        sa.Column("status", sa.String(12), nullable=False),
        sa.Column("values", sa.Text, nullable=False),
        sa.Column("outputs", sa.Text, nullable=False),
        sa.Column("error", sa.Text),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("duration_ms", sa.Double, nullable=False),
        sa.PrimaryKeyConstraint("batch", "number", name="pk_batch_rows"),
    )
    op.create_index("ix_batch_rows_batch_status_number", "batch_rows", ["batch", "status", "number"])
    op.create_index("ix_batch_rows_batch_custom_id", "batch_rows", ["batch", "custom_id"])


def _batch_chunks() -> None:
    op.create_table(
        "batch_chunks",
        sa.Column("batch", sa.String(40), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("first", sa.Integer, nullable=False),
        sa.Column("last", sa.Integer, nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("generation", sa.Integer, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("holder", sa.String(80), nullable=False),
        sa.Column("leased_until", sa.Double, nullable=False),
        sa.Column("not_before", sa.Double, nullable=False),
        sa.PrimaryKeyConstraint("batch", "number", name="pk_batch_chunks"),
    )
    op.create_index("ix_batch_chunks_state_batch", "batch_chunks", ["state", "batch"])


def _batch_deliveries() -> None:
    op.create_table(
        "batch_deliveries",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("batch", sa.String(40), nullable=False),
        sa.Column("event", sa.String(40), nullable=False),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("payload", sa.Text, nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("generation", sa.Integer, nullable=False),
        sa.Column("next_at", sa.Double, nullable=False),
        sa.Column("leased_until", sa.Double, nullable=False),
        sa.Column("created_at", sa.Double, nullable=False),
        sa.Column("log", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_batch_deliveries"),
    )
    op.create_index("ix_batch_deliveries_batch", "batch_deliveries", ["batch"])
    op.create_index("ix_batch_deliveries_next_at", "batch_deliveries", ["next_at"])


def _batch_requests() -> None:
    op.create_table(
        "batch_requests",
        sa.Column("owner", sa.String(32), nullable=False),
        sa.Column("key", sa.String(255), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("batch", sa.String(40), nullable=False),
        sa.Column("created_at", sa.Double, nullable=False),
        sa.PrimaryKeyConstraint("owner", "key", name="pk_batch_requests"),
    )
    op.create_index("ix_batch_requests_created_at", "batch_requests", ["created_at"])
