"""Keep how far events were read for messages, what lasts, and the messages themselves."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_NAME = sa.String(100)
_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "alert_cursor",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("seq", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "incidents",
        sa.Column("subject", sa.String(201), primary_key=True),
        sa.Column("kind", sa.String(40), primary_key=True),
        sa.Column("workflow_id", _NAME, nullable=False),
        sa.Column("run_id", _NAME),
        sa.Column("opened_at", _TIME, nullable=False),
        sa.Column("last_at", _TIME, nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("repeated_at", _TIME, nullable=False),
        sa.Column("acked_at", _TIME),
        sa.Column("acked_by", _NAME, nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
    )
    op.create_index("incidents_by_workflow", "incidents", ["workflow_id"])
    op.create_table(
        "deliveries",
        sa.Column("id", _NAME, primary_key=True),
        sa.Column("channel", _NAME, nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("due_at", _TIME, nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("first_try_at", _TIME),
        sa.Column("sent_at", _TIME),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("message", sa.JSON(), nullable=False),
    )
    open_ = sa.text("state IN ('queued', 'held')")
    op.create_index("deliveries_due", "deliveries", ["due_at"], sqlite_where=open_, postgresql_where=open_)
    op.create_index("deliveries_by_channel", "deliveries", ["channel", "created_at"])
    op.create_index("deliveries_by_state", "deliveries", ["state", "created_at"])


def downgrade() -> None:
    for table in ("deliveries", "incidents", "alert_cursor"):
        op.drop_table(table)
