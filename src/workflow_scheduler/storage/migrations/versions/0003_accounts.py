"""For the web interface: users, sessions, tokens, webhooks, the audit log, and fires without a run by time."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_ID = sa.String(length=100)
_STATE = sa.String(length=20)
_DIGEST = sa.String(length=64)
_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "users",
        sa.Column("name", _ID, nullable=False),
        sa.Column("role", _STATE, nullable=False),
        sa.Column("password", sa.Text(), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "sessions",
        sa.Column("key", _DIGEST, nullable=False),
        sa.Column("user_name", _ID, nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("expires_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_table(
        "tickets",
        sa.Column("key", _DIGEST, nullable=False),
        sa.Column("expires_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_table(
        "tokens",
        sa.Column("id", _ID, nullable=False),
        sa.Column("key", _DIGEST, nullable=False),
        sa.Column("role", _STATE, nullable=False),
        sa.Column("created_by", _ID, nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("expires_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key"),
    )
    op.create_table(
        "hooks",
        sa.Column("id", _ID, nullable=False),
        sa.Column("workflow_id", _ID, nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "hook_calls",
        sa.Column("key", _DIGEST, nullable=False),
        sa.Column("expires_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_index("ix_hook_calls_expires_at", "hook_calls", ["expires_at"])
    op.create_table(
        "request_keys",
        sa.Column("key", _DIGEST, nullable=False),
        sa.Column("run_id", _ID, nullable=False),
        sa.Column("expires_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_index("ix_request_keys_expires_at", "request_keys", ["expires_at"])
    op.create_table(
        "audit",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("actor", _ID, nullable=False),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("action", sa.String(length=200), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("digest", _DIGEST, nullable=False),
        sa.PrimaryKeyConstraint("seq"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_audit_at", "audit", ["at"])
    no_run = sa.text("run_id IS NULL")
    op.create_index("ix_fires_passed_over", "fires", ["nominal_utc"], sqlite_where=no_run, postgresql_where=no_run)


def downgrade() -> None:
    op.drop_index("ix_fires_passed_over", "fires")
    for name in ("audit", "request_keys", "hook_calls", "hooks", "tokens", "tickets", "sessions", "users"):
        op.drop_table(name)
