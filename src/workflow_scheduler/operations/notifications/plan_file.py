"""Channels and rules of a home: `notify.yaml` in its folder, read again when it has changed, and what `.env` adds."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from workflow_scheduler.domain.channels import Channel
from workflow_scheduler.domain.errors import InvalidInput
from workflow_scheduler.domain.notify_plan import NotifyPlan
from workflow_scheduler.system.regular_file import read_regular
from workflow_scheduler.system.text_encoding import text_of

__all__ = ["NOTIFY_FILE", "PlanFile", "variables_named"]

NOTIFY_FILE = "notify.yaml"
_MOST_BYTES = 1_000_000
_VARIABLE = re.compile(r"\benv:\s*([A-Za-z_][A-Za-z0-9_]*)", re.ASCII)
_log = logging.getLogger(__name__)


class PlanFile:
    """The same object again as long as nothing changes. `extra`: the channels of `.env`."""

    def __init__(self, home: Path, extra: Mapping[str, Channel]) -> None:
        self._path = home / NOTIFY_FILE
        self._extra = extra
        self._mark: tuple[int, ...] | None = None
        self._good = NotifyPlan()
        self._plan = self._good.with_channels(extra)

    def __call__(self) -> NotifyPlan:
        """What they say now. While the file has mistakes, what it said before, with its `problem`."""
        mark = self._look()
        if mark != self._mark:
            self._mark = mark
            try:
                self._good = NotifyPlan() if mark is None else _read(self._path)
                self._plan = self._good.with_channels(self._extra)
            except InvalidInput as error:
                self._plan = replace(self._good.with_channels(self._extra), problem=str(error))
                _log.error("Messages go by the rules that were read before: %s", str(error).splitlines()[0])
        return self._plan

    def _look(self) -> tuple[int, ...] | None:
        try:
            status = self._path.stat()
        except FileNotFoundError:
            return None
        except OSError:
            return (0,)  # it is there, and reading it says why it cannot be used
        return status.st_mtime_ns, status.st_size, status.st_ino


def variables_named(home: Path) -> frozenset[str]:
    """The variables of the scheduler's environment that channels name as secrets, even where the file has mistakes."""
    try:
        return frozenset(_VARIABLE.findall(_text(home / NOTIFY_FILE)))
    except (OSError, ValueError):
        return frozenset()


def _text(path: Path) -> str:
    return text_of(read_regular(path, _MOST_BYTES, follow=True))


def _read(path: Path) -> NotifyPlan:
    try:
        text = _text(path)
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise InvalidInput(f"{path} cannot be read ({why}); correct it or its permissions.") from None
    from workflow_scheduler.definitions.notify import load_notify  # noqa: PLC0415  most homes have no such file

    return load_notify(text, str(path))
