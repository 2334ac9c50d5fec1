"""Applies definition files to a home and reports the changes."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from workflow_scheduler.definitions.documents import Document, to_plain, to_yaml
from workflow_scheduler.domain.calendar import Calendar, Days
from workflow_scheduler.domain.deadlines import named_calendar
from workflow_scheduler.domain.defaults import with_defaults
from workflow_scheduler.domain.errors import InvalidInput
from workflow_scheduler.domain.quick_dataclass import dataclass
from workflow_scheduler.domain.schedule import Schedule, ScheduleDefinition, written
from workflow_scheduler.domain.workflow import Workflow
from workflow_scheduler.engine.calendar_change import expanded
from workflow_scheduler.files.bundle import Bundle
from workflow_scheduler.operations.rows import Plain
from workflow_scheduler.operations.schedules.difference import (
    ScheduleChange,
    ScheduleDifference,
    changes_of,
    differences,
)
from workflow_scheduler.operations.schedules.reschedule import set_schedules
from workflow_scheduler.operations.schedules.values import lost_paths, refuse_unfit
from workflow_scheduler.operations.transactions import write_and_wake
from workflow_scheduler.processes.surroundings import Interpreters
from workflow_scheduler.storage import calendars as calendar_store
from workflow_scheduler.storage import catalog
from workflow_scheduler.storage.database import Connection, Database
from workflow_scheduler.triggers.spec import parse_spec
from workflow_scheduler.triggers.warnings import warnings_of

from .bundles import bundles_of, file_warnings, with_bundle
from .check import check_documents, load_text
from .defaults_file import DEFAULTS, read_defaults
from .edit import save_changed
from .secret_warnings import secret_warnings
from .task_warnings import task_warnings

__all__ = [
    "Applied",
    "apply_documents",
    "document_of",
    "fire_differences",
    "load_one",
    "plain_version",
    "warnings_in",
]


@dataclass(frozen=True, slots=True)
class Applied:
    """The result of one document: "created", "changed" or "unchanged", with the changed lines."""

    id: str
    result: str
    version: int
    diff: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    """Probable mistakes in its schedules and tasks."""


def load_one(text: str, workflow_id: str) -> Document:
    """The one workflow of a text, which must be that one."""
    documents = load_text(text)
    if len(documents) != 1:
        raise InvalidInput(f"The document defines {len(documents)} workflows; send {workflow_id!r} alone.")
    if documents[0].workflow.id != workflow_id:
        raise InvalidInput(
            f"{documents[0].place('id')}: the document defines {documents[0].workflow.id!r}, not {workflow_id!r}; "
            "rename it first, or correct the id."
        )
    return documents[0]


def warnings_in(document: Document, timezone: str, now: datetime) -> list[str]:
    """Probable mistakes in the schedules of a checked document, each with its position."""
    found = []
    for at, schedule in enumerate(document.schedules or ()):
        zone = schedule.timezone or timezone
        place = document.place("schedules", at, next(iter(schedule.spec)))
        found += [f"{place}: {words}" for words in warnings_of(parse_spec(dict(schedule.spec), zone), zone, now)]
    return found


def apply_documents(
    database: Database,
    timezone: str,
    documents: Sequence[Document],
    now: datetime,
    *,
    home: Path | None = None,
    interpreters: Interpreters | None = None,
    dry_run: bool = False,
    calendars: Collection[str] = (),
    first: Callable[[Connection], object] | None = None,
) -> list[Applied]:
    """Create and change what differs, in one transaction. With `home`, where the tasks will run, probable mistakes in
    them are reported as well; `interpreters` are those of the settings. `calendars`: applied along with the documents, by
    `first`, which the transaction begins with."""
    check_documents(documents, timezone)
    bundles = bundles_of(documents)

    def work(db: Connection) -> list[Applied]:
        if first is not None:
            first(db)
        known = {schedule.id: schedule for schedule in catalog.list_schedules(db, lock=not dry_run)}
        by_workflow = _by_workflow(known.values())
        if foreign := [sentence for document in documents for sentence in _foreign_schedules(document, known)]:
            raise InvalidInput("\n".join(foreign))
        names = {*calendars, *calendar_store.calendar_names(db)}
        if unknown := [sentence for document in documents for sentence in _unknown_calendars(document, names)]:
            raise InvalidInput("\n".join(unknown))
        return [
            _apply(
                timezone,
                db,
                _with_files(db, document, bundles.get(document.workflow.id), None if dry_run else now),
                by_workflow.get(document.workflow.id, []),
                now,
                dry_run=dry_run,
            )
            for document in documents
        ]

    if dry_run and not database.exists():  # do not create one only to report that everything is new
        done = [
            Applied(document.workflow.id, "created", 1, (), tuple(warnings_in(document, timezone, now)))
            for document in documents
        ]
    else:
        done = database.read(work) if dry_run else write_and_wake(database, work)
    if home is None:
        return done
    return [_warned(applied, document, home, interpreters) for applied, document in zip(done, documents, strict=True)]


def fire_differences(
    database: Database,
    timezone: str,
    documents: Sequence[Document],
    now: datetime,
    days: int,
    *,
    calendars: Sequence[Calendar] = (),
    home: Path = Path(),
) -> list[ScheduleDifference]:
    """What applying these documents and calendars would do to the fires of the coming days. A document that names no schedules
    changes none; a calendar may change those of other workflows as well. `home`: where the calendars' files are."""
    check_documents(documents, timezone)
    changes: list[ScheduleChange] = []
    by_workflow = _by_workflow(database.read(catalog.list_schedules))
    for document in documents:
        if document.schedules is not None:
            present = by_workflow.pop(document.workflow.id, [])
            changes += changes_of(document.workflow.id, present, document.schedules, timezone, now)
    names = {calendar.id for calendar in calendars}
    others = (schedule for schedules in by_workflow.values() for schedule in schedules)
    changes += [ScheduleChange(schedule, schedule) for schedule in others if schedule.policies.calendar in names]
    new = {calendar.id: Days(calendar.id, expanded(calendar, home, now)) for calendar in calendars}
    return differences(database, changes, now, calendars=new, days=days)


def _by_workflow(schedules: Iterable[Schedule]) -> dict[str, list[Schedule]]:
    found: dict[str, list[Schedule]] = {}
    for schedule in schedules:
        found.setdefault(schedule.workflow_id, []).append(schedule)
    return found


def _with_files(db: Connection, document: Document, bundle: Bundle | None, now: datetime | None) -> Document:
    try:
        return replace(document, workflow=with_bundle(db, document.workflow, bundle, now))
    except InvalidInput as error:
        raise InvalidInput(f"{document.place('files')}: {error}") from None


def _warned(applied: Applied, document: Document, home: Path, interpreters: Interpreters | None) -> Applied:
    defaults = read_defaults(home / DEFAULTS)
    workflow = with_defaults(document.workflow, defaults)
    lost = lost_paths(workflow, document.schedules or (), home)
    words = [defaults.problem] if defaults.problem else []
    words += [f"Schedule {schedule_id}: {sentence}" for schedule_id, sentence in lost]
    words += file_warnings(workflow)
    words += [words for task in workflow.tasks for words in task_warnings(task, home, interpreters)]
    words += secret_warnings(document.workflow, home)
    return replace(applied, warnings=(*applied.warnings, *words))


def _foreign_schedules(document: Document, known: Mapping[str, Schedule]) -> Iterator[str]:
    """Why some of its schedules cannot be stored: their IDs belong to other workflows."""
    for at, schedule in enumerate(document.schedules or ()):
        other = known.get(schedule.id)
        if other is not None and other.workflow_id != document.workflow.id:
            place = document.place("schedules", at, "id")
            yield f"{place}: the schedule {schedule.id!r} belongs to {other.workflow_id!r}; choose another ID."


def _unknown_calendars(document: Document, names: Collection[str]) -> Iterator[str]:
    for path, name in _named_calendars(document):
        if name not in names:
            known = (
                f"there are: {', '.join(sorted(names)[:10])}"
                if names
                else "there is none yet; apply its definition first"
            )
            yield f"{document.place(*path)}: there is no calendar {name!r}; {known}."


def _named_calendars(document: Document) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """The calendars of its schedules and deadlines, each with its place."""
    here = ("deadlines", "finish_by")
    places: list[tuple[tuple[str | int, ...], str | None]] = [
        (here, named_calendar(document.workflow.deadlines.finish_by))
    ]
    for at, task in enumerate(document.workflow.tasks):
        places.append((("tasks", at, *here), named_calendar(task.deadlines.finish_by)))
    for at, schedule in enumerate(document.schedules or ()):
        places.append((("schedules", at, "calendar"), schedule.policies.calendar))
        places.append((("schedules", at, *here), named_calendar(schedule.policies.deadlines.finish_by)))
    yield from ((path, name) for path, name in places if name is not None)


def _apply(
    timezone: str,
    db: Connection,
    wanted: Document,
    present: list[Schedule],
    now: datetime,
    *,
    dry_run: bool,
) -> Applied:
    name = wanted.workflow.id
    found = catalog.find_workflow(db, name)
    if wanted.schedules is None:  # those that are stored, as they are
        target = document_of(wanted.workflow, present)
    else:
        schedules = sorted((_normal(schedule, timezone) for schedule in wanted.schedules), key=lambda one: one.id)
        target = replace(wanted, schedules=tuple(schedules))
    refuse_unfit(wanted.workflow, target.schedules or ())
    diff: tuple[str, ...] = ()
    if found is None:
        version = 1 if dry_run else catalog.save_workflow(db, wanted.workflow, now)
        result = "created"
    else:
        old, version = found
        before = document_of(old, present)
        if to_plain(before) == to_plain(target) and old.bundle == wanted.workflow.bundle:
            result = "unchanged"
        else:
            result, diff = (
                "changed",
                (*_diff(to_yaml(before), to_yaml(target)), *_changed_content(old, wanted.workflow)),
            )
        if old != wanted.workflow:
            version = version + 1 if dry_run else save_changed(db, old, wanted.workflow, now)
    if not dry_run and wanted.schedules is not None:
        set_schedules(db, wanted.workflow, timezone, target.schedules or (), present, now)
    return Applied(name, result, version, diff, tuple(warnings_in(wanted, timezone, now)))


def _normal(one: ScheduleDefinition, timezone: str) -> ScheduleDefinition:
    """As it will be stored."""
    zone = one.timezone or timezone
    return replace(one, timezone=zone, spec=written(parse_spec(dict(one.spec), zone)))


def _diff(before: str, after: str) -> tuple[str, ...]:
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=1)
    return tuple(line for line in lines if not line.startswith(("---", "+++", "@@")))


def _changed_content(old: Workflow, new: Workflow) -> tuple[str, ...]:
    if not old.bundle or not new.bundle or old.bundle == new.bundle:
        return ()
    return (f"  files: another content ({old.bundle[:8]} was replaced by {new.bundle[:8]})",)


def document_of(workflow: Workflow, schedules: Iterable[Schedule]) -> Document:
    """What is stored, as a definition."""
    return Document(
        workflow,
        tuple(
            ScheduleDefinition(schedule.id, written(schedule.spec), schedule.timezone, schedule.policies)
            for schedule in schedules
        ),
    )


def plain_version(document: Document, version: int) -> Plain:
    """A definition as `--json` shows it."""
    return {**to_plain(document), "enabled": document.workflow.enabled, "version": version}
