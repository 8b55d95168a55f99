"""All tables. A change here needs a migration beside it, which a test compares with what stands here."""

from __future__ import annotations

from sqlalchemy import Column, Double, Integer, MetaData, String, Table, Text

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
