"""Text that people write with an editor or a shell of any system."""

from __future__ import annotations

import codecs

__all__ = ["text_of"]

_BOMS = {codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}


def text_of(data: bytes) -> str:
    """The text of UTF-8 data, or of the encoding in its byte order mark: Windows PowerShell 5.1 writes UTF-16.
    ValueError names the encoding found instead."""
    mark = next((mark for mark in _BOMS if data.startswith(mark)), b"")
    encoding = _BOMS.get(mark, "utf-8")
    if not mark and b"\0" in data:
        raise ValueError("it contains NUL bytes, like UTF-16 without a byte order mark; save it as UTF-8")
    try:
        return data[len(mark) :].decode(encoding)
    except UnicodeDecodeError as error:
        line = data[: len(mark) + error.start].count(b"\n") + 1
        name = encoding.upper().removesuffix("-LE").removesuffix("-BE")
        raise ValueError(f"line {line} is not {name}; save it as UTF-8") from None
