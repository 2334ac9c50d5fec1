"""Keep what commands did when they took too long."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_NAME = sa.String(100)


def upgrade() -> None:
    op.create_table(
        "sightings",
        sa.Column("run_id", _NAME, primary_key=True),
        sa.Column("task_id", _NAME, primary_key=True),
        sa.Column("number", sa.Integer(), primary_key=True),
        sa.Column("occasion", sa.String(10), primary_key=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen", sa.JSON(), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("sightings")
