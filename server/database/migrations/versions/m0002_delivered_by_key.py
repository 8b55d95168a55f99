"""Webhook messages are told apart by the record that they are for: senders give one id to all who shall have it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the table anew: what it holds matters for minutes only."""
    op.drop_table("delivered")
    op.create_table(
        "delivered",
        sa.Column("template", sa.String(64), nullable=False),
        sa.Column("binding", sa.String(64), nullable=False),
        sa.Column("key", sa.String(200), nullable=False),
        sa.Column("message", sa.String(200), nullable=False),
        sa.Column("received_at", sa.Double, nullable=False),
        sa.PrimaryKeyConstraint("template", "binding", "key", "message", name="pk_delivered"),
    )
    op.create_index("ix_delivered_received_at", "delivered", ["received_at"])
