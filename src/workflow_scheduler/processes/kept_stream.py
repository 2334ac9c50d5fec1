"""One stream of a command, kept in its file and its index, without secrets. Keepers load this module."""

from __future__ import annotations

import contextlib
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from .capped import CappedFile
from .output_index import OutputIndex
from .start_file import STREAMS

if TYPE_CHECKING:
    from .masking import Mask

__all__ = ["KeptStream"]


class KeptStream:
    """`indexing` is held while the index, which the streams share, is written."""

    def __init__(
        self,
        name: str,
        file: CappedFile,
        index: OutputIndex,
        mask: Mask | None = None,
        indexing: AbstractContextManager[object] | None = None,
    ) -> None:
        self._file = file
        self._place = STREAMS.index(name)
        self._index = index
        self._mask = mask
        self._indexing = indexing or contextlib.nullcontext()

    def write(self, data: bytes) -> None:
        self._keep(data if self._mask is None else self._mask.feed(data))

    def end(self) -> None:
        """Keep what the mask held back: nothing follows."""
        if self._mask is not None:
            self._keep(self._mask.end())

    def close(self) -> None:
        self.end()
        self._file.close()

    def _keep(self, data: bytes) -> None:
        if data:
            with self._indexing:
                self._index.note(self._place, len(data))
            self._file.write(data)
