"""A process that has imported the package, and forks one of its own for each command that a test asks it for.

Starting Python and importing takes ten times as long as what most commands do. What is forked has the arguments, folder,
environment and streams that it is given, and runs `python -m workflow_scheduler` to the interpreter's end.
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import importlib
import json
import os
import pkgutil
import random
import runpy
import select
import socket
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import workflow_scheduler

_OF_NO_COMMAND = ("workflow_scheduler.web", "workflow_scheduler.storage.migrations")
_PARTS = ("argon2", "psycopg")
"""What commands import only when they need it; the others are imported by modules of the package."""
_MOST = 200_000
"""Bytes of a request."""
_DESCRIPTORS = 1 << 16


def load() -> None:
    """Import what commands import. None of it may leave a thread or an open file, which a fork would not have for its own."""
    for module in pkgutil.walk_packages(workflow_scheduler.__path__, "workflow_scheduler."):
        if not module.name.startswith(_OF_NO_COMMAND) and not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    for part in _PARTS:
        importlib.import_module(part)
    threads, files = [*Path("/proc/self/task").iterdir()], [*Path("/proc/self/fd").iterdir()]
    if len(threads) > 1 or len(files) > len(("in", "out", "err", "requests", "this folder")):
        raise RuntimeError(f"What commands import leaves threads {threads} or files {files}.")


class ForkServer:
    """A request is JSON, with four descriptors: the streams, and where to tell the process's number and then its exit code."""

    def __init__(self, requests: socket.socket) -> None:
        self._requests = requests
        self._poll = select.poll()  # not epoll: its own descriptor would be in the forks
        self._poll.register(requests, select.POLLIN)
        self._running: dict[int, tuple[int, int]] = {}

    def serve(self) -> Mapping[str, Any] | None:
        """Fork until the tests are gone. In a fork this returns what it is to run."""
        while True:
            for ready, _ in self._poll.poll():
                if ready in self._running:
                    self._tell_end(ready)
                    continue
                text, descriptors, _, _ = socket.recv_fds(self._requests, _MOST, 4)
                if not text:
                    return None
                if (wanted := self._fork(text, descriptors)) is not None:
                    return wanted

    def _fork(self, text: bytes, descriptors: Sequence[int]) -> Mapping[str, Any] | None:
        *streams, answer = descriptors
        if (pid := os.fork()) == 0:
            for number, stream in enumerate(streams):
                os.dup2(stream, number)
            self._requests.detach()
            os.closerange(3, _DESCRIPTORS)
            wanted: Mapping[str, Any] = json.loads(text)
            return wanted
        for stream in streams:
            os.close(stream)
        _tell(answer, b"%d " % pid)
        process = os.pidfd_open(pid)
        self._running[process] = pid, answer
        self._poll.register(process, select.POLLIN)
        return None

    def _tell_end(self, process: int) -> None:
        pid, answer = self._running.pop(process)
        self._poll.unregister(process)
        os.close(process)
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        _tell(answer, b"%d" % code)
        os.close(answer)


def _tell(answer: int, what: bytes) -> None:
    with contextlib.suppress(BrokenPipeError):  # who asked waits no longer
        os.write(answer, what)


def run(dice: Sequence[random.Random], words: Sequence[str], folder: str, env: Mapping[str, str]) -> None:
    """What the interpreter does for `-m`, in the process that was forked; and no two throw the same dice."""
    for one in dice:
        one.seed()
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(env)
    time.tzset()
    gc.enable()
    sys.path[0] = os.getcwd()  # noqa: PTH109
    sys.argv[1:] = words
    sys.orig_argv[1:] = ["-m", "workflow_scheduler", *words]
    try:
        runpy.run_module("workflow_scheduler", run_name="__main__", alter_sys=True)
    except SystemExit as end:
        # All that the interpreter does at its end, but for taking apart each module: it copies the memory of all of them.
        threading._shutdown()  # type: ignore[attr-defined]
        atexit._run_exitfuncs()
        with contextlib.suppress(OSError):  # which the interpreter's own end meets as well, and says
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(end.code)  # type: ignore[arg-type]
        raise


if __name__ == "__main__":
    load()
    dice = [thing for thing in gc.get_objects() if isinstance(thing, random.Random)]
    gc.disable()
    gc.freeze()
    requests = socket.socket(fileno=int(sys.argv[1]))
    requests.send(b"loaded")
    try:
        wanted = ForkServer(requests).serve()
    except KeyboardInterrupt:  # a terminal tells whatever runs in it
        sys.exit(130)
    if wanted is not None:
        run(dice, **wanted)
