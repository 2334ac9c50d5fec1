"""Users, tokens and the record of who did what, as people and programs see them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from workflow_scheduler.domain.account import Role

__all__ = ["AuditRow", "TokenRow", "TokenWithText", "UserChange", "UserRow"]


@dataclass(frozen=True, slots=True)
class UserRow:
    """`etag`: another one after each change of the user."""

    name: str
    role: Role
    created_at: datetime
    etag: str


@dataclass(frozen=True, slots=True)
class UserChange(UserRow):
    """A user after a change, and the tokens that it ended."""

    ended_tokens: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TokenRow:
    """`role_now`: what it may do at this moment; None if it does not work. `made_with`: the token that made it, if one did."""

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
