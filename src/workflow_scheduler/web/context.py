"""The context of the web interface, wired in `bootstrap`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from workflow_scheduler.domain.notify_plan import NotifyPlan
from workflow_scheduler.domain.quick_dataclass import dataclass
from workflow_scheduler.operations.access.accounts import Accounts
from workflow_scheduler.operations.condition import Holder
from workflow_scheduler.operations.transactions import Database
from workflow_scheduler.settings import Settings

if TYPE_CHECKING:
    from workflow_scheduler.operations.home.watchman import Finding

__all__ = ["Context"]


@dataclass(frozen=True, slots=True)
class Context:
    """One home, for the web interface. `accounts` is read-only; changes go through `request.RequestContext`."""

    settings: Settings
    database: Database
    accounts: Accounts
    secret: bytes
    now: Callable[[], datetime]
    lack_of_room: Callable[[], str]
    free_bytes: Callable[[], int]
    scheduler: Callable[[], Holder | None]
    look: Callable[[], Finding]
    log: Path
    notify_plan: Callable[[], NotifyPlan]
