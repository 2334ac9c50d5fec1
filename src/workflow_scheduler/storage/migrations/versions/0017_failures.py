"""Keep by what failures are known again, and notes about them; find the retries of a run."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_NAME = sa.String(100)


def upgrade() -> None:
    op.create_table(
        "failures",
        sa.Column("run_id", _NAME, primary_key=True),
        sa.Column("task_id", _NAME, primary_key=True),
        sa.Column("attempt", sa.Integer(), primary_key=True),
        sa.Column("workflow_id", _NAME, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("tokens", sa.JSON(), nullable=False),
        sa.Column("line", sa.Text(), nullable=False),
    )
    op.create_index("failures_alike", "failures", ["fingerprint", "at"])
    op.create_index("failures_of_workflow", "failures", ["workflow_id", "at"])
    op.create_table(
        "failure_notes",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True, autoincrement=True),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("workflow_id", _NAME, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("by_name", _NAME, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("failure_notes_of", "failure_notes", ["fingerprint"])
    where = sa.text("retry_of IS NOT NULL")
    op.create_index("runs_retried", "runs", ["retry_of"], sqlite_where=where, postgresql_where=where)


def downgrade() -> None:
    op.drop_index("runs_retried", "runs")
    op.drop_table("failure_notes")
    op.drop_table("failures")
