"""Who may do what: roles, users, and what lets somebody in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

__all__ = ["OWNER", "TOKEN_ACTOR", "AuditEntry", "Hook", "Role", "Session", "Token", "User"]

OWNER = "owner"
"""Whoever can run commands in the home: signed in by a ticket, without a password."""
TOKEN_ACTOR = "token:"  # noqa: S105  no secret
"""Before a token's identifier, where a program acts. No user can have such a name."""


class Role(StrEnum):
    """What the user may do. Each role includes those before it."""

    VIEWER = "viewer"  # look
    OPERATOR = "operator"  # run, cancel, pause
    AUTHOR = "author"  # change workflows and schedules, which is to say which commands run
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
    """`key` is the hash of what the browser holds."""

    key: str
    user: str
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Token:
    """Lets a program in. `key` is the hash of what was shown once; `created_by` is a user, OWNER, or `token:ID`."""

    id: str
    key: str
    role: Role
    created_by: str
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Hook:
    """Lets whoever knows its secret start runs of one workflow."""

    id: str
    workflow_id: str
    created_at: datetime
    created_by: str = OWNER
    """As of a token."""


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """Who asked for what. `digest` covers the entry and the digest before it, so that none can be changed or taken out."""

    at: datetime
    actor: str
    address: str
    action: str
    detail: str = ""
    seq: int = 0
    digest: str = ""
