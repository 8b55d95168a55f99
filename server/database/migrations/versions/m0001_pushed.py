"""Pushed data, and the webhook messages that brought it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make both tables."""
    op.create_table(
        "pushed",
        sa.Column("template", sa.String(64), nullable=False),
        sa.Column("binding", sa.String(64), nullable=False),
        sa.Column("key", sa.String(200), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("value", sa.Text, nullable=False),
        sa.Column("pushed_at", sa.Double, nullable=False),
        sa.PrimaryKeyConstraint("template", "binding", "key", name="pk_pushed"),
    )
    op.create_table(
        "delivered",
        sa.Column("template", sa.String(64), nullable=False),
        sa.Column("binding", sa.String(64), nullable=False),
        sa.Column("message", sa.String(200), nullable=False),
        sa.Column("received_at", sa.Double, nullable=False),
        sa.PrimaryKeyConstraint("template", "binding", "message", name="pk_delivered"),
    )
    op.create_index("ix_delivered_received_at", "delivered", ["received_at"])
