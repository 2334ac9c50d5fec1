"""Animated PNG: pictures of one size, each shown for its time, over and over. https://www.w3.org/TR/png-3/#apng-frame-based-animation"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

__all__ = ["animated", "chunks"]

_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def chunks(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The parts of a PNG: kind and content."""
    at = len(_SIGNATURE)
    while at < len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        yield png[at + 4 : at + 8], png[at + 8 : at + 8 + length]
        at += length + 12


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def animated(frames: list[tuple[bytes, float]]) -> bytes:
    """`frames`: PNGs of the same size and colour type, and for how many seconds each is shown."""
    heads = {dict(chunks(png))[b"IHDR"] for png, _ in frames}
    if len(heads) != 1:
        raise ValueError("the pictures are not of one size and colour type")
    (head,) = heads
    width, height = struct.unpack(">II", head[:8])
    made = [_SIGNATURE, _chunk(b"IHDR", head), _chunk(b"acTL", struct.pack(">II", len(frames), 0))]
    number = 0
    for at, (png, seconds) in enumerate(frames):
        shown = (number, width, height, 0, 0, round(seconds * 100), 100, 0, 0)
        made.append(_chunk(b"fcTL", struct.pack(">IIIIIHHBB", *shown)))
        number += 1
        # One stream again, as small as it gets.
        pixels = zlib.compress(zlib.decompress(b"".join(part for kind, part in chunks(png) if kind == b"IDAT")), 9)
        if at == 0:
            made.append(_chunk(b"IDAT", pixels))
            continue
        made.append(_chunk(b"fdAT", struct.pack(">I", number) + pixels))
        number += 1
    return b"".join([*made, _chunk(b"IEND", b"")])
