"""Read the runs that wait in the order in which they start, and find those of a schedule without looking at the others."""

from __future__ import annotations

from alembic import op
from sqlalchemy import text

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _index_again(["state", "queued_at", "nominal_utc", "id"], "finished_at IS NULL")


def downgrade() -> None:
    _index_again(["state", "queued_at"], "state IN ('queued', 'running')")


def _index_again(by_state: list[str], is_open: str) -> None:
    op.drop_index("ix_runs_state", "runs")
    op.create_index("ix_runs_state", "runs", by_state)
    op.drop_index("ix_runs_open_schedule", "runs")
    where = text(is_open)
    op.create_index("ix_runs_open_schedule", "runs", ["schedule_id"], sqlite_where=where, postgresql_where=where)
