"""Keep the sizes of output files, and find those that were unusual."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_NAME = sa.String(100)


def upgrade() -> None:
    op.create_table(
        "output_sizes",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True, autoincrement=True),
        sa.Column("workflow_id", _NAME, nullable=False),
        sa.Column("task_id", _NAME, nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("weekday", sa.Integer(), nullable=False),
        sa.Column("month_end", sa.Integer(), nullable=False),
        sa.Column("size", sa.Float(), nullable=False),
        sa.Column("lines", sa.Float()),
        sqlite_autoincrement=True,
    )
    # By weekday, too: a file has a bounded number of rows.
    op.create_index("output_sizes_of_file", "output_sizes", ["workflow_id", "task_id", "path", "id"])
    unusual = sa.text("kind = 'output.unusual'")
    op.create_index("events_unusual", "events", ["at"], sqlite_where=unusual, postgresql_where=unusual)


def downgrade() -> None:
    op.drop_index("events_unusual", "events")
    op.drop_table("output_sizes")
