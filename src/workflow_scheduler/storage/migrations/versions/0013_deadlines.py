"""Keep the deadlines of fires and runs, and those that planning needs of each workflow."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0011"
branch_labels = None
depends_on = None

_NAME = sa.String(100)


def upgrade() -> None:
    op.add_column("workflows", sa.Column("deadlines", sa.JSON()))
    op.create_table(
        "deadlines",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True, autoincrement=True),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("workflow_id", _NAME, nullable=False),
        sa.Column("schedule_id", _NAME),
        sa.Column("nominal_utc", sa.DateTime(timezone=True)),
        sa.Column("run_id", _NAME),
        sa.Column("task_id", _NAME, nullable=False),
        sa.Column("due_utc", sa.DateTime(timezone=True), nullable=False),
        sa.Column("timezone", _NAME, nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("seconds", sa.Float()),
        sa.Column("reason", sa.Text(), nullable=False),
    )
    op.create_index("deadlines_by_state", "deadlines", ["state", "due_utc"])
    op.create_index("deadlines_of_run", "deadlines", ["run_id"])
    # Whatever two engines do: no deadline of a fire is there twice.
    names = ["schedule_id", "nominal_utc", "kind", "task_id"]
    op.create_index("deadlines_of_fire", "deadlines", names, unique=True)


def downgrade() -> None:
    op.drop_table("deadlines")
    op.drop_column("workflows", "deadlines")
