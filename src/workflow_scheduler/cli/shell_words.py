"""Commands as text to paste into this system's shell.

Sources: Microsoft, "about_Quoting_Rules" and "about_Parsing" of PowerShell; `cmd /?` (its special characters).
"""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Sequence

__all__ = ["pasteable", "pasteable_line"]

_PLAIN = re.compile(r"(?!-[^-]*[.:])[A-Za-z0-9_./\\:=+-]+")
"""Plain text to every shell of Windows. PowerShell splits `-a.b` at the dot."""
_ACTED_ON_BY_CMD = re.compile(r'[()%!^"<>&|]')
_ACTED_ON_BY_POWERSHELL = re.compile("[$`\u201c\u201d\u201e]")
"""Special in PowerShell even within double quotes; it treats typographic quotes as quotes."""


def pasteable(words: Sequence[str], windows: bool = sys.platform == "win32") -> list[str]:
    """Equivalent lines to choose from: one for each of cmd and PowerShell where they cannot share one."""
    if not windows:
        return [shlex.join(words)]
    if not any(_ACTED_ON_BY_POWERSHELL.search(word) or '"' in word or "%" in word for word in words):
        return [" ".join(map(_in_double_quotes, words))]
    lines = [f"{' '.join(map(_for_cmd, words))}   (cmd)"]
    if not any('"' in word for word in words):  # Windows PowerShell 5.1 and 7.3 pass quotes to programs differently
        lines.append(f"{' '.join(map(_for_powershell, words))}   (PowerShell)")
    return lines


def pasteable_line(words: Sequence[str]) -> str:
    """The first of these lines, for the middle of a sentence."""
    return pasteable(words)[0]


def _in_double_quotes(word: str) -> str:
    if _PLAIN.fullmatch(word):
        return word
    ends = len(word) - len(word.rstrip("\\"))
    return f'"{word}{chr(92) * ends}"'  # otherwise a program reads the last backslash and the quote as an escaped quote


def _for_cmd(word: str) -> str:
    if not re.search(r'["%]', word):
        return _in_double_quotes(word)
    # Escape quotes too: then cmd sees no quoted text, and every caret counts.
    quoted = subprocess.list2cmdline([word])
    return _ACTED_ON_BY_CMD.sub(r"^\g<0>", quoted)


def _for_powershell(word: str) -> str:
    return word if _PLAIN.fullmatch(word) else "'" + re.sub("(['\u2018\u2019\u201a\u201b])", r"\1\1", word) + "'"
