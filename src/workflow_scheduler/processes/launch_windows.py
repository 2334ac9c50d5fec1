"""Starts one command on Windows, keeps its output, stops it on request, and reports its end. Standard library only."""

from __future__ import annotations

import contextlib
import ctypes
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

from workflow_scheduler.domain.exit_codes import exit_code_words, signed

from .activity import Activity
from .capped import CappedFile
from .ending import asked_to_end, exit_record
from .keeper_protocol import SOON, Channel, NotNow
from .kept_stream import KeptStream
from .lease import Lease
from .output_index import OutputIndex
from .priority import priority_class
from .standard_input import open_input
from .start_file import STREAMS

__all__ = ["Child", "prepare", "wait_for_order"]

_BLOCK = 65536
_LOOK = 0.05
_BACKGROUND_PATIENCE = 0.2
_CREATE_SUSPENDED, _CREATE_NEW_PROCESS_GROUP, _CTRL_BREAK = 0x4, 0x200, 1
# Source: Microsoft, SetErrorMode: SEM_FAILCRITICALERRORS, SEM_NOGPFAULTERRORBOX, SEM_NOOPENFILEERRORBOX.
_NO_DIALOGS = 0x1 | 0x2 | 0x8000
_NOT_ENOUGH = {8, 1450, 1455}  # memory, system resources, paging file
_REASONS = {
    2: "the command was not found: {0}; give its full path, or add its folder to PATH",
    3: "the command was not found: {0}; give its full path, or add its folder to PATH",
    5: "the command is not executable: {0}",
    193: "the command is not a program: {0}; use the program that opens it as the command, with this file as argument",
    206: "the arguments are too long for Windows: {0}",
    267: "the working folder cannot be entered: {1}",
}


_arrived = threading.Event()


def prepare(channel: Channel) -> None:
    """Read orders in a thread: Windows cannot wait for a pipe and a process together."""

    def read() -> None:
        while not channel.closed:
            channel.receive()
            _arrived.set()

    if sys.platform == "win32":
        # Commands inherit it: one that crashes, or asks for a disk, ends with an error instead of an invisible dialog.
        _kernel.SetErrorMode(_NO_DIALOGS)
    threading.Thread(target=read, daemon=True).start()


def wait_for_order(channel: Channel, seconds: float) -> bool:
    """Whether an order came, or the engine closed the pipe, within the timeout in seconds."""
    while not channel.orders and not channel.closed:
        if not _arrived.wait(seconds):
            return False
        _arrived.clear()
    return True


if sys.platform == "win32":
    from ctypes import wintypes

    from .identity import name_of
    from .job_object import Job

    _kernel = ctypes.WinDLL("kernel32", use_last_error=True)
    _ntdll = ctypes.WinDLL("ntdll")

    class Child:
        """One running command with everything that it starts."""

        def __init__(self, order: dict[str, Any], lease: Lease) -> None:
            """Start it. OSError becomes `NotNow` where Windows only lacks room, else a sentence in `LookupError`."""
            self._order = order
            self.background: list[dict[str, Any]] = []
            self._how: str | None = None
            self._kill_at: float | None = None
            self._activity = Activity(order)
            self._lease = lease
            self._seen: dict[str, Any] | None = None
            argv = order["argv"]
            nice = order.get("nice", 0)
            reader = open_input(order.get("stdin"), order["cwd"], order["folder"])
            self._job = Job()
            try:
                self._process = subprocess.Popen(
                    order.get("line") or argv,
                    # Else Windows would look for the program by the line, and try each part up to a space (CWE-428).
                    executable=argv[0],
                    stdin=reader,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                    cwd=order["cwd"],
                    env=order["env"],
                    # Suspended until it is in its job: nothing that it starts can be outside.
                    creationflags=_CREATE_SUSPENDED | _CREATE_NEW_PROCESS_GROUP | priority_class(nice),
                )
            except OSError as error:
                self._job.let_go()
                if error.winerror in _NOT_ENOUGH:
                    raise NotNow(error.strerror) from None
                words = _REASONS.get(error.winerror or 0, "the command could not be started: {0} (" + str(error) + ")")
                raise LookupError(words.format(argv[0], order["cwd"])) from None
            except ValueError as error:
                self._job.let_go()
                raise LookupError(f"the command could not be started: {error}") from None
            finally:
                os.close(reader)
            self.pid = self._process.pid
            handle = int(self._process._handle)  # type: ignore[attr-defined]
            self._let_run(handle)
            folder = order["folder"]
            self._files = {name: CappedFile(os.path.join(folder, f"{name}.log"), order["cap"]) for name in STREAMS}
            self._index = OutputIndex(folder, order["cap"])
            indexing, masks = threading.Lock(), order.get("masks", {})
            self._pipes = {"stdout": self._process.stdout, "stderr": self._process.stderr}
            self._pumps = [
                threading.Thread(
                    target=self._pump,
                    args=(self._pipes[name], KeptStream(name, file, self._index, masks.get(name), indexing)),
                )
                for name, file in self._files.items()
            ]
            for pump in self._pumps:
                pump.daemon = True
                pump.start()

        def _let_run(self, handle: int) -> None:
            """Put the suspended process into its job and resume it. `NotNow` if either fails: it is ended, and nothing ran."""
            try:
                self._job.add(handle)
                if status := _ntdll.NtResumeProcess(wintypes.HANDLE(handle)):
                    raise OSError(f"NtResumeProcess answered 0x{status & 0xFFFFFFFF:08X}")
            except OSError as error:
                self._process.kill()
                self._process.wait()
                for pipe in (self._process.stdout, self._process.stderr):
                    if pipe is not None:
                        pipe.close()
                self._job.let_go()
                raise NotNow(
                    f"the command was ended before it ran, because Windows refused its job object or its start: {error}"
                ) from None

        def _pump(self, pipe: Any, stream: KeptStream) -> None:
            while data := os.read(pipe.fileno(), _BLOCK):
                stream.write(data)
            stream.end()

        def attend(self, channel: Channel, lasts: Callable[[], None]) -> dict[str, Any]:
            """Keep the output until the command has ended, and return its exit record; `lasts` is called after `SOON`."""
            order, started = self._order, time.monotonic()
            stop_at = None if order["timeout"] is None else started + order["timeout"]
            code: int | None = None
            told = False
            while code is None:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    code = self._process.wait(_LOOK if told else SOON)
                if code is None and not told:
                    told = True
                    lasts()
                now = time.monotonic()
                if now >= self._activity.due:
                    self._activity.note()
                if (
                    code is None
                    and self._how is None
                    and (how := asked_to_end(order, channel, self._lease)) is not None
                ):
                    self._stop(how, now)
                if code is None and self._how is None and stop_at is not None and now >= stop_at:
                    self._seen = self._activity.last_look()
                    self._stop("timed_out", now)
                if code is None and self._kill_at is not None and now >= self._kill_at:
                    self._job.kill()
            self._finish()
            return self._record(code)

        def _stop(self, how: str, now: float) -> None:
            self._how = how
            self._kill_at = now + self._order["grace"]
            # Not by os.kill: where the command has no console it ends the process at once, and raises SystemError.
            _kernel.GenerateConsoleCtrlEvent(_CTRL_BREAK, self.pid)

        def _finish(self) -> None:
            """After the main process: what it left behind is ended if it was stopped, else left alone and recorded."""
            if self._how is not None:
                self._job.kill()
            patience = time.monotonic() + _BACKGROUND_PATIENCE
            for pump in self._pumps:
                # Once no writer is left, the pipes end by themselves.
                pump.join(max(0.0, patience - time.monotonic()) if self._job.active() else None)
            if self._how is None and self._job.active():
                self.background = [{"pid": pid, "name": name_of(pid)} for pid in self._job.pids()]

        def _record(self, code: int) -> dict[str, Any]:
            code = signed(code)
            return exit_record(
                *(self._order, self._how, f"exit code {exit_code_words(code)}", self._files, self._index),
                how=self._how or "exited",
                exit_code=code,
                signal=None,
                peak_bytes=self._job.peak(),
                background=self.background,
                survivors=[],
                seen=self._seen,
            )

        def linger(self) -> None:
            """Keep what background processes still write, until they close the output."""
            for pump in self._pumps:
                pump.join()

        def close(self) -> None:
            for file in (*self._files.values(), *self._pipes.values()):
                if file is not None:
                    file.close()
            self._index.close()
            self._job.let_go()
