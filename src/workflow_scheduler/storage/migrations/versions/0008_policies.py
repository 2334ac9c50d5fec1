"""Keep a schedule's policies as JSON, so that a new one needs no migration."""

from __future__ import annotations

import json

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_NAMES = ("catchup", "catchup_window", "overlap", "overlap_scope", "wake", "enabled")
_FLAGS = ("wake", "enabled")


def upgrade() -> None:
    op.add_column("schedules", sa.Column("policies", sa.JSON(), nullable=False, server_default="{}"))
    db = op.get_bind()
    rows = (
        db.execute(sa.text("SELECT id, catchup, catchup_window, overlap, overlap_scope, wake, enabled FROM schedules"))
        .mappings()
        .all()
    )
    write = sa.text("UPDATE schedules SET policies = :policies WHERE id = :id")
    if rows:
        db.execute(write, [{"id": row["id"], "policies": _policies(row)} for row in rows])
    for name in _NAMES:
        if name not in _FLAGS:  # the database itself asks about these
            op.drop_column("schedules", name)


def _policies(row: sa.RowMapping) -> str:
    # What somebody wrote by hand stays as it is: the schedule says that it cannot be read.
    return json.dumps({name: bool(row[name]) if name in _FLAGS else row[name] for name in _NAMES}, default=str)


def downgrade() -> None:
    state = sa.String(20)
    op.add_column("schedules", sa.Column("catchup", state, nullable=False, server_default="latest"))
    op.add_column("schedules", sa.Column("catchup_window", sa.Float()))
    op.add_column("schedules", sa.Column("overlap", state, nullable=False, server_default="queue"))
    op.add_column("schedules", sa.Column("overlap_scope", state, nullable=False, server_default="workflow"))
    db = op.get_bind()
    write = sa.text(
        "UPDATE schedules SET catchup = :catchup, catchup_window = :catchup_window, overlap = :overlap, "
        "overlap_scope = :overlap_scope WHERE id = :id"
    )
    known = sa.table("schedules", sa.column("id"), sa.column("policies", sa.JSON()))
    for name, policies in db.execute(sa.select(known.c.id, known.c.policies)).all():
        # Later versions store what is not at its default.
        full = {
            "catchup": "latest",
            "catchup_window": None,
            "overlap": "queue",
            "overlap_scope": "workflow",
            **policies,
        }
        db.execute(write, {"id": name, **{key: full[key] for key in _NAMES if key not in _FLAGS}})
    op.drop_column("schedules", "policies")
