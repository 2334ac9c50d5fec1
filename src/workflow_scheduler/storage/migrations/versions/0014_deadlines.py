"""Keep the deadlines of fires and runs, and those that planning needs of each workflow."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
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
        sa.Column("look_utc", sa.DateTime(timezone=True)),
        sa.Column("timezone", _NAME, nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("seconds", sa.Float()),
        sa.Column("reason", sa.Text(), nullable=False),
    )
    _index("deadlines_to_judge", ["look_utc"], "look_utc IS NOT NULL")
    _index("deadlines_late", ["due_utc"], "state IN ('missed', 'at_risk')")
    _index("deadlines_of_run", ["run_id"], "nominal_utc IS NULL")
    _index("deadlines_watched", ["workflow_id"], "kind = 'no_success_for'")
    # Whatever two engines do: no deadline of a fire is there twice.
    names = ["schedule_id", "nominal_utc", "kind", "task_id"]
    op.create_index("deadlines_of_fire", "deadlines", names, unique=True)


def _index(name: str, columns: list[str], of: str) -> None:
    where = sa.text(of)
    op.create_index(name, "deadlines", columns, sqlite_where=where, postgresql_where=where)


def downgrade() -> None:
    op.drop_table("deadlines")
    op.drop_column("workflows", "deadlines")
