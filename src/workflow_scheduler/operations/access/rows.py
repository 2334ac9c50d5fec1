"""Row types for users, tokens and the audit log."""

from __future__ import annotations

from datetime import datetime

from workflow_scheduler.domain.account import Role
from workflow_scheduler.domain.quick_dataclass import dataclass

__all__ = ["AuditRow", "TokenRow", "TokenWithText", "UserChange", "UserRow"]


@dataclass(frozen=True, slots=True)
class UserRow:
    """`etag`: changes with each change of the user."""

    name: str
    role: Role
    created_at: datetime
    etag: str


@dataclass(frozen=True, slots=True)
class UserChange(UserRow):
    """A changed user and the tokens that ended."""

    ended_tokens: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TokenRow:
    """`role_now`: its current role; None if it no longer works. `made_with`: the token that created it, if any."""

    id: str
    role: Role
    role_now: Role | None
    created_by: str
    made_with: str | None
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class TokenWithText(TokenRow):
    token: str


@dataclass(frozen=True, slots=True)
class AuditRow:
    seq: int
    at: datetime
    actor: str
    address: str
    action: str
    detail: str
