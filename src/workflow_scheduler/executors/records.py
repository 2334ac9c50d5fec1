"""The records of attempts on this machine: shared with another home, or barred."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from workflow_scheduler.domain.run import AttemptKey
from workflow_scheduler.processes.attempt_status import bar

from .exits import BARRED
from .folders import attempt_folder, share_folder

__all__ = ["LocalRecords"]


class LocalRecords:
    """The attempt folders of one home."""

    def __init__(self, home: Path) -> None:
        self._home = home

    def reach(self, key: AttemptKey, home: str, place: Mapping[str, Any]) -> None:
        share_folder(self._home, Path(home), key, place)

    def bar(self, key: AttemptKey) -> None:
        bar(attempt_folder(self._home, key), BARRED)
