"""The files that workflows take along, on both databases."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from workflow_scheduler.domain.errors import NotFound
from workflow_scheduler.domain.run import Run, RunState
from workflow_scheduler.domain.workflow import Workflow
from workflow_scheduler.files.bundle import Bundle, collect
from workflow_scheduler.operations.workflows import edit as edit_workflows
from workflow_scheduler.storage import catalog, runs
from workflow_scheduler.storage.bundles import BundleRow, delete_bundles, find_bundle, put_bundle
from workflow_scheduler.storage.database import Database

NOW = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
DAY = timedelta(days=1)
ABOUT = BundleRow(2, 30)


def put(database: Database, digest: str, at: datetime = NOW, content: bytes = b"\0zip") -> None:
    database.write(lambda db: put_bundle(db, digest, content, ABOUT, at))


def save(database: Database, workflow_id: str, digest: str, at: datetime = NOW) -> None:
    workflow = Workflow(workflow_id, files=("a",), bundle=digest)
    database.write(lambda db: catalog.save_workflow(db, workflow, at))


def stored(database: Database) -> list[tuple[str, bytes]]:
    rows = database.read(lambda db: db.rows("SELECT hash, content FROM bundles ORDER BY hash"))
    return [(row.hash, bytes(row.content)) for row in rows]


def test_a_bundle_is_stored_once(database: Database) -> None:
    put(database, "a" * 64)
    put(database, "a" * 64, content=b"packed by another version")
    assert stored(database) == [("a" * 64, b"\0zip")]
    assert database.read(lambda db: find_bundle(db, "a" * 64)) == ABOUT
    assert database.read(lambda db: find_bundle(db, "")) is None


def test_what_is_used_stays(database: Database) -> None:
    """By a workflow as it is, or a run on record. The rest is deleted."""
    now, used, unused, other = ("a" * 64, "b" * 64, "c" * 64, "d" * 64)
    for digest in (now, used, unused, other):
        put(database, digest)
    for digest in (used, unused, now):
        save(database, "w", digest)
    run = Run("r", "w", 1, RunState.SUCCEEDED, NOW, finished_at=NOW)
    database.write(lambda db: runs.add_runs(db, [run]))
    assert database.write(lambda db: delete_bundles(db, NOW)) == 0
    assert database.write(lambda db: delete_bundles(db, NOW + DAY)) == 2
    assert [digest for digest, _ in stored(database)] == [now, used]


def test_the_files_of_a_deleted_workflow_stay_while_it_may_be_restored(database: Database) -> None:
    put(database, "a" * 64)
    save(database, "w", "a" * 64, NOW + DAY)
    database.write(lambda db: catalog.delete_workflow(db, "w", NOW + DAY))
    assert database.write(lambda db: delete_bundles(db, NOW + DAY)) == 0
    assert database.write(lambda db: delete_bundles(db, NOW + 2 * DAY)) == 1


def test_what_is_applied_again_counts_as_new(database: Database) -> None:
    put(database, "a" * 64)
    put(database, "a" * 64, NOW + DAY)
    assert database.write(lambda db: delete_bundles(db, NOW + DAY)) == 0
    assert len(stored(database)) == 1


def test_the_files_of_an_edit_are_read_before_its_transaction(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another process writes the workflow while they are read."""
    (tmp_path / "a").write_bytes(b"123")
    edit_workflows.create_workflow(database, "w", NOW)
    other = database.apart()

    def slowly(folder: Path, patterns: Sequence[str]) -> Bundle:
        other.write(lambda db: catalog.save_workflow(db, Workflow("w", "changed meanwhile"), NOW), patience=0.0)
        return collect(folder, patterns)

    monkeypatch.setattr(edit_workflows, "collect", slowly)
    changed = edit_workflows.change_workflow(
        database, "w", lambda old: replace(old, files=("a",), max_active_runs=2), NOW, tmp_path
    )
    assert (changed.description, changed.files) == ("changed meanwhile", ("a",))
    assert database.read(lambda db: find_bundle(db, changed.bundle)) == BundleRow(1, 3)


def test_an_edit_of_nothing_that_is_there_reads_no_files(database: Database, tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        edit_workflows.change_workflow(database, "w", lambda old: replace(old, files=("missing",)), NOW, tmp_path)
