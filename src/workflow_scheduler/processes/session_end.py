"""Receives the operating system's notice that the console, the session or the machine is ending.

Windows gives the process seconds, and waits as long as it does not answer: the answer is held back until the scheduler
has ended cleanly. Sources: Microsoft, HandlerRoutine callback function; WM_QUERYENDSESSION and WM_ENDSESSION.
"""

from __future__ import annotations

import contextlib
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator

__all__ = ["SessionEnd", "machine_stops", "told_of_the_end"]

CLOSE, LOGOFF, SHUTDOWN = 2, 5, 6
"""What a console's handler is called with, beside Ctrl-C and Ctrl-Break."""
QUERY_END, END = 0x11, 0x16
"""The messages that each window gets when the session ends."""
SIGNS_OUT = 0x80000000
ASKED_PATIENCE = 2.0
WHY = "Running scripts are being stopped."
_log = logging.getLogger(__name__)


def machine_stops() -> bool:
    """Whether systemd, which runs this process, is shutting the machine down; SIGTERM then means more than a stop."""
    if "INVOCATION_ID" not in os.environ:
        return False
    try:
        command = ["systemctl", "is-system-running"]
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=ASKED_PATIENCE, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.stdout.strip() == b"stopping"


class SessionEnd:
    """`end` is called with how the scheduler must stop: "leave", "signout" or "shutdown". `over` is set when it has."""

    def __init__(self, end: Callable[[str], None]) -> None:
        self._end = end
        self.over = threading.Event()

    def on_console(self, event: int) -> bool:
        """The console's handler; returns whether the event is handled. When it returns, Windows ends the process."""
        # A service is told of each user who signs out; whose session this is, is told by a message.
        how = {CLOSE: "leave", SHUTDOWN: "shutdown"}.get(event)
        if how is not None:
            self._end(how)
            self.over.wait()
        return how is not None or event == LOGOFF

    def on_message(self, window: int, message: int, ends: int, why: int) -> int:
        """The window's procedure. When it returns for `END`, Windows may end the process at any time."""
        if message == QUERY_END:
            _block(window, True)
        elif ends:
            self._end("signout" if why & SIGNS_OUT else "shutdown")
            self.over.wait()
        else:  # the shutdown was cancelled
            _block(window, False)
        return 1


@contextlib.contextmanager
def told_of_the_end(end: Callable[[str], None]) -> Iterator[None]:
    """Within the `with` block, `end` is called if Windows closes the console or ends the session, which then waits
    until `over` is set."""
    told = SessionEnd(end)
    try:
        if sys.platform == "win32":
            _listen(told)
        yield
    finally:
        told.over.set()


if sys.platform == "win32":
    import ctypes

    import pywintypes
    import win32api
    import win32gui

    def _block(window: int, blocks: bool) -> None:
        """Say why this process holds up the end, which Windows shows to the user."""
        user = ctypes.WinDLL("user32")
        if blocks:
            user.ShutdownBlockReasonCreate(ctypes.c_void_p(window), ctypes.c_wchar_p(WHY))
        else:
            user.ShutdownBlockReasonDestroy(ctypes.c_void_p(window))

    def _listen(told: SessionEnd) -> None:
        win32api.SetConsoleCtrlHandler(told.on_console, True)
        # Who has no console is told by a message to its windows, visible or not.
        threading.Thread(target=_window, args=(told,), name="session end", daemon=True).start()

    def _window(told: SessionEnd) -> None:
        kind = win32gui.WNDCLASS()
        kind.lpszClassName = f"WorkflowScheduler{os.getpid()}"
        kind.lpfnWndProc = dict.fromkeys((QUERY_END, END), told.on_message)
        try:
            win32gui.CreateWindow(win32gui.RegisterClass(kind), "Workflow Scheduler", 0, 0, 0, 0, 0, 0, 0, 0, None)
        except pywintypes.error as error:  # a service without a desktop; its manager tells it
            _log.debug("No window can report the end of the session: %s", error)
            return
        win32gui.PumpMessages()

else:

    def _block(window: int, blocks: bool) -> None:
        """No process waits there."""
