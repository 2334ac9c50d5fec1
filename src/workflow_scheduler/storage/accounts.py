"""Users, sessions, tickets and tokens. Secrets are stored only as hashes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from workflow_scheduler.domain.account import TOKEN_ACTOR, Role, Session, Token, User

from .account_tables import sessions, tickets, tokens, users

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


def _user(row: Row[Any]) -> User:
    return User(row.name, Role(row.role), row.password, row.created_at)


def add_user(db: Connection, user: User) -> None:
    db.execute(
        insert(users).values(name=user.name, role=user.role.value, password=user.password, created_at=user.created_at)
    )


def find_user(db: Connection, name: str) -> User | None:
    row = db.execute(select(users).where(users.c.name == name)).one_or_none()
    return None if row is None else _user(row)


def list_users(db: Connection) -> list[User]:
    return [_user(row) for row in db.execute(select(users).order_by(users.c.name))]


def change_user(db: Connection, name: str, *, role: Role | None = None, password: str | None = None) -> bool:
    """Whether there is such a user."""
    values: dict[str, Any] = {}
    if role is not None:
        values["role"] = role.value
    if password is not None:
        values["password"] = password
    return bool(db.execute(update(users).where(users.c.name == name).values(values)).rowcount)


def delete_user(db: Connection, name: str) -> bool:
    """Remove a user with all that lets them in. Whether there was one."""
    delete_sessions_of(db, name)
    delete_tokens_of(db, name)
    return bool(db.execute(delete(users).where(users.c.name == name)).rowcount)


def add_session(db: Connection, session: Session) -> None:
    db.execute(
        insert(sessions).values(
            key=session.key, user_name=session.user, created_at=session.created_at, expires_at=session.expires_at
        )
    )


def find_session(db: Connection, key: str, now: datetime) -> Session | None:
    """The session, unless it has ended."""
    row = db.execute(select(sessions).where(sessions.c.key == key, sessions.c.expires_at > now)).one_or_none()
    return None if row is None else Session(row.key, row.user_name, row.created_at, row.expires_at)


def delete_session(db: Connection, key: str) -> None:
    db.execute(delete(sessions).where(sessions.c.key == key))


def delete_sessions_of(db: Connection, user: str) -> None:
    db.execute(delete(sessions).where(sessions.c.user_name == user))


def add_ticket(db: Connection, key: str, expires_at: datetime) -> None:
    db.execute(insert(tickets).values(key=key, expires_at=expires_at))


def use_ticket(db: Connection, key: str, now: datetime) -> bool:
    """Whether the ticket was valid; it is used up by the asking."""
    found = db.execute(delete(tickets).where(tickets.c.key == key).returning(tickets.c.expires_at)).scalar()
    return found is not None and found > now


def forget_expired(db: Connection, now: datetime) -> None:
    """Delete expired sessions, tickets and tokens."""
    for table in (sessions, tickets):
        db.execute(delete(table).where(table.c.expires_at <= now))
    expired = db.execute(delete(tokens).where(tokens.c.expires_at <= now).returning(tokens.c.id)).scalars().all()
    for token_id in expired:
        delete_tokens_of(db, TOKEN_ACTOR + token_id)


def _token(row: Row[Any]) -> Token:
    return Token(row.id, row.key, Role(row.role), row.created_by, row.created_at, row.expires_at)


def add_token(db: Connection, token: Token) -> None:
    db.execute(
        insert(tokens).values(
            id=token.id,
            key=token.key,
            role=token.role.value,
            created_by=token.created_by,
            created_at=token.created_at,
            expires_at=token.expires_at,
        )
    )


def find_token(db: Connection, key: str, now: datetime) -> Token | None:
    """The token, unless it has expired."""
    row = db.execute(select(tokens).where(tokens.c.key == key, tokens.c.expires_at > now)).one_or_none()
    return None if row is None else _token(row)


def find_token_named(db: Connection, token_id: str, now: datetime) -> Token | None:
    """The token, unless it has expired."""
    row = db.execute(select(tokens).where(tokens.c.id == token_id, tokens.c.expires_at > now)).one_or_none()
    return None if row is None else _token(row)


def list_tokens(db: Connection) -> list[Token]:
    return [_token(row) for row in db.execute(select(tokens).order_by(tokens.c.id))]


def delete_tokens_of(db: Connection, maker: str) -> list[str]:
    """Delete what a user, or a `token:ID`, made, and what was made with that. Returns the identifiers."""
    made = db.execute(delete(tokens).where(tokens.c.created_by == maker).returning(tokens.c.id)).scalars().all()
    return [*made, *(child for token_id in made for child in delete_tokens_of(db, TOKEN_ACTOR + token_id))]


def delete_token(db: Connection, token_id: str) -> bool:
    """Remove a token with those that were made with it. Whether there was one."""
    delete_tokens_of(db, TOKEN_ACTOR + token_id)
    return bool(db.execute(delete(tokens).where(tokens.c.id == token_id)).rowcount)
