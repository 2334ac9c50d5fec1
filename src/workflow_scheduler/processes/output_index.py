"""The index of an attempt's output: which stream was written to when, to merge two files in order. Keepers load this
module.

It is created only when there is an order or a time to note: when the second stream is written to, or the first one
again after a while. Most commands write nothing, or everything at once. The output itself is never found through it.
"""

from __future__ import annotations

import os
import struct
import time

from workflow_scheduler.domain.quick_dataclass import dataclass
from workflow_scheduler.system.regular_file import create_regular, read_regular

from .start_file import STREAMS

__all__ = ["INDEX", "MOST_CHUNKS", "Chunk", "Index", "OutputIndex", "read_index"]

INDEX = "output.index"
MOST_CHUNKS = 65_536
"""In the file, which has a megabyte then. Later output is kept, and its order is not."""
_AT_ONCE = 50_000
"""Microseconds: what one stream gets within them is one chunk."""
_A_WHILE = 250_000
_HEAD = struct.Struct("<8sQ")
_CHUNK = struct.Struct("<QQ")
_MAGIC = b"output1\n"


@dataclass(frozen=True, slots=True)
class Chunk:
    """`end`: the stream's length in bytes after this chunk. `at`: microseconds since 1970."""

    at: int
    stream: str
    end: int


@dataclass(frozen=True, slots=True)
class Index:
    """`head`: bytes that are kept from the beginning of each stream; `cap`: bytes that are kept in all."""

    cap: int
    chunks: tuple[Chunk, ...]

    @property
    def head(self) -> int:
        return max(1, self.cap // 2)

    def total(self, stream: str) -> int:
        """The bytes of the stream that the index covers."""
        return max((chunk.end for chunk in self.chunks if chunk.stream == stream), default=0)

    @property
    def full(self) -> bool:
        """Whether later output is not in the index."""
        return len(self.chunks) >= MOST_CHUNKS

    def covers(self, sizes: dict[str, int]) -> bool:
        """Whether everything in files of these sizes, by stream, is in the index."""
        return not self.full and all(min(size, self.cap) <= self.total(stream) for stream, size in sizes.items())


class OutputIndex:
    """Written by one thread at a time. Entries that cannot be written are left out: the output matters more."""

    def __init__(self, folder: str, cap: int) -> None:
        self._path = os.path.join(folder, INDEX)
        self._cap = cap
        self._file: int | None = None
        self._closed = False
        self._needed = False
        self._waiting: list[tuple[int, int]] = []
        """Chunks that the file has not, as in it."""
        self._count = 0
        self._first: tuple[int, int] | None = None
        self._last = (0, -1, 0)

    @property
    def first_at(self) -> int | None:
        """The time of all output, if it was written at once and needs no file."""
        return self._first[0] if self._first is not None and not self._needed else None

    def note(self, stream: int, length: int) -> None:
        """Note that the stream, by its place in `STREAMS`, has grown by `length` bytes now."""
        if self._closed:
            return
        now = time.time_ns() // 1000
        at, same, before = self._last
        again = stream == same and 0 <= now - at < _AT_ONCE
        if again:
            self._last = at, stream, before + length
            if self._waiting:
                self._waiting.pop()
        elif self._count == MOST_CHUNKS:
            self.close()
            return
        else:
            self._count += 1
            self._last = now, stream, length
        at, _, length = self._last
        self._waiting.append((at, length << 1 | stream))
        if self._first is None:
            self._first = now, stream
        if self._file is None and stream == self._first[1] and 0 <= now - self._first[0] < _A_WHILE:
            return
        self._needed = True
        try:
            self._write()
        except OSError:
            self.close()

    def _write(self) -> None:
        head = b""
        if self._file is None:
            self._file = create_regular(self._path)
            head = _HEAD.pack(_MAGIC, self._cap)
        data = head + b"".join(_CHUNK.pack(*chunk) for chunk in self._waiting)
        # A chunk that grew stands in its place again.
        end = _HEAD.size + _CHUNK.size * self._count
        os.lseek(self._file, end - len(data), os.SEEK_SET)
        os.write(self._file, data)
        self._waiting.clear()

    def close(self) -> None:
        self._closed = True
        if self._file is not None:
            os.close(self._file)
            self._file = None


def read_index(folder: str) -> Index | None:
    """The index; None if there is none, or the file is something else: a script can write anything there."""
    try:
        data = read_regular(os.path.join(folder, INDEX), _HEAD.size + MOST_CHUNKS * _CHUNK.size)
    except OSError:
        return None
    if len(data) < _HEAD.size or not data.startswith(_MAGIC):
        return None
    _, cap = _HEAD.unpack_from(data)
    ends = dict.fromkeys(STREAMS, 0)
    chunks = []
    for at, facts in _CHUNK.iter_unpack(data[_HEAD.size : len(data) - (len(data) - _HEAD.size) % _CHUNK.size]):
        stream = STREAMS[facts & 1]
        ends[stream] += facts >> 1
        chunks.append(Chunk(at, stream, ends[stream]))
    return Index(cap, tuple(chunks))
