"""Workers on other machines: who they are, what they are given, and what they report. Their functions are PostgreSQL's."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from workflow_scheduler.storage.migrations.worker_functions import FUNCTIONS, named

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

_NAME = sa.String(100)
_TIME = sa.DateTime(timezone=True)


def _key() -> list[sa.Column[Any]]:
    return [
        sa.Column("run_id", _NAME, primary_key=True),
        sa.Column("task_id", _NAME, primary_key=True),
        sa.Column("number", sa.Integer(), primary_key=True),
    ]


def upgrade() -> None:
    op.create_table(
        "workers",
        sa.Column("name", _NAME, primary_key=True),
        sa.Column("role_name", sa.String(63), nullable=False, unique=True),
        sa.Column("labels", sa.JSON(), nullable=False),
        sa.Column("slots", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("invited_at", _TIME, nullable=False),
        sa.Column("expires_at", _TIME),
        sa.Column("instance", sa.String(36)),
        sa.Column("host", sa.String(255)),
        sa.Column("identity", sa.JSON()),
        sa.Column("version", sa.String(50)),
        sa.Column("protocol", sa.Integer()),
        sa.Column("started_at", _TIME),
        sa.Column("heartbeat_at", _TIME),
        sa.Column("silent_at", _TIME),
        sa.Column("skew", sa.Float()),
        sa.Column("measured", sa.JSON()),
    )
    op.create_table(
        "assignments",
        *_key(),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("worker", _NAME),
        sa.Column("place", sa.JSON(), nullable=False),
        sa.Column("spec", sa.JSON()),
        sa.Column("bundle", sa.String(64)),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("offered_at", _TIME),
        sa.Column("claimed_at", _TIME),
        sa.Column("claimed_by", sa.String(64)),
        sa.Column("started_at", _TIME),
        sa.Column("ended_at", _TIME),
        sa.Column("stop_reason", sa.Text()),
        sa.Column("watched_until_at", _TIME),
        sa.Column("look_asked_at", _TIME),
        sa.Column("seen", sa.JSON()),
    )
    open_ = sa.text("state <> 'ended'")
    op.create_index("assignments_open", "assignments", ["worker"], sqlite_where=open_, postgresql_where=open_)
    op.create_table(
        "worker_reports",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True, autoincrement=True),
        sa.Column("run_id", _NAME, nullable=False),
        sa.Column("task_id", _NAME, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("report", sa.JSON(), nullable=False),
    )
    op.create_table(
        "worker_output",
        *_key(),
        sa.Column("stream", sa.String(10), primary_key=True),
        sa.Column("position", sa.BigInteger(), primary_key=True),
        sa.Column("data", sa.LargeBinary(), nullable=False),
    )
    op.create_table(
        "bundles",
        sa.Column("hash", sa.String(64), primary_key=True),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("files", sa.Integer(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
    )
    if op.get_bind().dialect.name == "postgresql":
        # It is compressed already, and a worker reads it in parts.
        op.execute("ALTER TABLE bundles ALTER COLUMN content SET STORAGE EXTERNAL")
        schema = op.get_bind().scalar(sa.text("SELECT quote_ident(current_schema())"))
        for function in FUNCTIONS:
            op.get_bind().exec_driver_sql(function.replace("SCHEMA", schema).replace("%", "%%"))
            # For a new function, everybody has the right to call it.
            op.execute(f"REVOKE ALL ON FUNCTION {named(function)} FROM PUBLIC")


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        for function in FUNCTIONS:
            op.execute(f"DROP FUNCTION {named(function)}")
    for table in ("bundles", "worker_output", "worker_reports", "assignments", "workers"):
        op.drop_table(table)
