"""Keep who or what started a run, who made a webhook, since when an engine is asked to stop, and of which runs a schedule takes notice."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_ID = sa.String(length=100)
_COLUMNS = (
    ("runs", sa.Column("started_by", sa.String(100), nullable=False, server_default="")),
    ("runs", sa.Column("cause", sa.Text, nullable=False, server_default="")),
    ("runs", sa.Column("exclusive_scope", sa.String(20), nullable=False, server_default="schedule")),
    ("engines", sa.Column("stop_asked_at", sa.DateTime(timezone=True))),
    ("hooks", sa.Column("created_by", _ID, nullable=False, server_default="owner")),
    ("schedules", sa.Column("overlap_scope", sa.String(20), nullable=False, server_default="workflow")),
)


def upgrade() -> None:
    for table, column in _COLUMNS:
        op.add_column(table, column)
    where = sa.text("finished_at IS NULL")
    op.create_index("ix_runs_open_workflow", "runs", ["workflow_id"], sqlite_where=where, postgresql_where=where)


def downgrade() -> None:
    op.drop_index("ix_runs_open_workflow", "runs")
    for table, column in _COLUMNS:
        op.drop_column(table, column.name)
