"""Changes workers: what they are given, their labels and slots, and their end."""

from __future__ import annotations

from collections.abc import Collection

from workflow_scheduler.domain.errors import Refused
from workflow_scheduler.operations.transactions import write_and_wake
from workflow_scheduler.storage import assignments, worker_roles
from workflow_scheduler.storage import workers as store
from workflow_scheduler.storage.database import Connection, Database

from .invite import check_labels, check_slots
from .show import existing_worker

__all__ = ["drain", "edit_worker", "remove", "resume"]


def drain(database: Database, name: str) -> int:
    """Give it nothing more. Returns how many attempts it still has."""
    _move(database, name, "active", "draining", "nothing is given to it anyway")
    return len(database.read(lambda db: _claims(db, name)))


def resume(database: Database, name: str) -> None:
    _move(database, name, "draining", "active", "it is not draining")


def _move(database: Database, name: str, before: str, state: str, why: str) -> None:
    def work(db: Connection) -> None:
        found = existing_worker(db, name)
        if not store.set_state(db, name, state, before):
            raise Refused(f"The worker {name} is {found.state}: {why}.")
        assignments.ring(db, name)

    write_and_wake(database, work)


def edit_worker(database: Database, name: str, labels: Collection[str] | None, slots: int | None) -> None:
    """Give it other labels or another number of slots; None: as they are."""

    def work(db: Connection) -> None:
        found = existing_worker(db, name)
        chosen = found.labels if labels is None else check_labels(labels)
        store.set_labels(db, name, chosen, found.slots if slots is None else check_slots(slots))
        assignments.ring(db, name)

    write_and_wake(database, work)


def remove(database: Database, name: str, *, force: bool) -> tuple[int, bool]:
    """Delete the worker and its role. Refused while it has attempts; `force` gives them up: their result is unknown. Returns
    how many that were, and whether the role could be dropped."""

    def work(db: Connection) -> tuple[int, bool]:
        found = existing_worker(db, name)
        claimed = _claims(db, name)
        if claimed and not force:
            raise Refused(
                f"The worker {name} has {len(claimed)} {'attempt' if len(claimed) == 1 else 'attempts'} running; drain it and wait with "
                f"'scheduler workers drain {name}', or give them up with --force: their result is then unknown."
            )
        for one in claimed:
            assignments.fence(db, one.key)
        assignments.ring(db, name)
        dropped = worker_roles.drop_role(db, found.role_name)
        store.delete_worker(db, name)
        return len(claimed), dropped

    return write_and_wake(database, work)


def _claims(db: Connection, name: str) -> list[assignments.Claim]:
    return [claim for claim in assignments.claims(db) if claim.worker == name]
