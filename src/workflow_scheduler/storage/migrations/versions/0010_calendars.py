"""Keep calendars and their days, due times beside nominal ones, and the fires that a person asked to skip."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_NAME = sa.String(100)


def upgrade() -> None:
    op.add_column("fires", sa.Column("due_utc", sa.DateTime(timezone=True)))
    op.add_column("runs", sa.Column("due_utc", sa.DateTime(timezone=True)))
    op.add_column("schedules", sa.Column("calendar", _NAME))
    op.add_column("schedules", sa.Column("since_utc", sa.DateTime(timezone=True)))
    op.add_column("schedules", sa.Column("skips", sa.JSON()))
    op.create_index("schedules_by_calendar", "schedules", ["calendar"])
    op.create_table(
        "calendars",
        sa.Column("id", _NAME, primary_key=True),
        sa.Column("definition", sa.JSON(), nullable=False),
        sa.Column("revision", sa.String(32), nullable=False),
        sa.Column("expanded_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "calendar_days",
        sa.Column("calendar", _NAME, primary_key=True),
        sa.Column("day", sa.String(10), primary_key=True),
        sa.Column("open", sa.Boolean(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("calendar_days")
    op.drop_table("calendars")
    op.drop_index("schedules_by_calendar", "schedules")
    for table, column in (
        ("schedules", "skips"),
        ("schedules", "since_utc"),
        ("schedules", "calendar"),
        ("runs", "due_utc"),
        ("fires", "due_utc"),
    ):
        op.drop_column(table, column)
