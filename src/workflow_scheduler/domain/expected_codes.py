"""The exit codes that mean success, as people write them: `0`, `0 3`, `0-7`, `-1`."""

from __future__ import annotations

import re
from collections.abc import Collection

from .errors import InvalidInput

__all__ = ["CODE", "CODES_PATTERN", "HIGHEST", "LOWEST", "MOST_CODES", "expected_codes", "expected_words"]

LOWEST, HIGHEST = -(2**31), 2**32 - 1
"""The range of exit codes; Windows has unsigned codes."""
MOST_CODES = 1000
_NUMBER = "(?:0|[1-9][0-9]{0,9})"
CODE = rf"-?{_NUMBER}|{_NUMBER}-{_NUMBER}"
CODES_PATTERN = rf"^[\s,]*(?:{CODE})(?:[\s,]+(?:{CODE}))*[\s,]*$"
"""The most characters of a text with exit codes."""
_SINGLE = re.compile(rf"-?{_NUMBER}")
_RANGE = re.compile(rf"({_NUMBER})-({_NUMBER})")
_SHORTEST_RANGE = 3


def expected_codes(text: str) -> list[int]:
    """The codes that a text names, separated by spaces or commas. InvalidInput says which part cannot be read."""
    codes: list[int] = []
    for part in re.split(r"[\s,]+", text):
        if part:
            codes += _part(part)
        if len(codes) > MOST_CODES:
            raise InvalidInput(
                f"{text[:40]!r} lists more than {MOST_CODES:,} exit codes; list only those that mean success."
            )
    return codes


def _part(part: str) -> range:
    first = last = None
    if _SINGLE.fullmatch(part):
        first = last = int(part)
    elif match := _RANGE.fullmatch(part):
        first, last = int(match[1]), int(match[2])
    if first is None or last is None:
        raise InvalidInput(
            f"{part[:40]!r} is not an exit code; write a whole number such as 0 or -1, or a range such as 0-7."
        )
    if first > last:
        raise InvalidInput(f"The range {part} runs backwards; write {last}-{first}.")
    if first < LOWEST or last > HIGHEST:
        raise InvalidInput(f"{part} is not a possible exit code; write numbers from {LOWEST} to {HIGHEST}.")
    return range(first, last + 1)


def expected_words(codes: Collection[int], separator: str = " ") -> str:
    """The shortest text that `expected_codes` reads as the same codes: `0-7 16`."""
    words: list[str] = []
    run: list[int] = []
    for code in [*codes, None]:
        if run and code is not None and run[0] >= 0 and code == run[-1] + 1:
            run.append(code)
            continue
        words += [f"{run[0]}-{run[-1]}"] if len(run) >= _SHORTEST_RANGE else map(str, run)
        run = [] if code is None else [code]
    return separator.join(words)
