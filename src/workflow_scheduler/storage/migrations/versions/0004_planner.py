"""The pause of the planner, since when and by whom."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "planner",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("paused_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("paused_by", sa.String(100), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("planner")
