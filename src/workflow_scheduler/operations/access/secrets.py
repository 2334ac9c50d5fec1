"""The home's store of secrets, and where workflows refer to secrets."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from workflow_scheduler.domain.errors import InvalidInput
from workflow_scheduler.domain.quick_dataclass import dataclass
from workflow_scheduler.domain.secrets import SourceKind, check_store_name, parse_source, source_text, variables_of
from workflow_scheduler.domain.workflow import Workflow
from workflow_scheduler.secrets.sources import read_secret
from workflow_scheduler.secrets.store import StoredSecret, delete_secret, put_secret, stored_secrets
from workflow_scheduler.storage import versions
from workflow_scheduler.storage.database import Database

from .recording import put_on_record
from .secret import derived

__all__ = ["SecretCheck", "SecretRow", "check_secret", "remove_secret", "secret_list", "secret_variables", "set_secret"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretRow:
    """`reference`: as a definition names it. `used_by`: workflows. `sealed`, `set_at` and `read_at` are known of the
    store's own only; `sealed` is empty for a secret that it does not have."""

    reference: str
    used_by: tuple[str, ...]
    sealed: str | None
    set_at: datetime | None
    read_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretCheck:
    """What may be shown of a secret. `mark` is the same for the same value, and known to this home alone."""

    reference: str
    bytes: int
    mark: str


def secret_list(database: Database | None, home: Path) -> list[SecretRow]:
    """Every secret of the store, and every reference in the newest version of a workflow. `database`: None in the home of a
    worker, which has workflows of others."""
    stored = {f"{SourceKind.STORE}:{secret.name}": secret for secret in stored_secrets(home)}
    users: defaultdict[str, list[str]] = defaultdict(list)
    workflows = [] if database is None else database.read(versions.newest_with_secrets)
    for reference, workflow in _references(workflows):
        users[reference].append(workflow)
    return [
        _row(reference, tuple(dict.fromkeys(users.get(reference, ()))), stored.get(reference))
        for reference in sorted({*stored, *users})
    ]


def _references(workflows: list[Workflow]) -> Iterator[tuple[str, str]]:
    for workflow in workflows:
        for written in workflow.secrets.values():
            yield source_text(written), workflow.id


def _row(reference: str, used_by: tuple[str, ...], secret: StoredSecret | None) -> SecretRow:
    absent = "" if reference.startswith(f"{SourceKind.STORE}:") else None
    return SecretRow(
        reference=reference,
        used_by=used_by,
        sealed=absent if secret is None else secret.sealed,
        set_at=None if secret is None else secret.set_at,
        read_at=None if secret is None else secret.read_at,
    )


def secret_variables(database: Database) -> frozenset[str]:
    """The variables of the scheduler's environment that workflows name as secrets."""
    if not database.exists():
        return frozenset()
    workflows = database.read(versions.newest_with_secrets)
    return frozenset(variable for workflow in workflows for variable in variables_of(workflow.secrets))


def set_secret(changes: Database | None, home: Path, name: str, value: bytes) -> str:
    """Store or replace the secret, and record in the audit log, if the home has one, that it was. Returns how it is sealed."""
    sealed = put_secret(home, name, value)
    if changes is not None:
        put_on_record(changes)
    return sealed


def remove_secret(changes: Database | None, home: Path, name: str) -> None:
    delete_secret(home, name)
    if changes is not None:
        put_on_record(changes)


def check_secret(home: Path, key: bytes, reference: str) -> SecretCheck:
    """Read the secret in this process. A name without a kind is one of the store. SecretUnavailable says why it cannot be
    read."""
    if reference.partition(":")[0] == SourceKind.COMMAND:
        raise InvalidInput("The secret of a command is read only for the tasks of its workflow; test it in a run.")
    if ":" not in reference:
        reference = f"{SourceKind.STORE}:{check_store_name(reference)}"
    value = read_secret(parse_source(reference), home)
    mark = derived(key, f"secret {value.hex()}")[:8]
    return SecretCheck(reference=reference, bytes=len(value), mark=mark)
