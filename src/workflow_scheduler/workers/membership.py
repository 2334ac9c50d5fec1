"""`worker.json`: what makes a folder the home of a worker. It holds the password of the worker's role."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from workflow_scheduler.domain.errors import NotFound, Unreachable

__all__ = ["MEMBERSHIP", "Membership", "is_worker", "read_membership", "write_membership"]

MEMBERSHIP = "worker.json"


class Membership(NamedTuple):
    """`url`: of the database, with the worker's role and password."""

    name: str
    url: str


def is_worker(home: Path) -> bool:
    return (home / MEMBERSHIP).exists()


def read_membership(home: Path) -> Membership:
    """NotFound if the home is not one of a worker."""
    from workflow_scheduler.system.json_file import read_json  # noqa: PLC0415  who only looks does without

    found = read_json(home / MEMBERSHIP)
    if not all(isinstance(found.get(name), str) for name in ("name", "url")):
        raise NotFound(
            f"The folder {home} is not the home of a worker; run 'scheduler worker join TOKEN' here with the token of 'scheduler "
            "worker invite', or choose another with --home."
        )
    return Membership(found["name"], found["url"])


def write_membership(home: Path, membership: Membership) -> None:
    """Unreachable if the home cannot be written."""
    from workflow_scheduler.system.json_file import write_json  # noqa: PLC0415  as above

    try:
        write_json(home / MEMBERSHIP, membership._asdict())
    except OSError as error:
        raise Unreachable(
            f"Cannot write {home / MEMBERSHIP} ({error.strerror}); make the home writable, or choose another with --home."
        ) from None
