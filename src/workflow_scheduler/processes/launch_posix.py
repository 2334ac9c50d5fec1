"""Starts one command on a POSIX system, keeps its output, stops it on request, and reports its end."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import select
import signal
import sys
import time
from collections.abc import Callable
from typing import Any

from .activity import Activity
from .capped import CappedFile
from .ending import asked_to_end, exit_record
from .first_line import first_line_trouble
from .keeper_protocol import SOON, Channel, NotNow
from .kept_stream import KeptStream
from .lease import Lease
from .oom_kills import new_oom_kills
from .output_index import OutputIndex
from .priority import give_way, starting_at
from .standard_input import open_input
from .start_file import STREAMS
from .tree import children_of, kill_descendants, reap

__all__ = ["Child", "prepare", "wait_for_order"]

if sys.platform == "win32":  # for mypy, which reads no further there
    raise ImportError("launch_windows does this here")

_BLOCK = 65536
_LOOK_FOR_STOP = 0.25
_PR_SET_CHILD_SUBREAPER = 36
# A command would inherit that these are ignored: the first two by Python itself.
_IGNORED = (signal.SIGPIPE, signal.SIGXFSZ, signal.SIGINT, signal.SIGHUP, signal.SIGTERM)
_NOT_RUN = (126, 127)
"""With which env and shells end that could not run a program."""
_NOT_NOW = {errno.EAGAIN, errno.ENOMEM, errno.EMFILE, errno.ENFILE}
_REASONS = {
    errno.ENOENT: "the command was not found: {0}; give its full path, or add its folder to PATH",
    errno.EACCES: "the command is not executable: {0}; make it executable (chmod +x)",
    errno.ENOEXEC: "the command is not a program: {0}; start a script with a line such as #!/bin/sh",
    errno.E2BIG: "the arguments and the environment are too long for the operating system: {0}",
}


def prepare(_: Channel) -> None:
    """Make this process the parent of orphans that its commands leave."""
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    # Ctrl-C in the terminal of a scheduler that runs in the foreground is not meant for the scripts.
    for number in _IGNORED:
        signal.signal(number, signal.SIG_IGN)
    # Files that a command makes are not to depend on whose session started the scheduler; those of the product have their
    # own modes.
    os.umask(0o022)
    new_oom_kills()


def wait_for_order(channel: Channel, seconds: float) -> bool:
    """Whether an order came, or the engine closed the pipe, within the timeout in seconds."""
    poll = select.poll()
    poll.register(channel.descriptor, select.POLLIN)
    while not channel.orders and not channel.closed:
        if not poll.poll(seconds * 1000):
            return False
        channel.receive()
    return True


class Child:
    """One running command."""

    def __init__(self, order: dict[str, Any], lease: Lease) -> None:
        """Start the command. LookupError with a sentence if it cannot be started; `NotNow` if the system only lacks
        room."""
        self._order = order
        folder = order["folder"]
        self._files = {name: CappedFile(os.path.join(folder, f"{name}.log"), order["cap"]) for name in STREAMS}
        self._index = OutputIndex(folder, order["cap"])
        out, out_end = os.pipe()
        err, err_end = os.pipe()
        masks = order.get("masks", {})
        self._pipes = {
            pipe: KeptStream(name, self._files[name], self._index, masks.get(name))
            for pipe, name in zip((out, err), STREAMS, strict=True)
        }
        self.background: list[dict[str, Any]] = []
        self._how: str | None = None
        self._kill_at: float | None = None
        self._survivors: list[int] = []
        self._activity = Activity(order)
        self._lease = lease
        self._seen: dict[str, Any] | None = None
        self._peak: int | None = None
        ends = [out_end, err_end]
        nice = order.get("nice", 0)
        try:
            os.chdir(order["cwd"])
            ends.append(open_input(order.get("stdin"), order["cwd"], folder))
            with starting_at(nice):
                self.pid = os.posix_spawn(
                    order["argv"][0],
                    order["argv"],
                    order["env"],
                    file_actions=[
                        (os.POSIX_SPAWN_DUP2, ends[2], 0),
                        (os.POSIX_SPAWN_DUP2, out_end, 1),
                        (os.POSIX_SPAWN_DUP2, err_end, 2),
                    ],
                    setsid=True,
                    setsigmask=[],
                    setsigdef=[*_IGNORED, signal.SIGQUIT],  # a shell's `&` has that one ignored as well
                )
            give_way(self.pid, nice)
        except LookupError:
            self.close()
            raise
        except OSError as error:
            self.close()
            if error.errno in _NOT_NOW:
                raise NotNow(error.strerror) from None
            if error.filename == order["cwd"]:
                raise LookupError(f"the working folder cannot be entered: {order['cwd']} ({error.strerror})") from None
            if error.errno in (errno.ENOENT, errno.ENOEXEC) and (trouble := first_line_trouble(order["argv"][0])):
                raise LookupError(f"the command could not be started: {trouble}") from None
            words = _REASONS.get(
                error.errno or 0, "the command could not be started: {0} (" + str(error.strerror) + ")"
            )
            raise LookupError(words.format(order["argv"][0])) from None
        except ValueError as error:
            self.close()
            raise LookupError(f"the command could not be started: {error}") from None
        finally:
            for end in ends:
                os.close(end)
            os.chdir("/")
        for pipe in self._pipes:
            os.set_blocking(pipe, False)

    def attend(self, channel: Channel, lasts: Callable[[], None]) -> dict[str, Any]:
        """Keep the output until the command has ended, and return its exit record. `lasts` is called after `SOON`
        seconds."""
        order = self._order
        started = time.monotonic()
        stop_at = None if order["timeout"] is None else started + order["timeout"]
        tell_at: float | None = started + SOON
        poll = select.poll()
        ended = os.pidfd_open(self.pid)
        watched = [ended, *self._pipes, channel.descriptor]
        for descriptor in watched:
            poll.register(descriptor, select.POLLIN)
        if channel.closed:
            poll.unregister(channel.descriptor)
        status: int | None = None
        while status is None:
            moments = [at for at in (tell_at, stop_at, self._kill_at, self._activity.due) if at is not None]
            if self._how is None:
                moments.append(self._lease.due)
            wait = min(moments) - time.monotonic()
            if channel.closed:
                wait = min(wait, _LOOK_FOR_STOP)
            for descriptor, _ in poll.poll(max(0.0, wait) * 1000):
                if descriptor == ended:
                    _, status, used = os.wait4(self.pid, 0)
                    self._peak = used.ru_maxrss * 1024  # of its largest process, as far as they were waited for
                elif descriptor == channel.descriptor:
                    channel.receive()
                    if channel.closed:
                        poll.unregister(descriptor)
                elif not self._pump(descriptor):
                    poll.unregister(descriptor)
            now = time.monotonic()
            if tell_at is not None and now >= tell_at and status is None:
                tell_at = None
                new_oom_kills()  # what was killed before has nothing to do with this command
                lasts()
            if now >= self._activity.due:
                self._activity.note()
            if self._how is None and (how := asked_to_end(order, channel, self._lease)) is not None:
                self._stop(how, now)
            if stop_at is not None and now >= stop_at and status is None:
                stop_at = None
                if self._how is None:  # else the grace that is granted already counts
                    self._seen = self._activity.last_look()
                    self._stop("timed_out", now)
            if self._kill_at is not None and now >= self._kill_at and status is None:
                self._kill_at = None
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.killpg(self.pid, signal.SIGKILL)
        os.close(ended)
        self._finish()
        return self._record(os.waitstatus_to_exitcode(status))

    def _stop(self, how: str, now: float) -> None:
        self._how = how
        self._kill_at = now + self._order["grace"]
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGTERM)

    def _pump(self, pipe: int) -> bool:
        """Copy the available output; False at the end of the file."""
        while True:
            try:
                data = os.read(pipe, _BLOCK)
            except BlockingIOError:
                return True
            if not data:
                os.close(pipe)
                self._pipes.pop(pipe).close()
                return False
            self._pipes[pipe].write(data)
            if len(data) < _BLOCK:
                return True

    def _finish(self) -> None:
        """After the main process: end the processes that it left if it was stopped; otherwise only record them."""
        if self._how is not None:
            self._survivors = kill_descendants()
        for pipe in list(self._pipes):
            while pipe in self._pipes and self._readable(pipe):
                self._pump(pipe)
        left = children_of(os.getpid()) if reap() else []
        if self._how is None and (left or self._pipes):
            self.background = [{"pid": pid, "name": _name(pid)} for pid in left]
            self.background = self.background or [
                {"pid": None, "name": "an unknown process that holds the output open"}
            ]

    @staticmethod
    def _readable(pipe: int) -> bool:
        poll = select.poll()
        poll.register(pipe, select.POLLIN)
        return bool(poll.poll(0))

    def _record(self, code: int) -> dict[str, Any]:
        """The exit record. `code`: minus the number of the signal, if one ended it."""
        how, reason = "exited", f"exit code {code}"
        if code in _NOT_RUN and (trouble := first_line_trouble(self._order["argv"][0])):
            reason += f"; {trouble}"
        if code < 0:
            how, reason = "signalled", f"ended by signal {-code} ({_signal_name(-code)})"
            if -code == signal.SIGKILL and self._how is None:
                memory = new_oom_kills()
                reason += "; the kernel ran out of memory" if memory else "; another process killed it"
        return exit_record(
            *(self._order, self._how, reason, self._files, self._index),
            how=self._how or how,
            exit_code=code if code >= 0 else None,
            signal=-code if code < 0 else None,
            peak_bytes=self._peak,
            background=self.background,
            survivors=self._survivors,
            seen=self._seen,
        )

    def linger(self) -> None:
        """Keep the output of background processes until they close it."""
        poll = select.poll()
        for pipe in self._pipes:
            poll.register(pipe, select.POLLIN)
        while self._pipes:
            for descriptor, _ in poll.poll():
                if not self._pump(descriptor):
                    poll.unregister(descriptor)

    def close(self) -> None:
        for pipe, stream in self._pipes.items():
            os.close(pipe)
            stream.close()
        self._pipes = {}
        self._index.close()


def _name(pid: int) -> str:
    try:
        with open(f"/proc/{pid}/comm", encoding="utf-8", errors="replace") as file:
            return file.read().strip()
    except OSError:
        return "unknown"


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return "unknown"
