"""The output lines of a command, of one stream or of both in order."""

from __future__ import annotations

import heapq
import os
import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from workflow_scheduler.domain.quick_dataclass import dataclass
from workflow_scheduler.processes.output_index import Index, read_index
from workflow_scheduler.processes.start_file import STREAMS, read_start
from workflow_scheduler.system.regular_file import open_regular

from .decoding import decode, wide_encoding

__all__ = ["MOST", "Line", "Output", "read_output", "wide_output"]

MOST = 64_000_000
"""Bytes. A stream is kept in much less; something that is endless was put there."""
_SAMPLE = 4096
_CUT = re.compile(rb"\n\[\.\.\. (\d{1,18}) bytes were cut here \.\.\.\]\n")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LAST_YEAR = 10_000_000_000_000_000
"""A time, in microseconds since 1970, later than any real one."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line without its end, as it was written, and when it was complete; `at` is None if it was not recorded.

    `end`: the bytes that the stream had with it. `gap`: what the stream had before it was not read.
    """

    stream: str
    text: str
    at: datetime | None
    end: int = 0
    gap: bool = False


@dataclass(frozen=True, slots=True)
class _Bytes:
    """Of one stream: what is kept of it from the byte `start` of the file on, which is the byte `offset` of the stream."""

    data: bytes
    size: int
    start: int
    offset: int
    encoding: str | None


@dataclass(slots=True)
class Output:
    """What was read. `ordered`: it is known in which order the lines of the two streams came; else one follows the other."""

    ordered: bool = True
    problems: dict[str, str] = field(default_factory=dict)
    """Of each stream that cannot be shown, why."""
    left_out: dict[str, int] = field(default_factory=dict)
    """Bytes before the beginning of what was read, where it was not all."""
    _parts: dict[str, _Bytes] = field(default_factory=dict)
    _index: Index | None = None
    _only_at: int | None = None

    @property
    def streams(self) -> tuple[str, ...]:
        """Those of which there is something."""
        return tuple(self._parts)

    def lines(self) -> Iterator[Line]:
        """All of them; those of which no order is known come last."""
        ranks = {stream: _Ranks(self._index, stream, self._only_at) for stream in self._parts}
        each = (_ranked(part, stream, ranks[stream], self._index) for stream, part in self._parts.items())
        return (line for _, _, line in heapq.merge(*each, key=lambda item: item[:2]))

    def text(self, stream: str) -> str:
        """All that was read of one stream."""
        part = self._parts.get(stream)
        return "" if part is None else decode(part.data, part.encoding)


def read_output(
    folder: Path, streams: Sequence[str] = STREAMS, *, tail: int | None = None, times: bool = False
) -> Output:
    """What the attempt with that folder wrote: all that is kept, or the last `tail` bytes of each stream. `times`: take more
    trouble to know them."""
    output = Output()
    sizes = {}
    for stream in streams:
        path = folder / f"{stream}.log"
        try:
            part = _read(path, tail)
        except FileNotFoundError:
            continue
        except OSError as error:
            output.problems[stream] = f"{path} {error.strerror}"
            continue
        if part.size:
            output._parts[stream], sizes[stream] = part, part.size
        if part.start:
            output.left_out[stream] = part.start
    if not sizes:
        return output
    if times or len(sizes) > 1:
        output._index = read_index(str(folder))
    if output._index is None:
        output.ordered = len(sizes) < 2
        output._only_at = _only_moment(folder) if times else None
        return output
    for stream, part in output._parts.items():
        total = output._index.total(stream)
        around = part.start and part.size == output._index.cap < total and not output._index.full
        newest = _newest(folder / f"{stream}.log", part, output._index, total) if around else part
        output._parts[stream] = _placed(newest, output._index, total)
    output.ordered = len(sizes) < 2 or output._index.covers(sizes)
    return output


def _read(path: Path, tail: int | None) -> _Bytes:
    with os.fdopen(open_regular(path), "rb") as file:
        size = file.seek(0, 2)
        if size > MOST and tail is None:
            raise OSError(0, f"has more than {MOST:,} bytes")
        start = 0 if tail is None else max(0, size - tail) & ~1
        file.seek(0)
        head = file.read(min(size, _SAMPLE)) if start else b""
        file.seek(start)
        data = file.read(size - start)
    sample = head or data[:_SAMPLE]
    mark = _CUT.search(sample)
    return _Bytes(data, size, start, start, wide_encoding(sample[: mark.start()] if mark else sample))


def _placed(part: _Bytes, index: Index, total: int) -> _Bytes:
    """The part with its place in the stream; a file that is written round and round just now is put in order."""
    if part.size > index.cap:
        return part if part.start <= index.head else _at(part, part.data, total - len(part.data) * (not index.full))
    if part.size < index.cap or total <= index.cap or part.start:
        return part
    ring = part.data[index.head :]
    oldest = (total - index.head) % len(ring)
    mark = b"\n[... %d bytes were cut here ...]\n" % (total - index.cap)
    return _at(part, part.data[: index.head] + mark + ring[oldest:] + ring[:oldest], 0)


def _newest(path: Path, part: _Bytes, index: Index, total: int) -> _Bytes:
    """The end of a stream whose file is written round and round just now: it is not the end of the file."""
    ring = index.cap - index.head
    length = min(len(part.data), ring - 1)
    end = (total - index.head) % ring
    around = max(0, length - end)
    data = b""
    with os.fdopen(open_regular(path), "rb") as file:
        for start, stop in ((ring - around, ring), (end - length + around, end)):
            file.seek(index.head + start)
            data += file.read(stop - start)
    return _Bytes(data, part.size, part.size - len(data), total - len(data), part.encoding)


def _at(part: _Bytes, data: bytes, offset: int) -> _Bytes:
    return _Bytes(data, part.size, part.start, offset, part.encoding)


def _only_moment(folder: Path) -> int | None:
    """When all of an output came that came at once, and is in no index therefore."""
    try:
        at = (read_start(str(folder)) or {}).get("exit", {}).get("output_at")
    except (OSError, AttributeError):
        return None
    return at if isinstance(at, int) and not isinstance(at, bool) else None


class _Ranks:
    """Where the bytes of one stream come among the chunks of both, and when."""

    def __init__(self, index: Index | None, stream: str, only_at: int | None) -> None:
        chunks = () if index is None else index.chunks
        own = [(place, chunk) for place, chunk in enumerate(chunks) if chunk.stream == stream]
        self._places = [place for place, _ in own]
        self._ends = [chunk.end for _, chunk in own]
        self._times = [_moment(chunk.at) for _, chunk in own]
        self._behind = len(chunks)
        self._only_at = None if only_at is None else _moment(only_at)

    def of(self, end: int) -> tuple[int, datetime | None]:
        """Of a line that was complete with that many bytes of the stream."""
        at = bisect_left(self._ends, end)
        if at == len(self._ends):
            return self._behind, self._only_at
        return self._places[at], self._times[at]


def _moment(microseconds: int) -> datetime | None:
    return _EPOCH + timedelta(microseconds=microseconds) if 0 <= microseconds < _LAST_YEAR else None


def _ranked(part: _Bytes, stream: str, ranks: _Ranks, index: Index | None) -> Iterator[tuple[int, int, Line]]:
    data, encoding = part.data, part.encoding
    newline = {"utf-16-le": b"\n\0", "utf-16-be": b"\0\n"}.get(encoding or "", b"\n")
    at, offset, cut = 0, part.offset, part.start > 0
    gap = cut
    number = STREAMS.index(stream)
    cut_at = _cut_place(part, index)
    while at < len(data):
        if encoding is not None and offset % 2:  # half a character
            at, offset = at + 1, offset + 1
        end = _next(data, newline, at)
        mark = None
        if cut_at is not None and at <= cut_at <= end:
            end, mark, cut_at = cut_at, _CUT.match(data, cut_at), None
        behind = end if mark else min(len(data), end + len(newline))
        text = decode(data[at:end], encoding, cut_before=cut, cut_after=mark is not None)
        offset += behind - at
        at, cut = behind, False
        place, moment = ranks.of(offset)
        yield place, number, Line(stream, text, moment, offset, gap)
        gap = False
        if mark is not None:
            offset += int(mark[1])
            yield place, number, Line(stream, mark[0].strip().decode(), None, offset)
            at, cut = mark.end(), True
        elif encoding is None and data[at : at + 1] == b"\0":
            at, offset = at + 1, offset + 1  # the other half of an UTF-16 line end in a text that is something else


def wide_output(path: Path) -> str | None:
    """The kind of UTF-16 that the file begins in; None for other text, and for what cannot be read."""
    try:
        with os.fdopen(open_regular(path), "rb") as file:
            return wide_encoding(file.read(_SAMPLE))
    except OSError:
        return None


def _next(data: bytes, newline: bytes, at: int) -> int:
    end = data.find(newline, at)
    while len(newline) > 1 and (end - at) % 2 and end >= 0:
        end = data.find(newline, end + 1)
    return len(data) if end < 0 else end


def _cut_place(part: _Bytes, index: Index | None) -> int | None:
    """Where in the bytes the mark stands that says what was cut, if it is where it must be."""
    if index is not None:
        place = index.head - part.start
        return place if place >= 0 and _CUT.match(part.data, place) else None
    found = _CUT.search(part.data)
    return found.start() if found else None
