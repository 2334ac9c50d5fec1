"""Query parameters: only those of the route, each once. A misspelt name is an error, not ignored."""

from __future__ import annotations

import difflib
from urllib.parse import parse_qsl, unquote

from .problems import Problem

__all__ = ["check_query"]

MOST_PARTS = 100


def check_query(query: bytes, known: frozenset[str]) -> None:
    """Problem 422 for an unknown or repeated parameter."""
    if not query:
        return
    text = query.decode("latin-1")
    if "\0" in unquote(text):
        raise Problem(422, "The address contains a NUL character; remove it.")
    try:
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=MOST_PARTS)
    except ValueError:
        raise Problem(422, f"The address has more than {MOST_PARTS} parameters; send fewer.") from None
    seen: set[str] = set()
    for name, _ in pairs:
        if name not in known:
            raise Problem(422, f"query.{name[:40]!a}: unknown parameter; {_advice(name, known)}")
        if name in seen:
            raise Problem(422, f"query.{name}: it is given more than once; send it once.")
        seen.add(name)


def _advice(name: str, known: frozenset[str]) -> str:
    if near := difflib.get_close_matches(name[:40], known, 1):
        return f"did you mean {near[0]!r}?"
    return f"known are: {', '.join(sorted(known))}." if known else "this address takes none."
