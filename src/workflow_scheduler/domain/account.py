"""Access: roles, users, sessions, tickets and tokens."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from .quick_dataclass import dataclass

__all__ = ["OWNER", "TOKEN_ACTOR", "AuditEntry", "Hook", "Role", "Session", "Token", "User"]

OWNER = "owner"
"""The user who can run commands in the home, signed in with a ticket instead of a password."""
TOKEN_ACTOR = "token:"  # noqa: S105  no secret
"""Prefix of a token's identifier when a program acts. No user can have such a name."""


class Role(StrEnum):
    """What the user may do. Each role includes those before it."""

    VIEWER = "viewer"  # look
    OPERATOR = "operator"  # run, cancel, pause
    AUTHOR = "author"  # change workflows and schedules, and so decide which commands run
    ADMIN = "admin"  # users, tokens, hooks, the record of who did what

    def covers(self, least: Role) -> bool:
        ranks = list(Role)
        return ranks.index(self) >= ranks.index(least)

    def at_most(self, other: Role) -> Role:
        """The lesser of the two."""
        return self if other.covers(self) else other


@dataclass(frozen=True, slots=True)
class User:
    name: str
    role: Role
    password: str
    """Its argon2 hash."""
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Session:
    """`key` is the hash of the browser's cookie value."""

    key: str
    user: str
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Token:
    """Access for a program. `key` is the hash of the secret, which was shown once; `created_by` is a user, OWNER, or `token:ID`."""

    id: str
    key: str
    role: Role
    created_by: str
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Hook:
    """Allows callers that know its secret to start runs of one workflow."""

    id: str
    workflow_id: str
    created_at: datetime
    created_by: str = OWNER
    """As of a token."""


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """An audit entry. `digest` covers the entry and the previous digest, so that changes and removals are detected."""

    at: datetime
    actor: str
    address: str
    action: str
    detail: str = ""
    seq: int = 0
    digest: str = ""
