"""What a person asks of a backfill, read and checked as far as that needs no database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Any

from workflow_scheduler.domain.backfill import MOST_PARALLEL, Only, Order, Window, parse_window
from workflow_scheduler.domain.errors import InvalidInput
from workflow_scheduler.domain.quick_dataclass import dataclass
from workflow_scheduler.domain.wall_time import normal_time

__all__ = ["BackfillRequest", "backfill_request"]


@dataclass(frozen=True, slots=True)
class BackfillRequest:
    workflow_id: str
    start: str
    end: str
    schedule_id: str | None = None
    only: Only = Only.MISSING
    order: Order = Order.OLDEST
    parallel: int = 1
    between: Window | None = None
    params: Mapping[str, Any] = field(default_factory=dict)
    as_of: str | None = None


def backfill_request(
    workflow_id: str,
    start: str,
    end: str,
    *,
    schedule_id: str | None = None,
    only: str = "missing",
    order: str = "oldest",
    parallel: int = 1,
    between: str | None = None,
    params: Mapping[str, Any] | None = None,
    as_of: str | None = None,
) -> BackfillRequest:
    """InvalidInput for what cannot be read."""
    if not 1 <= parallel <= MOST_PARALLEL:
        raise InvalidInput(f"{parallel} runs at once are not possible; choose 1 to {MOST_PARALLEL:,}.")
    return BackfillRequest(
        workflow_id,
        normal_time(start),
        normal_time(end),
        schedule_id,
        Only(only),
        Order(order),
        parallel,
        parse_window(between) if between else None,
        dict(params or {}),
        normal_time(as_of) if as_of else None,
    )
