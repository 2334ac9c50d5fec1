"""Keep for which schedules the machine is woken from sleep."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("schedules", sa.Column("wake", sa.Boolean(), nullable=False, server_default=sa.false()))
    where = sa.text("wake")
    op.create_index("ix_schedules_wake", "schedules", ["next_due_utc"], sqlite_where=where, postgresql_where=where)


def downgrade() -> None:
    op.drop_index("ix_schedules_wake", "schedules")
    op.drop_column("schedules", "wake")
