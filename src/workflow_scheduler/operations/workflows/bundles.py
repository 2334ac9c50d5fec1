"""The `files` of workflows: read beside their definitions, and stored with them for the machines that need them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime

from workflow_scheduler.definitions.documents import Document
from workflow_scheduler.domain.errors import InvalidInput
from workflow_scheduler.domain.workflow import Workflow
from workflow_scheduler.files.bundle import Bundle, collect
from workflow_scheduler.operations.runs.attempt_files import bundle_words
from workflow_scheduler.storage import versions
from workflow_scheduler.storage.bundles import BundleRow, find_bundle, put_bundle
from workflow_scheduler.storage.database import Connection, Database

__all__ = ["bundles_of", "changed_files", "file_warnings", "files_words", "with_bundle"]


def bundles_of(documents: Iterable[Document]) -> dict[str, Bundle]:
    """The files of each workflow whose definition is in a folder and names some. InvalidInput has a line for each mistake."""
    found: dict[str, Bundle] = {}
    mistakes: list[str] = []
    for document in documents:
        if document.folder is not None and document.workflow.files:
            try:
                found[document.workflow.id] = collect(document.folder, document.workflow.files)
            except InvalidInput as error:
                mistakes.append(f"{document.place('files')}: {error}")
    if mistakes:
        raise InvalidInput("\n".join(mistakes))
    return found


def with_bundle(db: Connection, workflow: Workflow, bundle: Bundle | None, now: datetime | None) -> Workflow:
    """The workflow with the hash of its files, which are stored in the caller's transaction; without `now`, they are not.

    Where they cannot be read, those of its newest version are kept, if that has the same `files`; InvalidInput if it has not.
    """
    if not workflow.files:
        return replace(workflow, bundle="")
    if bundle is None:
        return replace(workflow, bundle=_kept(db, workflow))
    if now is not None:
        put_bundle(db, bundle.hash, bundle.content, BundleRow(bundle.files, bundle.size), now)
    return replace(workflow, bundle=bundle.hash)


def changed_files(db: Connection, old: Workflow, new: Workflow, bundle: Bundle | None, now: datetime) -> Workflow:
    """The changed workflow with the hash of its files. `bundle`: these files, if they were read."""
    if bundle is None and new.files == old.files:
        return new
    return with_bundle(db, new, bundle, now)


def file_warnings(workflow: Workflow) -> Iterator[str]:
    """Probable mistakes. The workflow is as it runs, with the defaults of the home."""
    if not workflow.files:
        return
    if not workflow.has_places:
        yield "files: no task has a `place`, so that they are taken nowhere; give one a place, or leave them out."
    for task in workflow.tasks:
        if task.place.elsewhere and not _absolute(task.working_dir or ""):
            for name in (output.path for output in task.output_files if not _absolute(output.path)):
                yield (
                    f"Task {task.id}: the output file {name!r} is written beside the task's own copy of the files, and deleted "
                    "with it a day later; give it a full path, or the task a `working_dir`."
                )


def _absolute(path: str) -> bool:
    """On any machine; what a placeholder begins is not known here."""
    return path.startswith(("/", "~", "\\", "{")) or path[1:2] == ":"


def _kept(db: Connection, workflow: Workflow) -> str:
    last = versions.last_version(db, workflow.id)
    if last is None or last.files != workflow.files or find_bundle(db, last.bundle) is None:
        raise InvalidInput(
            "files: they are read beside the file of a definition, and there is none here; write the definition to a file next "
            "to them, and run 'scheduler workflow apply FILE'."
        )
    return last.bundle


def files_words(database: Database, workflow: Workflow) -> str:
    """What the workflow takes along; empty if that is nothing."""
    if not workflow.files:
        return ""
    found = database.read(lambda db: find_bundle(db, workflow.bundle))
    about = f" ({bundle_words(workflow.bundle, found)})" if found is not None else ""
    return f"files: {', '.join(workflow.files)}{about}"
