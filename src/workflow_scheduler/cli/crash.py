"""What a person sees of an error that nobody foresaw: a sentence. The traceback goes to `scheduler.log`."""

from __future__ import annotations

import tempfile
import traceback
from collections.abc import Sequence
from pathlib import Path

from workflow_scheduler.domain.errors import SchedulerError

__all__ = ["record_crash"]


def record_crash(error: Exception, arguments: Sequence[str] | None) -> str:
    """Append the traceback to the home's log, or to a file of its own, and say where it is."""
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
    return f"Something failed that should not ({type(error).__name__}: {error}); the details are in {path}."
