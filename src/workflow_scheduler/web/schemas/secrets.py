"""Secrets: where they are kept, never their values."""

from __future__ import annotations

from pydantic import Field

from .base import Answer, Moment, Request, Text

__all__ = ["CheckedSecret", "NewSecret", "SecretAnswer", "SecretReference", "SetSecret"]


class NewSecret(Request):
    name: Text = Field(max_length=200, examples=["shop/api"])
    value: Text = Field(max_length=16_384, description="stored encrypted where the machine can, and never returned")


class SetSecret(Answer):
    name: str
    sealed: str = Field(examples=["dpapi", "systemd-creds", "plain"])


class SecretReference(Request):
    reference: Text = Field(max_length=4200, examples=["store:shop/api", "env:SHOP_PASSWORD"])


class CheckedSecret(Answer):
    reference: str
    bytes: int
    mark: str = Field(description="the same for the same value in this home")


class SecretAnswer(Answer):
    reference: str = Field(examples=["store:shop/api"])
    used_by: list[str] = Field(description="workflows that name it")
    sealed: str | None = Field(description="how the home keeps it; empty: not set; null: kept elsewhere")
    set_at: Moment | None
    read_at: Moment | None
