"""Small files of JSON in the home. Scripts can reach them, so that anything may stand in one."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .regular_file import read_regular, write_text

__all__ = ["read_json", "write_json"]

_MOST = 10_000


def read_json(path: Path) -> dict[str, Any]:
    """The object in the file; empty if there is none, or nothing that can be read."""
    try:
        found = json.loads(read_regular(path, _MOST))
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def write_json(path: Path, value: Mapping[str, Any]) -> None:
    """Replace the file: readers see the old object or the new one. OSError."""
    part = path.with_name(f".{path.name}.{os.getpid()}.{os.urandom(4).hex()}")
    try:
        write_text(os.fspath(part), json.dumps(value))
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
