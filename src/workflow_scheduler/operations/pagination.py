"""Opaque cursors for the next page of a list."""

from __future__ import annotations

import base64
import binascii
import json
from datetime import datetime

from workflow_scheduler.domain.errors import InvalidInput
from workflow_scheduler.domain.run import Run

__all__ = ["after_run", "name_behind", "run_behind", "text_behind"]


def text_behind(*parts: str) -> str:
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")


def _parts(cursor: str, count: int) -> list[str]:
    try:
        found = json.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True))
    except (ValueError, binascii.Error, RecursionError):
        found = None
    if not isinstance(found, list) or len(found) != count or not all(isinstance(part, str) for part in found):
        raise _unknown()
    if any("\0" in part or not part.isprintable() for part in found):
        raise _unknown()
    return found


def _unknown() -> InvalidInput:
    return InvalidInput("The cursor is invalid; start again without it.")


def name_behind(cursor: str | None) -> str:
    """The name after which the list continues; empty for its beginning."""
    return _parts(cursor, 1)[0] if cursor else ""


def after_run(run: Run) -> str:
    return text_behind(run.queued_at.isoformat(), run.id)


def run_behind(cursor: str | None) -> tuple[datetime, str] | None:
    """The queued time and ID of the run after which the list continues."""
    if not cursor:
        return None
    at, run_id = _parts(cursor, 2)
    try:
        moment = datetime.fromisoformat(at)
    except ValueError:
        raise _unknown() from None
    if moment.tzinfo is None or not 1971 <= moment.year < 9999:
        raise _unknown()
    return moment, run_id
