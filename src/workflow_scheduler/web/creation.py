"""Creates things once for each Idempotency-Key."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from fastapi import Header, Response

from workflow_scheduler.domain.errors import Refused
from workflow_scheduler.operations.runs.idempotency import Once, Repeated

from .request import RequestContext

__all__ = ["Key", "make_once", "make_unnamed_once"]

Key = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=200,
        description="the same key within a day returns the first result, with 200; 422 if it came with another request",
    ),
]


def make_once(
    request: RequestContext, key: str | None, name: str, make: Callable[[Once], object], response: Response
) -> str:
    """Call `make`, in whose transaction its argument checks the key. Returns the name of what was made; if an earlier
    request with the key made it, that name, with status 200."""
    once = Once(key, request.visitor.name, request.content, name, request.now)
    try:
        make(once)
    except Repeated as before:
        response.status_code = 200
        return before.made
    return name


def make_unnamed_once(
    request: RequestContext,
    key: str | None,
    free: Callable[[], str],
    make: Callable[[Once], object],
    response: Response,
) -> str:
    """The same for things that get the next `free` name."""
    while True:
        name = free()
        try:
            return make_once(request, key, name, make, response)
        except Refused:
            if free() == name:
                raise
            # Somebody else took the name meanwhile.
