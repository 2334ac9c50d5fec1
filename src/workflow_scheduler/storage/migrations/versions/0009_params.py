"""Add what a workflow's parameters are, what a run was given for them, and the zone that its dates are in."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("workflows", sa.Column("params", sa.JSON()))
    op.add_column("runs", sa.Column("params", sa.JSON()))
    op.add_column("runs", sa.Column("timezone", sa.String(100)))


def downgrade() -> None:
    op.drop_column("runs", "timezone")
    op.drop_column("runs", "params")
    op.drop_column("workflows", "params")
