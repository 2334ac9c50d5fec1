"""SIGTERM and the end of the terminal, for commands that wait: they act like Ctrl-C."""

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

    `stays`: what to do instead when it is the terminal that went away, for work that is to go on without anybody to watch.
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
        # Under nohup SIGHUP is ignored, and stays so.
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
            before[number] = signal.signal(number, interrupt)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _terminals() -> bool:
    """Whether one of the standard streams is a terminal; none is when it went away."""
    return any(_is_terminal(descriptor) for descriptor in (0, 1, 2))


def _is_terminal(descriptor: int) -> bool:
    try:
        return os.isatty(descriptor)
    except OSError:
        return False


def fall_silent() -> None:
    """Nobody reads any more: what is still said goes nowhere, and is no error."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        with contextlib.suppress(OSError):
            os.dup2(nowhere, descriptor)
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
