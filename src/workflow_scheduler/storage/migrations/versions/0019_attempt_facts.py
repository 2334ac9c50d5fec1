"""Keep what was true when each attempt began, and the texts of its script, to compare a failure with the last success."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_NAME = sa.String(100)


def upgrade() -> None:
    op.add_column("attempts", sa.Column("facts", sa.JSON()))
    op.create_table(
        "script_texts",
        sa.Column("workflow_id", _NAME, primary_key=True),
        sa.Column("task_id", _NAME, primary_key=True),
        sa.Column("hash", sa.String(32), primary_key=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("script_texts")
    op.drop_column("attempts", "facts")
