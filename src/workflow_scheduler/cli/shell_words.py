"""Commands as text that can be pasted into the shell of this system.

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
"""No shell of Windows reads more than text in it. PowerShell parts `-a.b` at the dot."""
_ACTED_ON_BY_CMD = re.compile(r'[()%!^"<>&|]')
_ACTED_ON_BY_POWERSHELL = re.compile("[$`\u201c\u201d\u201e]")
"""Also in double quotes; to it typographic quotes are quotes."""


def pasteable(words: Sequence[str], windows: bool = sys.platform == "win32") -> list[str]:
    """The lines that do the same, of which a person takes one: where cmd and PowerShell cannot share one, each is named."""
    if not windows:
        return [shlex.join(words)]
    if not any(_ACTED_ON_BY_POWERSHELL.search(word) or '"' in word or "%" in word for word in words):
        return [" ".join(map(_in_double_quotes, words))]
    lines = [f"{' '.join(map(_for_cmd, words))}   (cmd)"]
    if not any('"' in word for word in words):  # Windows PowerShell 5.1 and 7.3 give programs quotes in different ways
        lines.append(f"{' '.join(map(_for_powershell, words))}   (PowerShell)")
    return lines


def pasteable_line(words: Sequence[str]) -> str:
    """The first of these lines, for the middle of a sentence."""
    return pasteable(words)[0]


def _in_double_quotes(word: str) -> str:
    if _PLAIN.fullmatch(word):
        return word
    ends = len(word) - len(word.rstrip("\\"))
    return f'"{word}{chr(92) * ends}"'  # else a program reads the last backslash with the quote as a quote


def _for_cmd(word: str) -> str:
    if not re.search(r'["%]', word):
        return _in_double_quotes(word)
    # A circumflex before each quote, too: then nothing is in quotes to cmd, and each circumflex counts.
    quoted = subprocess.list2cmdline([word])
    return _ACTED_ON_BY_CMD.sub(r"^\g<0>", quoted)


def _for_powershell(word: str) -> str:
    return word if _PLAIN.fullmatch(word) else "'" + re.sub("(['\u2018\u2019\u201a\u201b])", r"\1\1", word) + "'"
