"""Who was let in, and whether they would be now: what takes long asks again and again."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field

from workflow_scheduler.operations.accounts import Visitor

__all__ = ["RECHECK", "Admission", "Revoked", "while_admitted"]

RECHECK = 1.0
"""Seconds for which somebody who was let in is taken to be still welcome."""


class Revoked(Exception):
    """What was being answered is for somebody who is admitted no more: the rest of it is not sent."""


@dataclass(frozen=True, slots=True)
class Admission:
    """`ask` finds out who sent the request, anew."""

    visitor: Visitor
    ask: Callable[[], Visitor | None] = field(compare=False)

    def holds(self) -> bool:
        """Whether the same person is still admitted, in the same role."""
        return self.ask() == self.visitor


def while_admitted(admission: Admission, blocks: Iterator[bytes]) -> Iterator[bytes]:
    """The blocks, as long as the admission holds. Raises Revoked before the next one when it does not."""
    checked = time.monotonic()
    with contextlib.ExitStack() as ending:
        if isinstance(blocks, Generator):
            ending.callback(blocks.close)
        for block in blocks:
            if time.monotonic() - checked > RECHECK:
                if not admission.holds():
                    raise Revoked
                checked = time.monotonic()
            yield block
