"""Brings the schema up to date with Alembic. The only module that loads SQLAlchemy, and only when there is something to do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, StaticPool, create_engine
from sqlalchemy.exc import DBAPIError

from workflow_scheduler.system.crash_points import crash_point

__all__ = ["configuration", "upgrade"]


def configuration(connection: Connection | None = None) -> Config:
    """Alembic's settings for the migrations in this folder."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def upgrade(driver: Any, begin: str, *, is_sqlite: bool) -> None:
    """Apply the missing migrations in one transaction on the driver's connection: all of them, or none. `begin` begins
    the transaction and keeps other processes from migrating at the same time."""
    url = "sqlite+pysqlite://" if is_sqlite else "postgresql+psycopg://"
    engine = create_engine(url, creator=lambda: driver, poolclass=StaticPool)
    try:
        with engine.connect() as connection:
            connection.exec_driver_sql(begin)
            command.upgrade(configuration(connection), "head")
            crash_point("storage.before_migrated")
            connection.commit()
    except DBAPIError as error:
        raise error.orig if isinstance(error.orig, Exception) else error from None
