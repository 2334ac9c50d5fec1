"""Makes SIGTERM and the loss of the terminal act like Ctrl-C in commands that wait."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from collections.abc import Callable, Iterator
from types import FrameType

__all__ = ["Interrupted", "fall_silent", "interruptible"]


class Interrupted(KeyboardInterrupt):
    """A signal other than Ctrl-C asked this command to end."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number

    @property
    def exit_code(self) -> int:
        """As shells report it."""
        return 128 + self.number


@contextlib.contextmanager
def interruptible(stays: Callable[[], None] | None = None) -> Iterator[None]:
    """While the block lasts, SIGTERM and SIGHUP raise `Interrupted`.

    `stays`: called instead when the terminal is closed, for work that continues without it.
    """
    had_terminal = _terminals()

    def interrupt(number: int, _: FrameType | None) -> None:
        if stays is not None and had_terminal and not _terminals():
            stays()
        else:
            raise Interrupted(number)

    before = {}
    for name in ("SIGTERM", "SIGHUP", "SIGBREAK"):
        number = getattr(signal, name, None)
        # nohup ignores SIGHUP; keep it so.
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
            before[number] = signal.signal(number, interrupt)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _terminals() -> bool:
    """Whether one of the standard streams is a terminal; none is after it was closed."""
    return any(_is_terminal(descriptor) for descriptor in (0, 1, 2))


def _is_terminal(descriptor: int) -> bool:
    try:
        return os.isatty(descriptor)
    except OSError:
        return False


def fall_silent() -> None:
    """No reader is left: discard further output without an error."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        with contextlib.suppress(OSError):
            os.dup2(nowhere, descriptor)
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
