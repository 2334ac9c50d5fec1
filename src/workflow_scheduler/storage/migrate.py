"""Brings the schema up to date with Alembic, inside a transaction that the caller holds."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection

__all__ = ["configuration", "upgrade"]


def configuration(connection: Connection | None = None) -> Config:
    """Alembic's settings for the migrations in this folder."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def upgrade(connection: Connection) -> None:
    """Apply what is missing. The caller's transaction makes it all or nothing."""
    command.upgrade(configuration(connection), "head")
