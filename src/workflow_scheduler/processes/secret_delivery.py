"""Hands secrets to a command, and keeps them out of its output. Keepers load this module for commands with secrets."""

from __future__ import annotations

import contextlib
import os
from typing import Any

from workflow_scheduler.system.crash_points import crash_point
from workflow_scheduler.system.regular_file import create_regular

from .masking import Mask
from .start_file import STREAMS, make_folder

__all__ = ["deliver", "withdraw"]

_FOLDER = "secrets"


def deliver(order: dict[str, Any]) -> None:
    """Add the secrets of the order to its `env` and `stdin`, write their files, and add a mask for each stream. OSError
    if a file cannot be written."""
    values: dict[str, bytes] = {}
    for secret in order["secrets"]:
        name, value = secret["name"], secret["value"]
        values[name] = data = value.encode("utf-8", "surrogateescape")
        if secret["delivery"] == "file":
            order["env"][f"{name}_FILE"] = _written(os.path.join(order["folder"], _FOLDER), name, data)
            crash_point("keeper.after_secret_file")
        elif secret["delivery"] == "stdin":
            order["stdin"] = data
        else:
            order["env"][name] = value
    order["masks"] = {stream: Mask(values) for stream in STREAMS}


def _written(folder: str, name: str, data: bytes) -> str:
    path = os.path.join(folder, name)
    make_folder(folder)
    with os.fdopen(create_regular(path), "wb") as file:
        file.write(data)
    return path


def withdraw(folder: str) -> None:
    """Delete the files of the attempt in that folder. What cannot be deleted stays."""
    inside = os.path.join(folder, _FOLDER)
    with contextlib.suppress(OSError):
        if os.path.islink(inside):  # put there by a command
            return
        for name in os.listdir(inside):
            with contextlib.suppress(OSError):
                os.unlink(os.path.join(inside, name))
        os.rmdir(inside)
