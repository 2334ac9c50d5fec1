"""The Windows event log: the scheduler's start and stop, failed runs and late fires. Does nothing elsewhere.

`service install` registers the source; before that, nothing is written. The numbers never change: monitoring relies on
them.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from workflow_scheduler.domain.events import Event
from workflow_scheduler.domain.quick_dataclass import dataclass
from workflow_scheduler.domain.schedule import CAUGHT_UP

__all__ = ["SOURCE", "Notice", "message_notice", "notices", "open_event_log", "started", "stopped"]

SOURCE = "Workflow Scheduler"
_ERROR, _WARNING, _INFORMATION = 1, 2, 4
"""As ReportEvent takes them."""
_LONGEST = 4000
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Notice:
    """`number` is the event's ID."""

    number: int
    level: int
    text: str


def started(home: Path, pid: int) -> Notice:
    return Notice(100, _INFORMATION, f"The scheduler of {home} started (pid {pid}).")


def stopped(home: Path, pid: int) -> Notice:
    return Notice(101, _INFORMATION, f"The scheduler of {home} stopped (pid {pid}).")


def message_notice(severity: str, text: str) -> Notice:
    """A message of a channel: "error", "warning" or "ok"."""
    number, level = {"error": (110, _ERROR), "warning": (111, _WARNING)}.get(severity, (112, _INFORMATION))
    return Notice(number, level, text)


def notices(home: Path, events: Iterable[Event]) -> Iterator[Notice]:
    """The entries for those of these events that belong into the event log."""
    for event in events:
        where = f"workflow {event.workflow_id}, run {event.run_id}, home {home}"
        if event.kind in ("run.failed", "run.unknown"):
            outcome = "failed" if event.kind == "run.failed" else "ended with an unknown result"
            yield Notice(102, _ERROR, f"A run {outcome} ({where}): {event.reason}")
        elif event.kind == "run.running" and event.schedule_id and event.reason.startswith(CAUGHT_UP):
            yield Notice(
                103, _WARNING, f"A fire of the schedule {event.schedule_id} was late ({where}): {event.reason}"
            )


if sys.platform == "win32":
    import contextlib
    import winreg

    __all__ += ["register_source", "remove_source"]

    _KEY = f"SYSTEM\\CurrentControlSet\\Services\\EventLog\\Application\\{SOURCE}"
    _MESSAGES = "%SystemRoot%\\System32\\EventCreate.exe"
    """Windows' own file of messages for the IDs 1 to 1000, each the text itself: none of ours has to be held open."""

    def register_source() -> None:
        """OSError unless an administrator does it."""
        with winreg.CreateKey(winreg.HKEY_LOCAL_MACHINE, _KEY) as key:
            winreg.SetValueEx(key, "EventMessageFile", 0, winreg.REG_EXPAND_SZ, _MESSAGES)
            winreg.SetValueEx(key, "TypesSupported", 0, winreg.REG_DWORD, _ERROR | _WARNING | _INFORMATION)
            winreg.SetValueEx(key, "CustomSource", 0, winreg.REG_DWORD, 1)

    def remove_source() -> None:
        with contextlib.suppress(OSError):
            winreg.DeleteKey(winreg.HKEY_LOCAL_MACHINE, _KEY)

    def open_event_log() -> Callable[[Notice], None]:
        """What writes a notice. Nothing is written without a registered source, and no failure is in anybody's way."""
        try:
            winreg.CloseKey(winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, _KEY))
        except OSError:
            return lambda notice: None
        import win32evtlog  # noqa: PLC0415  only where something is to be written

        source = win32evtlog.RegisterEventSource(None, SOURCE)

        def tell(notice: Notice) -> None:
            # %1 would be filled in by who shows it. Source: Microsoft, ReportEventW, lpStrings.
            text = re.sub(r"%(?=\d)", "% ", notice.text)[:_LONGEST]
            try:
                win32evtlog.ReportEvent(source, notice.level, 0, notice.number, None, [text], None)
            except win32evtlog.error as error:
                _log.warning("Windows' event log rejected entry %d: %s", notice.number, error.strerror)

        return tell
else:

    def open_event_log() -> Callable[[Notice], None]:
        return lambda notice: None
