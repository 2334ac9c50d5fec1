"""Waits for an external answer with a timeout, whatever blocks: a name, a server, or a proxy."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, TypeVar

__all__ = ["Hanging", "within"]

_T = TypeVar("_T")


class Hanging(Exception):
    """There was no answer in time. The call may still wait, in a thread that delays nothing."""


def within(seconds: float, ask: Callable[[], _T]) -> _T:
    """The result of `ask`, or its error, if it comes in time; otherwise Hanging."""
    came: list[Any] = []

    def asking() -> None:
        try:
            came.append((ask(), None))
        except BaseException as error:  # handed on, all of it
            came.append((None, error))

    thread = threading.Thread(target=asking, name="asking", daemon=True)
    thread.start()
    thread.join(seconds)
    if not came:
        raise Hanging
    answer, error = came[0]
    if error is not None:
        raise error
    found: _T = answer
    return found
