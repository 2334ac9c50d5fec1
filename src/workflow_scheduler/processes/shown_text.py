"""Text of processes that is safe to show: they choose their names and arguments. Keepers load this module."""

from __future__ import annotations

__all__ = ["shown"]

_LONGEST = 200


def shown(data: bytes) -> str:
    """As a text that is safe to show, cut."""
    text = data[: 4 * _LONGEST].decode("utf-8", "replace")
    text = "".join(character if character.isprintable() else "�" for character in text)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
