"""Versions of workflows: list, compare, and refuse a change made for an older one."""

from __future__ import annotations

import difflib
import hashlib
import json
from collections.abc import Callable
from datetime import datetime

from workflow_scheduler.definitions.documents import Document, to_plain, to_yaml
from workflow_scheduler.domain.errors import NotFound, Outdated
from workflow_scheduler.domain.quick_dataclass import dataclass
from workflow_scheduler.domain.workflow import Workflow
from workflow_scheduler.operations.access.redaction import View
from workflow_scheduler.operations.lookup import no_such
from workflow_scheduler.operations.rows import Plain
from workflow_scheduler.storage import catalog, queries_workflows, versions
from workflow_scheduler.storage.database import Connection, Database

__all__ = [
    "VersionDiff",
    "VersionDocument",
    "VersionRow",
    "diff",
    "document_tag",
    "unless_changed",
    "version",
    "version_list",
]


@dataclass(frozen=True, slots=True)
class VersionRow:
    version: int
    saved_at: datetime


@dataclass(frozen=True, slots=True)
class VersionDocument(VersionRow):
    """With the definition as it was written."""

    definition: Plain
    yaml: str


@dataclass(frozen=True, slots=True)
class VersionDiff:
    version: int
    against: int
    diff: tuple[str, ...]


def version_list(database: Database, workflow_id: str) -> list[VersionRow]:
    """Newest first, including those of a deleted workflow."""
    found = database.read(lambda db: queries_workflows.version_times(db, workflow_id))
    if not found:
        raise _no_workflow(workflow_id)
    return [VersionRow(number, at) for number, at in found]


def version(database: Database, workflow_id: str, number: int, view: View) -> VersionDocument:
    """One version as it was written, and as YAML. Schedules have no versions."""
    workflow, saved_at = database.read(lambda db: _version(db, workflow_id, number))
    document = Document(view(workflow))
    return VersionDocument(number, saved_at, definition=to_plain(document), yaml=to_yaml(document))


def diff(database: Database, workflow_id: str, number: int, against: int, view: View) -> VersionDiff:
    """The lines in which a version differs from another."""

    def work(db: Connection) -> tuple[str, str]:
        old, new = (view(_version(db, workflow_id, version)[0]) for version in (against, number))
        return to_yaml(Document(old)), to_yaml(Document(new))

    before, after = database.read(work)
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), str(against), str(number), lineterm="")
    return VersionDiff(number, against, tuple(lines))


def _version(db: Connection, workflow_id: str, number: int) -> tuple[Workflow, datetime]:
    moments = dict(queries_workflows.version_times(db, workflow_id))
    if not moments:
        raise _no_workflow(workflow_id)
    if number not in moments:
        newest = max(moments)
        raise NotFound(f"There is no version {number} of {workflow_id!r}; there are {min(moments)} to {newest}.")
    return versions.find_version(db, workflow_id, number), moments[number]


def document_tag(db: Connection, workflow_id: str) -> str | None:
    """Changes whenever the workflow or one of its schedules is changed; None if the workflow does not exist."""
    number = catalog.versions_of(db, [workflow_id]).get(workflow_id)
    if number is None:
        return None
    facts = [(schedule.id, schedule.planner.generation) for schedule in catalog.list_schedules(db, workflow_id)]
    return f"{number}.{hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:12]}"


def unless_changed(workflow_id: str, expected: str | None, *, document: bool = False) -> Callable[[Connection], None]:
    """A check for the transaction of a change: Outdated if the version or the document has changed.

    Without an expected version: Outdated if the workflow exists.
    """

    def check(db: Connection) -> None:
        present = (
            document_tag(db, workflow_id)
            if document
            else str(catalog.versions_of(db, [workflow_id]).get(workflow_id, ""))
        )
        if present and expected not in ("*", present):
            raise Outdated(f"{workflow_id!r} was changed meanwhile, to {present}; reload it and repeat your change.")

    return check


def _no_workflow(workflow_id: str) -> NotFound:
    return no_such("workflow", workflow_id)
