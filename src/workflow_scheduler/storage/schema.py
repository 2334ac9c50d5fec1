"""Finds the version of a database's schema without Alembic."""

from __future__ import annotations

import re

from workflow_scheduler.domain.errors import Refused, Unreachable

from .sql import Connection

__all__ = ["SCHEMA_HEAD", "current_revision", "refuse_unknown"]

SCHEMA_HEAD = "0020"
"""The newest migration. Known here too, because importing Alembic costs a command a quarter of a second."""
_REVISION = re.compile(r"000[1-9]|00[1-9][0-9]|0[1-9][0-9]{2}|[1-9][0-9]{3}")


def current_revision(db: Connection) -> str | None:
    """The last migration; None if it is no database of the scheduler."""
    table = "SELECT name FROM sqlite_master WHERE name = 'alembic_version'"
    if not db.is_sqlite:
        table = "SELECT to_regclass('alembic_version')::text"
    if db.value(table) is None:
        return None
    revision = db.value("SELECT version_num FROM alembic_version")
    return None if revision is None else str(revision)


def refuse_unknown(revision: str, shown_url: str) -> None:
    """Unreachable for a schema that is not the scheduler's, Refused for a newer one."""
    if not _REVISION.fullmatch(revision):
        raise Unreachable(
            f"The database {shown_url} has the schema {revision[:20]!a}, which is not the scheduler's; correct DB_URL."
        )
    if revision > SCHEMA_HEAD:
        raise Refused(
            f"The database is from a newer version (schema {revision}; this one knows {SCHEMA_HEAD}); "
            "install the newer Workflow Scheduler."
        )
