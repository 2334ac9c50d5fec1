"""Find runs by their state among a million, not only those that are open."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_runs_state", "runs", ["state", "queued_at"])
    op.drop_index("ix_runs_open", "runs")


def downgrade() -> None:
    open_runs = sa.text("state IN ('queued', 'running')")
    op.create_index("ix_runs_open", "runs", ["state", "queued_at"], sqlite_where=open_runs, postgresql_where=open_runs)
    op.drop_index("ix_runs_state", "runs")
