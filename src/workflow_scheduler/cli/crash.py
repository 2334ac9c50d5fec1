"""Reports an unexpected error in one sentence; the traceback goes to `scheduler.log`."""

from __future__ import annotations

import tempfile
import traceback
from collections.abc import Sequence
from pathlib import Path

from workflow_scheduler.domain.errors import SchedulerError

__all__ = ["record_crash"]


def record_crash(error: Exception, arguments: Sequence[str] | None) -> str:
    """Append the traceback to the home's log, or to a separate file, and return its path in a sentence."""
    from workflow_scheduler.bootstrap import App
    from workflow_scheduler.log_file import LOG_NAME
    from workflow_scheduler.settings import find_home

    text = "".join(traceback.format_exception(error))
    line = f"{App.now().isoformat(' ', 'milliseconds')} EXCEPTION {' '.join(arguments or ())}\n{text}"
    try:
        path = find_home(None) / LOG_NAME
        with path.open("a", encoding="utf-8", errors="backslashreplace") as file:
            file.write(line)
    except (OSError, SchedulerError):
        with tempfile.NamedTemporaryFile(
            "w", suffix=".log", delete=False, encoding="utf-8", errors="backslashreplace"
        ) as file:
            file.write(line)
            path = Path(file.name)
    return f"Unexpected error ({type(error).__name__}: {error}). The details are in {path}."
