"""Sessions, users, tokens, webhooks and the record of who did what."""

from __future__ import annotations

from pydantic import Field, model_validator

from workflow_scheduler.domain.account import Role

from .base import Answer, Identifier, Moment, Request, Text

__all__ = [
    "AuditAnswer",
    "HookAnswer",
    "HookSecret",
    "NewHook",
    "NewToken",
    "NewUser",
    "SessionAnswer",
    "SignIn",
    "TokenAnswer",
    "TokenText",
    "UserAnswer",
    "UserChange",
    "UserChanged",
]


class SignIn(Request):
    """A ticket, or a name and a password."""

    ticket: Text | None = Field(None, max_length=200, description="from the address that `scheduler web` opens")
    name: Text | None = Field(None, max_length=100, examples=["ada"])
    password: Text | None = Field(None, max_length=256)

    @model_validator(mode="after")
    def _one_way(self) -> SignIn:
        if (self.ticket is None) == (self.name is None or self.password is None):
            raise ValueError("give either a ticket, or a name and a password")
        return self


class SessionAnswer(Answer):
    user: str = Field(examples=["owner"])
    role: Role
    csrf: str | None = Field(description="for the header X-CSRF-Token of every changing request; null for a token")
    expires_at: Moment | None
    timezone: str = Field(examples=["Europe/Berlin"], description="TIMEZONE of the home")
    home: str
    machines: bool = Field(description="whether other machines can run tasks: DB_URL is PostgreSQL")


class NewUser(Request):
    name: Identifier
    role: Role = Role.VIEWER
    password: Text = Field(max_length=256, description="12 characters or more")


class UserChange(Request):
    """What is left out stays as it is. A new password ends the user's sessions, and the tokens that they made."""

    role: Role | None = None
    password: Text | None = Field(None, max_length=256)


class UserAnswer(Answer):
    name: str
    role: Role
    created_at: Moment
    etag: str = Field(description="for If-Match, when the user is changed or deleted")


class UserChanged(UserAnswer):
    ended_tokens: list[str] = Field(examples=[["ci"]], description="tokens that the new password ended")


class NewToken(Request):
    id: Identifier = Field(examples=["ci"])
    role: Role = Role.VIEWER
    days: int = Field(90, ge=1, le=3650)


class TokenAnswer(Answer):
    id: str
    role: Role = Field(description="the role it was created with")
    role_now: Role | None = Field(description="its role now: no higher than its user's; null if it no longer works")
    created_by: str = Field(description="the user it belongs to; it ends when that user is deleted")
    made_with: str | None = Field(description="the token it was created with; it ends with that token")
    created_at: Moment
    expires_at: Moment


class TokenText(TokenAnswer):
    token: str = Field(description="for the header Authorization: Bearer …; shown only once")


class NewHook(Request):
    workflow_id: Identifier


class HookAnswer(Answer):
    id: str
    workflow_id: str
    path: str
    created_at: Moment
    created_by: str = Field(description="who created it; it works as long as that user may start runs")


class HookSecret(HookAnswer):
    secret: str = Field(description="X-Signature-256 is sha256=HMAC-SHA256(secret, X-Timestamp + '.' + body)")


class AuditEntryAnswer(Answer):
    seq: int
    at: Moment
    actor: str = Field(examples=["ada", "token:ci", "hook:h_1"])
    address: str
    action: str = Field(examples=["POST /api/v1/workflows/nightly/runs"])
    detail: str


class AuditAnswer(Answer):
    entries: list[AuditEntryAnswer] = Field(description="newest first")
    whole: bool | None = Field(description="with verify: whether no entry was changed or removed")
