"""Supervises the web interface's process for the scheduler: starts, restarts and stops it. Standard library only."""

from __future__ import annotations

import contextlib
import json
import logging
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

__all__ = ["WebProcess", "say"]

SHORTEST_PAUSE, LONGEST_PAUSE = 1.0, 60.0
LIVED_LONG = 60.0
"""Seconds: a page that lived so long and died is started again at once."""
STOP_PATIENCE = 3.0
_log = logging.getLogger(__name__)


def say(facts: dict[str, Any]) -> None:
    """Called by the web interface: write one line to the scheduler, `address`, or `problem` with `final` if a restart
    is useless."""
    sys.stdout.write(json.dumps(facts) + "\n")
    sys.stdout.flush()


class WebProcess:
    """`changed` is called, from a thread, with what the process reports about itself at each start. The process ends
    when its standard input is closed, by `close` or by the death of the scheduler."""

    def __init__(self, command: Sequence[str], home: Path, changed: Callable[[dict[str, Any]], None]) -> None:
        self._command = list(command)
        self._home = home
        self._changed = changed
        self._ending = threading.Event()
        self._said = threading.Event()
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._supervise, name="page", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def wait_said(self, seconds: float) -> None:
        """Wait until the process has reported whether it serves."""
        self._said.wait(seconds)

    def close(self) -> None:
        """End the process; kill it if it takes too long."""
        self._ending.set()
        with self._lock:
            process = self._process
        if process is not None:
            with contextlib.suppress(OSError):
                if process.stdin is not None:
                    process.stdin.close()
            try:
                process.wait(STOP_PATIENCE)
            except subprocess.TimeoutExpired:
                _log.error("The web interface did not stop within %g s and was killed", STOP_PATIENCE)
                process.kill()
        self._said.set()
        if self._thread.is_alive():
            self._thread.join(STOP_PATIENCE)

    def _supervise(self) -> None:
        """Start the process again whenever it ends, with growing pauses, until `close`."""
        pause = SHORTEST_PAUSE
        while not self._ending.is_set():
            began = time.monotonic()
            facts = self._live()
            if facts.get("final") or self._ending.is_set():
                return
            pause = SHORTEST_PAUSE if time.monotonic() - began > LIVED_LONG else min(pause * 2, LONGEST_PAUSE)
            if "problem" not in facts:
                _log.error("The web interface ended; restarting it in %g s", pause)
            self._ending.wait(pause)

    def _live(self) -> dict[str, Any]:
        """Run the process once, from start to end. Returns what it reported about itself."""
        try:
            with self._lock:
                if self._ending.is_set():
                    return {}
                process = self._process = subprocess.Popen(
                    self._command,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                    cwd=self._home,
                    **_apart(),
                )
        except OSError as error:
            self._tell({"problem": f"The web interface could not be started ({error})."})
            return {}
        line = process.stdout.readline() if process.stdout else b""
        try:
            facts: dict[str, Any] = json.loads(line)
        except ValueError:
            facts = {}
        if facts:
            self._tell(facts)
        process.wait()
        for pipe in (process.stdin, process.stdout):
            with contextlib.suppress(OSError):
                if pipe is not None:
                    pipe.close()
        return facts

    def _tell(self, facts: dict[str, Any]) -> None:
        if "problem" in facts:
            _log.error("The web interface is not available: %s", facts["problem"])
        else:
            _log.info("Web interface at %s", facts.get("address"))
        self._changed(facts)
        self._said.set()


def _apart() -> dict[str, Any]:
    """Ctrl-C in the scheduler's terminal must not reach the process, which ends with the scheduler."""
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NO_WINDOW | subprocess.CREATE_NEW_PROCESS_GROUP}
    return {"start_new_session": True}
