"""Read the runs that wait in the order in which they start, without sorting them."""

from __future__ import annotations

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("ix_runs_state", "runs")
    op.create_index("ix_runs_state", "runs", ["state", "queued_at", "nominal_utc", "id"])


def downgrade() -> None:
    op.drop_index("ix_runs_state", "runs")
    op.create_index("ix_runs_state", "runs", ["state", "queued_at"])
