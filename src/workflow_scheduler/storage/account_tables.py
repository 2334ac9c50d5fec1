"""The tables of access control. Every change here needs a migration."""

from __future__ import annotations

from sqlalchemy import Column, Index, String, Table, Text

from .tables import ID, SERIAL, STATE, UtcDateTime, metadata

__all__ = [
    "audit",
    "hook_calls",
    "hooks",
    "metadata",
    "request_keys",
    "sessions",
    "tickets",
    "tokens",
    "users",
]

_DIGEST = String(64)

users = Table(
    "users",
    metadata,
    Column("name", ID, primary_key=True),
    Column("role", STATE, nullable=False),
    Column("password", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
)

sessions = Table(
    "sessions",
    metadata,
    Column("key", _DIGEST, primary_key=True),
    Column("user_name", ID, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
)

tickets = Table(
    "tickets",
    metadata,
    Column("key", _DIGEST, primary_key=True),
    Column("expires_at", UtcDateTime, nullable=False),
)

tokens = Table(
    "tokens",
    metadata,
    Column("id", ID, primary_key=True),
    Column("key", _DIGEST, nullable=False, unique=True),
    Column("role", STATE, nullable=False),
    Column("created_by", ID, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
)

hooks = Table(
    "hooks",
    metadata,
    Column("id", ID, primary_key=True),
    Column("workflow_id", ID, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("created_by", ID, nullable=False, server_default="owner"),
)

hook_calls = Table(
    "hook_calls",
    metadata,
    Column("key", _DIGEST, primary_key=True),
    Column("expires_at", UtcDateTime, nullable=False, index=True),
)

request_keys = Table(
    "request_keys",
    metadata,
    Column("key", _DIGEST, primary_key=True),
    Column("run_id", ID, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False, index=True),
)

audit = Table(
    "audit",
    metadata,
    Column("seq", SERIAL, primary_key=True, autoincrement=True),
    Column("at", UtcDateTime, nullable=False),
    Column("actor", ID, nullable=False),
    Column("address", String(64), nullable=False),
    Column("action", String(200), nullable=False),
    Column("detail", Text, nullable=False),
    Column("digest", _DIGEST, nullable=False),
    Index("ix_audit_at", "at"),
    sqlite_autoincrement=True,
)
