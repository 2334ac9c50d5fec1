"""Admissions, rechecked during long requests in case access has ended."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import field

from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from workflow_scheduler.domain.quick_dataclass import dataclass
from workflow_scheduler.operations.access.accounts import Visitor

__all__ = ["RECHECK", "Admission", "Download", "Revoked"]

RECHECK = 1.0
"""Seconds for which an admission is trusted without a new check."""


class Revoked(Exception):
    """Access ended during a response, which is cut off."""


@dataclass(frozen=True, slots=True)
class Admission:
    """`ask` authenticates the request again."""

    visitor: Visitor
    ask: Callable[[], Visitor | None] = field(compare=False)

    def holds(self) -> bool:
        """Whether the same person still has access, in the same role."""
        return self.ask() == self.visitor


class Download(StreamingResponse):
    """A file in blocks. Raises Revoked between two blocks if the admission no longer holds; closes the file however it
    ends."""

    def __init__(self, admission: Admission, blocks: Iterator[bytes], headers: Mapping[str, str], kind: str) -> None:
        super().__init__(_while_admitted(admission, blocks), 200, headers, media_type=kind)
        self._blocks = blocks

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            if isinstance(self._blocks, Generator):
                self._blocks.close()


def _while_admitted(admission: Admission, blocks: Iterator[bytes]) -> Iterator[bytes]:
    checked = time.monotonic()
    for block in blocks:
        if time.monotonic() - checked > RECHECK:
            if not admission.holds():
                raise Revoked
            checked = time.monotonic()
        yield block
