"""An older database is brought up to date, wholly or not at all."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import inspect, text

from workflow_scheduler.domain.errors import Refused
from workflow_scheduler.storage import migrate
from workflow_scheduler.storage.database import SCHEMA_HEAD, Database
from workflow_scheduler.system import crash_points

OPEN = """
import sys
from pathlib import Path
from workflow_scheduler.storage.database import Database
database = Database(sys.argv[1], Path(sys.argv[2]))
database.open()
"""


@pytest.fixture
def first(database: Database) -> Database:
    """A database of the first version, with a row in it."""

    def work(db) -> None:
        command.downgrade(migrate.configuration(db), "0001")
        db.execute(text("INSERT INTO workflows VALUES ('w', 1, '2026-11-24 00:00:00', '2026-11-24 00:00:00')"))

    database.write(work)
    return database


def state(database: Database) -> tuple[str, set[str | None], int]:
    def work(db) -> tuple[str, set[str | None], int]:
        version = db.execute(text("SELECT version_num FROM alembic_version")).scalar()
        indexes = {one["name"] for one in inspect(db).get_indexes("runs")}
        return version, indexes, db.execute(text("SELECT count(*) FROM workflows")).scalar()

    return database.read(work)


def test_an_older_database_is_brought_up_to_date(first: Database) -> None:
    assert state(first)[0] == "0001"
    first.open()
    version, indexes, rows = state(first)
    assert (version, rows) == (SCHEMA_HEAD, 1)
    assert "ix_runs_state" in indexes
    assert "ix_runs_open" not in indexes


def test_killed_in_the_middle_it_is_the_old_one(first: Database, tmp_path: Path) -> None:
    before = state(first)
    url = first._engine.url.render_as_string(hide_password=False).replace("+pysqlite", "").replace("+psycopg", "")
    env = {**os.environ, crash_points.VARIABLE: "storage.before_migrated"}
    done = subprocess.run([sys.executable, "-c", OPEN, url, str(tmp_path)], env=env, capture_output=True, check=False)
    assert b"Traceback" not in done.stderr
    assert done.returncode != 0
    assert state(first) == before
    first.open()
    assert state(first)[0] == SCHEMA_HEAD


def test_a_newer_database_is_left_alone(first: Database) -> None:
    first.write(lambda db: db.execute(text("UPDATE alembic_version SET version_num = '9999'")))
    with pytest.raises(Refused, match="newer version"):
        first.open()
    assert state(first)[0] == "9999"
