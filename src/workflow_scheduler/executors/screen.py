"""Renders terminal output in its final state: progress bars in their last state, with or without colours.

Other control sequences are escaped, so that output cannot affect the reader's terminal.
"""

from __future__ import annotations

import re

__all__ = ["Screen", "harmless"]

_PARTS = re.compile(r"\x1b\[([0-9;:]{0,40})([mKGD])|\x1b\[\?25[hl]|\r|\x08|[^\x1b\r\x08]+|\x1b")
_MOST_STYLE = 64
_RESET = "\x1b[0m"


def harmless(text: str) -> str:
    """The text with what cannot be printed spelled out, but for tabs."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() or char == "\t" else f"\\x{ord(char):02x}" for char in text)


class Screen:
    """Renders the lines of one stream, one after another: a colour lasts beyond its line.

    `colours`: they are for a terminal that shows colours, else there are none.
    """

    def __init__(self, *, colours: bool = False) -> None:
        self._colours = colours
        self._style = ""

    def line(self, raw: str) -> str:
        """What is to be seen of the line, which has no line end but carriage returns, when it is complete."""
        if raw.isprintable() and not self._style:
            return raw
        cells: list[str] = []
        styles: list[str] = []
        at = 0
        for part in _PARTS.finditer(raw.rstrip("\r")):
            text, arguments, kind = part[0], part[1], part[2]
            if text == "\r":
                at = 0
            elif text == "\x08":
                at = max(0, at - 1)
            elif kind == "m":
                self._colour(arguments)
            elif kind == "K" and arguments in ("", "0"):
                del cells[at:], styles[at:]
            elif kind == "K" and arguments == "2":
                cells, styles, at = [], [], 0
            elif kind in ("G", "D") and (arguments or "1").isdigit():
                number = max(1, int(arguments or 1))
                at = min(number - 1, len(cells)) if kind == "G" else max(0, at - number)
            elif not text.startswith("\x1b[?25"):  # which hides the cursor, and shows it
                shown = harmless(text)
                cells[at : at + len(shown)] = shown
                styles[at : at + len(shown)] = [self._style] * len(shown)
                at += len(shown)
        return self._painted(cells, styles) if self._colours else "".join(cells)

    def _colour(self, arguments: str) -> None:
        numbers = arguments.replace(":", ";").split(";")
        if numbers[0].strip("0") == "":
            self._style = ""
        # What hides text is no colour.
        if self._colours and arguments.strip("0;") and "8" not in numbers[:1]:
            longer = f"{self._style}\x1b[{arguments}m"
            self._style = longer if len(longer) <= _MOST_STYLE else f"\x1b[{arguments}m"

    @staticmethod
    def _painted(cells: list[str], styles: list[str]) -> str:
        pieces: list[str] = []
        before = ""
        for cell, style in zip(cells, styles, strict=True):
            if style != before:
                pieces.append(_RESET * bool(before) + style)
                before = style
            pieces.append(cell)
        return "".join(pieces) + _RESET * bool(before)
