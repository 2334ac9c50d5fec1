"""A live feed of a home: events in order, and changes of definitions."""

from __future__ import annotations

from workflow_scheduler.domain.events import Event
from workflow_scheduler.domain.quick_dataclass import dataclass
from workflow_scheduler.operations.timestamps import iso
from workflow_scheduler.storage import events as event_store
from workflow_scheduler.storage import queries_workflows
from workflow_scheduler.storage.database import Connection, Database

__all__ = ["CATALOG_CHANGED", "OPENED", "RESET", "EventFeed", "FeedEvent", "mark_of"]

CATALOG_CHANGED, OPENED, RESET = "catalog.changed", "stream.opened", "stream.reset"
MOST_MISSED = 5000
"""A reader that missed more than this must reload."""
_BATCH = 1000


@dataclass(frozen=True, slots=True)
class FeedEvent:
    """`seq` is the event's number; None for other changes. `mark`: see `mark_of`."""

    kind: str
    seq: int | None = None
    at: str | None = None
    workflow_id: str | None = None
    run_id: str | None = None
    task_id: str | None = None
    attempt: int | None = None
    schedule_id: str | None = None
    reason: str | None = None
    mark: str | None = None


def mark_of(database: Database) -> str:
    """The state of the database: the same text in two answers of one process means that nothing was written between them."""
    return str(database.change_mark())


class EventFeed:
    """Polls one database. `look` is for one thread and returns nothing before the first `since`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._mark: object = None
        self._last: int | None = None
        self._catalog: tuple[object, ...] | None = None

    def look(self) -> list[FeedEvent]:
        """What is new since the last call."""
        last, mark = self._last, self._database.change_mark()
        if last is None or mark == self._mark:
            return []
        self._mark = mark

        def work(db: Connection) -> tuple[list[tuple[int, Event]], tuple[object, ...]]:
            return event_store.events_after(db, last, _BATCH), queries_workflows.catalog_mark(db)

        found, catalog = self._database.read(work)
        new = [_of(seq, event) for seq, event in found]
        if self._catalog not in (None, catalog):
            new.append(FeedEvent(CATALOG_CHANGED))
        self._catalog = catalog
        if found:
            self._last = found[-1][0]
        if len(found) == _BATCH:
            self._mark = None  # there may be more
        return new

    def forget(self) -> None:
        """Start again with the next `since`: no reader is left."""
        self._last = self._mark = self._catalog = None

    def since(self, seq: int | None) -> tuple[int, list[FeedEvent], str]:
        """The number of the newest event, the events after `seq` (None: none are wanted), and the mark of the database
        from which on every event is read."""

        def work(db: Connection) -> tuple[int, list[tuple[int, Event]], tuple[object, ...]]:
            newest = event_store.newest_event(db)
            missed = [] if seq is None else event_store.events_after(db, seq, MOST_MISSED + 1)
            return newest, missed, queries_workflows.catalog_mark(db)

        newest, missed, catalog = self._database.read(work)
        mark = mark_of(self._database)
        if self._last is None:
            # Remember the catalog as of now, so that the first `look` reports changes from here on.
            self._last, self._catalog = newest, catalog
        if len(missed) > MOST_MISSED or (seq is not None and seq > newest):
            return newest, [FeedEvent(RESET, newest)], mark
        newest = max([newest, *(number for number, _ in missed)])
        return newest, [_of(number, event) for number, event in missed], mark


def _of(seq: int, event: Event) -> FeedEvent:
    return FeedEvent(
        kind=event.kind,
        seq=seq,
        at=iso(event.at),
        workflow_id=event.workflow_id,
        run_id=event.run_id,
        task_id=event.task_id,
        attempt=event.attempt,
        schedule_id=event.schedule_id,
        reason=event.reason,
    )
