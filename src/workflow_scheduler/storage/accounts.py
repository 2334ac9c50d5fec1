"""Users, sessions, tickets and tokens. Secrets are stored only as hashes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from workflow_scheduler.domain.account import TOKEN_ACTOR, Role, Session, Token, User

from . import tables
from .sql import Connection

__all__ = [
    "add_session",
    "add_ticket",
    "add_token",
    "add_user",
    "change_user",
    "delete_session",
    "delete_sessions_of",
    "delete_token",
    "delete_tokens_of",
    "delete_user",
    "find_session",
    "find_token",
    "find_token_named",
    "find_user",
    "forget_expired",
    "list_tokens",
    "list_users",
    "use_ticket",
]


_USERS, _SESSIONS, _TOKENS = (
    f"SELECT {', '.join(table.columns)} FROM {table.name}" for table in (tables.users, tables.sessions, tables.tokens)
)


def _user(row: Any) -> User:
    return User(row.name, Role(row.role), row.password, row.created_at)


def add_user(db: Connection, user: User) -> None:
    db.run(
        tables.users.insert(),
        name=user.name,
        role=user.role.value,
        password=user.password,
        created_at=user.created_at,
    )


def find_user(db: Connection, name: str) -> User | None:
    row = db.row(f"{_USERS} WHERE name = :name", name=name)
    return None if row is None else _user(row)


def list_users(db: Connection) -> list[User]:
    return [_user(row) for row in db.rows(f"{_USERS} ORDER BY name")]


def change_user(db: Connection, name: str, *, role: Role | None = None, password: str | None = None) -> bool:
    """Returns whether there is such a user."""
    query = "UPDATE users SET role = coalesce(:role, role), password = coalesce(:password, password) WHERE name = :name"
    return bool(db.run(query, name=name, role=role and role.value, password=password))


def delete_user(db: Connection, name: str) -> bool:
    """Delete a user with their sessions and tokens. Returns whether there was one."""
    delete_sessions_of(db, name)
    delete_tokens_of(db, name)
    return bool(db.run("DELETE FROM users WHERE name = :name", name=name))


def add_session(db: Connection, session: Session) -> None:
    db.run(
        tables.sessions.insert(),
        key=session.key,
        user_name=session.user,
        created_at=session.created_at,
        expires_at=session.expires_at,
    )


def find_session(db: Connection, key: str, now: datetime) -> Session | None:
    """The session, unless it has expired."""
    row = db.row(f"{_SESSIONS} WHERE key = :key AND expires_at > :now", key=key, now=now)
    return None if row is None else Session(row.key, row.user_name, row.created_at, row.expires_at)


def delete_session(db: Connection, key: str) -> None:
    db.run("DELETE FROM sessions WHERE key = :key", key=key)


def delete_sessions_of(db: Connection, user: str) -> None:
    db.run("DELETE FROM sessions WHERE user_name = :user", user=user)


def add_ticket(db: Connection, key: str, expires_at: datetime) -> None:
    db.run(tables.tickets.insert(), key=key, expires_at=expires_at)


def use_ticket(db: Connection, key: str, now: datetime) -> bool:
    """Whether the ticket is valid; the call uses it up."""
    expires_at = db.value("DELETE FROM tickets WHERE key = :key RETURNING expires_at", key=key)
    return expires_at is not None and expires_at > now


def forget_expired(db: Connection, now: datetime) -> None:
    """Delete expired sessions, tickets and tokens."""
    for table in ("sessions", "tickets"):
        db.run(f"DELETE FROM {table} WHERE expires_at <= :now", now=now)
    for token_id in db.column("DELETE FROM tokens WHERE expires_at <= :now RETURNING id", now=now):
        delete_tokens_of(db, TOKEN_ACTOR + token_id)


def _token(row: Any) -> Token:
    return Token(row.id, row.key, Role(row.role), row.created_by, row.created_at, row.expires_at)


def add_token(db: Connection, token: Token) -> None:
    db.run(
        tables.tokens.insert(),
        id=token.id,
        key=token.key,
        role=token.role.value,
        created_by=token.created_by,
        created_at=token.created_at,
        expires_at=token.expires_at,
    )


def find_token(db: Connection, key: str, now: datetime) -> Token | None:
    """The token, unless it has expired."""
    row = db.row(f"{_TOKENS} WHERE key = :key AND expires_at > :now", key=key, now=now)
    return None if row is None else _token(row)


def find_token_named(db: Connection, token_id: str, now: datetime) -> Token | None:
    """The token with this ID, unless it has expired."""
    row = db.row(f"{_TOKENS} WHERE id = :id AND expires_at > :now", id=token_id, now=now)
    return None if row is None else _token(row)


def list_tokens(db: Connection) -> list[Token]:
    return [_token(row) for row in db.rows(f"{_TOKENS} ORDER BY id")]


def delete_tokens_of(db: Connection, maker: str) -> list[str]:
    """Delete the tokens that a user, or a `token:ID`, created, and those created with them. Returns their IDs."""
    made = db.column("DELETE FROM tokens WHERE created_by = :maker RETURNING id", maker=maker)
    return [*made, *(child for token_id in made for child in delete_tokens_of(db, TOKEN_ACTOR + token_id))]


def delete_token(db: Connection, token_id: str) -> bool:
    """Delete a token and those created with it. Returns whether there was one."""
    delete_tokens_of(db, TOKEN_ACTOR + token_id)
    return bool(db.run("DELETE FROM tokens WHERE id = :id", id=token_id))
