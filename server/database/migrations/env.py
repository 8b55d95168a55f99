"""What alembic runs: migrations on the connection that `server.database.engine` hands over, inside its transaction."""

from __future__ import annotations

from alembic import context

from server.database.tables import METADATA

context.configure(connection=context.config.attributes["connection"], target_metadata=METADATA, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
