"""Lines of output without what differs each time: times, numbers, identifiers and folders. Then they can be compared."""

from __future__ import annotations

import re
from collections.abc import Sequence

__all__ = ["first_difference", "normalised"]

LONGEST = 1000
"""Characters of a line that are compared."""
_PARTS = (
    ("TIME", r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?)?(?:Z|[+-]\d\d:?\d\d)?"),
    ("TIME", r"\d{1,2}[/.]\d{1,2}[/.]\d{2,4}"),
    ("TIME", r"\d{1,2}:\d\d(?::\d\d(?:[.,]\d{1,9})?)?(?:\s?[AP]M)?"),
    ("ID", r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"),
    ("ID", r"\d{8}-\d{6}-[0-9a-z]{8}"),
    ("HEX", r"0[xX][0-9a-fA-F]+"),
    ("HEX", r"(?=[a-fA-F]{0,63}\d)(?=\d{0,63}[a-fA-F])[0-9a-fA-F]{8,64}(?![0-9A-Za-z])"),
    ("PATH", r"(?:[A-Za-z]:\\|\\\\|(?<![\w.])\.{0,2}/)(?:[^\s\\/:*?\"'<>|,;()\[\]]{1,255}[\\/]){0,40}"),
    ("N", r"\d+(?:[.,]\d+){0,5}"),
)
_VARIABLE = re.compile("|".join(f"(?P<p{at}>{pattern})" for at, (_, pattern) in enumerate(_PARTS)))
_NAMES = {f"p{at}": name for at, (name, _) in enumerate(_PARTS)}


def normalised(line: str) -> str:
    """The line with placeholders for what differs each time. Of a path, the file's name stays."""
    shown = _VARIABLE.sub(lambda found: _NAMES[found.lastgroup or ""], line[:LONGEST])
    return " ".join(shown.split())


def first_difference(lines: Sequence[str], others: Sequence[str]) -> int | None:
    """The position of the first line that says something else, or that only one has; None if there is none."""
    for at, (line, other) in enumerate(zip(lines, others, strict=False)):
        if line != other and normalised(line) != normalised(other):
            return at
    return None if len(lines) == len(others) else min(len(lines), len(others))
