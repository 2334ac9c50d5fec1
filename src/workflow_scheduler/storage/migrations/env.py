"""Alembic's entry: runs the migrations on the connection that `storage/migrate.py` hands over."""

from __future__ import annotations

from alembic import context

from workflow_scheduler.storage.account_tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
