"""Checks how the home keeps secrets, and whether those that workflows name can be read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from workflow_scheduler.domain.secrets import looks_like_password
from workflow_scheduler.operations.workflows.secret_warnings import secret_warnings
from workflow_scheduler.secrets.sealing import PLAIN
from workflow_scheduler.secrets.store import stored_secrets
from workflow_scheduler.storage import catalog, queries_workflows, versions
from workflow_scheduler.storage.database import Connection, Database

from .doctor_home import Finding, count

__all__ = ["examine_secrets"]


def examine_secrets(database: Database, home: Path) -> Iterator[Finding]:
    stored = stored_secrets(home)
    plain = [secret.name for secret in stored if secret.sealed == PLAIN]
    workflows = database.read(versions.newest_with_secrets)
    unreadable = [f"{workflow.id}: {words}" for workflow in workflows for words in secret_warnings(workflow, home)]
    if unreadable:
        advice = "scheduler secret test NAME asks the running scheduler, which may read what this account cannot"
        yield Finding("secrets", "warning", "; ".join(unreadable[:3]), advice)
    elif plain:
        words = f"{count(plain, 'secret')} kept in plain text, readable only by the owner of {home / 'secrets'}"
        yield Finding("secrets", "ok", words)
    elif stored:
        how = ", ".join(sorted({secret.sealed for secret in stored}))
        yield Finding("secrets", "ok", f"{count([secret.name for secret in stored], 'secret')} encrypted by {how}")
    if exposed := database.read(lambda db: list(_exposed(db))):
        words = f"{count(exposed, 'variable')} probably a password in plain text: {', '.join(exposed[:3])}"
        yield Finding(
            "passwords", "warning", words, "scheduler secret set NAME, then name it in the workflow's secrets"
        )


def _exposed(db: Connection) -> Iterator[str]:
    """Variables of tasks that look like passwords."""
    for workflow_id in queries_workflows.workflow_ids(db):
        found = catalog.find_workflow(db, workflow_id)
        for task in found[0].tasks if found else ():
            for name, value in task.env.items():
                if looks_like_password(name, value):
                    yield f"{workflow_id}/{task.id} {name}"
