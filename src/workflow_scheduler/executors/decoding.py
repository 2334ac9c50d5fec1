"""Decodes the output of commands."""

from __future__ import annotations

import locale
import re
import sys

__all__ = ["decode", "wide_encoding"]

# Batch files and the tools of Windows write in the console's code page, which is not the one of its windows.
_CODE_PAGE = "oem" if sys.platform == "win32" else locale.getpreferredencoding(False)
_BOMS = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}
_SAMPLE = 4096
_WIDE_SHARE = 0.8
"""Of each second byte, this much is NUL in UTF-16 of a western language; elsewhere next to none is."""
_WIDE_STRETCH = re.compile(rb"(?:\xff\xfe)?(?:[\t\n\r\x1b -\x7e\xa0-\xff]\0){4,}")
_CUT_BEFORE = re.compile(rb"^[\x80-\xbf]{1,3}")
_CUT_AFTER = re.compile(rb"(?:[\xc2-\xdf]|[\xe0-\xef][\x80-\xbf]?|[\xf0-\xf4][\x80-\xbf]{0,2})$")


def wide_encoding(head: bytes) -> str | None:
    """The kind of UTF-16 that an output which begins so is in, by its byte order mark or by where its NULs are."""
    if (named := _BOMS.get(head[:2])) is not None:
        return named
    sample = head[:_SAMPLE]
    pairs = len(sample) // 2
    if pairs < 2:
        return None
    even, odd = sample[0 : 2 * pairs : 2].count(0) / pairs, sample[1 : 2 * pairs : 2].count(0) / pairs
    if odd >= _WIDE_SHARE and even <= odd / 10:
        return "utf-16-le"
    return "utf-16-be" if even >= _WIDE_SHARE and odd <= even / 10 else None


def decode(raw: bytes, encoding: str | None = None, *, cut_before: bool = False, cut_after: bool = False) -> str:
    """UTF-16 if `encoding` says so or it looks so, else UTF-8, else the console's code page, line by line; nothing is lost
    but what none of them knows.

    `cut_before`, `cut_after`: it is a part, and the rest of a character that was cut is left out.
    """
    encoding = encoding or (None if cut_before else wide_encoding(raw))
    if encoding is not None:
        return raw[: len(raw) & ~1].decode(encoding, "replace").removeprefix("\ufeff")
    raw = _CUT_BEFORE.sub(b"", raw) if cut_before else raw
    raw = _CUT_AFTER.sub(b"", raw) if cut_after else raw
    if b"\0" in raw:
        # One tool of several that wrote into the same output.
        raw = _WIDE_STRETCH.sub(lambda match: match[0].decode("utf-16-le").lstrip("\ufeff").encode(), raw)
    try:
        return raw.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError:
        return "".join(map(_line, raw.splitlines(keepends=True)))


def _line(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode(_CODE_PAGE, "replace")
