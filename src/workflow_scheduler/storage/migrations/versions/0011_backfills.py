"""Keep backfills, the times that each of them runs, and which backfill a run belongs to."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_NAME = sa.String(100)


def upgrade() -> None:
    op.create_table(
        "backfills",
        sa.Column("id", _NAME, primary_key=True),
        sa.Column("workflow_id", _NAME, nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", _NAME, nullable=False),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.Column("version", sa.Integer()),
        sa.Column("finished_at", sa.DateTime(timezone=True)),
    )
    op.create_index("backfills_by_state", "backfills", ["state", "created_at"])
    op.create_table(
        "backfill_fires",
        sa.Column("backfill_id", _NAME, primary_key=True),
        sa.Column("schedule_id", _NAME, primary_key=True),
        sa.Column("nominal_utc", sa.DateTime(timezone=True), primary_key=True),
        sa.Column("due_utc", sa.DateTime(timezone=True)),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("run_id", _NAME),
        sa.Column("retry_of", _NAME),
    )
    _index("backfill_fires_left", "backfill_fires", ["backfill_id", "position"], "run_id IS NULL")
    op.add_column("runs", sa.Column("backfill_id", _NAME))
    _index("runs_by_backfill", "runs", ["backfill_id", "state"], "backfill_id IS NOT NULL")
    # Whatever two engines do: no time of a backfill has a second first run.
    first = "backfill_id IS NOT NULL AND retry_of IS NULL"
    _index("runs_first_of_backfill", "runs", ["backfill_id", "schedule_id", "nominal_utc"], first, unique=True)


def _index(name: str, table: str, columns: list[str], of: str, *, unique: bool = False) -> None:
    where = sa.text(of)
    op.create_index(name, table, columns, unique=unique, sqlite_where=where, postgresql_where=where)


def downgrade() -> None:
    op.drop_index("runs_first_of_backfill", "runs")
    op.drop_index("runs_by_backfill", "runs")
    op.drop_column("runs", "backfill_id")
    op.drop_table("backfill_fires")
    op.drop_table("backfills")
