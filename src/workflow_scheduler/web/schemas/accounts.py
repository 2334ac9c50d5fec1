"""Sessions, users, tokens, webhooks and the record of who did what."""

from __future__ import annotations

from pydantic import Field, model_validator

from workflow_scheduler.domain.account import Role

from .base import Answer, Moment, Request, Text

__all__ = ["SessionAnswer", "SignIn"]


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
    csrf: str | None = Field(description="for the header X-CSRF-Token of every changing request; none for a token")
    expires_at: Moment | None
    timezone: str = Field(examples=["Europe/Berlin"], description="TIMEZONE of the home")
    home: str
