"""Hands secrets to a command, and keeps them out of its output. Keepers load this module for commands with secrets."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable
from typing import Any

from workflow_scheduler.system.crash_points import crash_point
from workflow_scheduler.system.regular_file import create_regular

from .masking import Mask, Secrets
from .start_file import STREAMS

__all__ = ["deliver", "withdraw"]


def deliver(order: dict[str, Any]) -> None:
    """Add the secrets of the order to its `env` and `stdin`, write their files, and add a mask for each stream. OSError
    if a file cannot be written."""
    values: dict[str, bytes] = {}
    for secret in order["secrets"]:
        name, value = secret["name"], secret["value"]
        values[name] = data = value.encode("utf-8", "surrogateescape")
        if secret["delivery"] == "file":
            order["env"][f"{name}_FILE"] = path = _path(order["folder"], name)
            with os.fdopen(create_regular(path), "wb") as file:
                file.write(data)
            crash_point("keeper.after_secret_file")
        elif secret["delivery"] == "stdin":
            order["stdin"] = data
        else:
            order["env"][name] = value
    secrets = Secrets(values)
    order["hidden"] = secrets
    order["masks"] = {stream: Mask(secrets) for stream in STREAMS}


def withdraw(folder: str, names: Iterable[str]) -> None:
    """Delete the files of these secrets in the attempt's folder. What cannot be deleted stays."""
    for name in names:
        with contextlib.suppress(OSError):
            os.unlink(_path(folder, name))


def _path(folder: str, name: str) -> str:
    return os.path.join(folder, f"{name}.secret")
