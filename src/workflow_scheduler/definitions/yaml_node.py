"""What the two readers of YAML have in common."""

from __future__ import annotations

from typing import Any, Protocol

__all__ = ["MAX_DEPTH", "TOO_DEEP", "Node", "Unreadable"]

MAX_DEPTH = 50
TOO_DEEP = f"nested more than {MAX_DEPTH} levels deep; use fewer levels"


class Node(Protocol):
    """A part of a document. `id`: scalar, sequence or mapping; `style`: None or empty for a scalar without quotes."""

    id: str
    tag: Any
    value: Any
    style: Any
    start_mark: Any


class Unreadable(Exception):
    """What is wrong, in words, and where; lines and columns begin with 1."""

    def __init__(self, words: str, line: int = 1, column: int = 1) -> None:
        super().__init__(words)
        self.line = line
        self.column = column
