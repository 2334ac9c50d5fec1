"""The engine's side of the keepers: at most one per running command, started when needed and reused."""

from __future__ import annotations

import contextlib
import functools
import json
import logging
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import field
from pathlib import Path
from typing import Any

from workflow_scheduler.domain.quick_dataclass import dataclass

from .detached import start_detached

__all__ = ["KeeperPool", "Notice", "Order"]

_SOURCE = str(Path(__file__).resolve().parents[2])
_CODE = f"import sys; sys.path.insert(0, {_SOURCE!r}); from workflow_scheduler.processes.keeper import main; main(%g)"
# In a virtual environment on Windows `sys.executable` is a launcher, one process more for each keeper.
_PYTHON: str = getattr(sys, "_base_executable", None) or sys.executable
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Order:
    """One attempt's command. Times in seconds, sizes in bytes. `env` is added to the pool's; `notes` are kept in the
    attempt's `start` file. `line`: the exact command line on Windows; None: the arguments, each quoted as needed.
    `stdin`: a text, or `file:` and a path; None: nothing. `files`: texts that the command finds in the attempt's folder.
    `secrets`: each with its name, delivery and value, which are told to the keeper alone. `without`: variables of the pool's
    that the command does not get, in upper case. `lease`: the file `path` of it, and the `seconds` after which the command
    ends; None: it needs none."""

    key: str
    folder: str
    argv: list[str]
    cwd: str
    env: dict[str, str]
    timeout: float | None
    grace: float
    cap: int
    notes: dict[str, Any] = field(default_factory=dict)
    line: str | None = None
    stdin: str | None = None
    nice: int = 0
    files: dict[str, str] = field(default_factory=dict)
    secrets: list[dict[str, str]] = field(default_factory=list, repr=False)
    without: list[str] = field(default_factory=list)
    lease: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Notice:
    """`kind`: "started", "exited", "refused" (it was started before), "not_launched" or "lost" (the keeper died). The
    PID and the start time are among the facts once: with "exited" if the command ended soon."""

    kind: str
    key: str
    facts: dict[str, Any]


class _Keeper:
    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process
        self.order: Order | None = None

    def tell(self, message: dict[str, Any]) -> None:
        if self.process.stdin is not None:
            self.process.stdin.write(json.dumps(message).encode() + b"\n")
            self.process.stdin.flush()


class KeeperPool:
    """`on_notice` is called from the pool's threads, and not after `close`. Every command gets `env`.

    Beside the notice, `on_notice` gets the function that reads the keeper's next notices. It returns True if another
    thread calls that function.
    """

    def __init__(
        self,
        on_notice: Callable[[Notice, Callable[[], None]], bool | None],
        env: Mapping[str, str],
        idle_seconds: float = 60.0,
    ) -> None:
        self._on_notice = on_notice
        self._env = dict(env)
        self._code = _CODE % idle_seconds
        self._lock = threading.Lock()
        self._idle: list[_Keeper] = []
        self._busy: dict[str, _Keeper] = {}
        self._closed = False

    def launch(self, order: Order) -> None:
        """Send the order to a keeper. If the operating system refuses, a notice says so."""
        message = {name: getattr(order, name) for name in Order.__slots__}
        try:
            with self._lock:
                if self._idle:
                    keeper = self._idle.pop()
                else:
                    keeper = self._start_keeper()
                    message["environment"] = self._env
                keeper.order = order
                self._busy[order.key] = keeper
        except OSError as error:
            self._tell(Notice("not_launched", order.key, {"reason": f"no process could be started: {error}"}))
            return
        # It may end just now, and its reader says so; or the pool was closed.
        with contextlib.suppress(OSError, ValueError):
            keeper.tell(message)

    def stop(self, key: str, how: str) -> None:
        """Ask the keeper to end that order's command."""
        with self._lock:
            keeper = self._busy.get(key)
        if keeper is not None:
            with contextlib.suppress(OSError, ValueError):
                keeper.tell({"stop": key, "how": how})

    def close(self) -> None:
        """Close the pipes: idle keepers end, the others when their command has ended."""
        with self._lock:
            self._closed = True
            keepers = [*self._idle, *self._busy.values()]
        for keeper in keepers:
            with contextlib.suppress(OSError):
                if keeper.process.stdin is not None:
                    keeper.process.stdin.close()

    def _start_keeper(self) -> _Keeper:
        """Start a keeper and the thread that reads from it. OSError if the system refuses either."""
        process = start_detached(
            [_PYTHON, "-S", "-E", "-s", "-c", self._code],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd="/" if sys.platform != "win32" else None,
        )
        keeper = _Keeper(process)
        try:
            threading.Thread(target=self._read, args=(keeper,), name=f"keeper {process.pid}", daemon=True).start()
        except RuntimeError as error:  # no more threads
            with process:
                process.kill()
            raise OSError(str(error)) from None
        return keeper

    def _read(self, keeper: _Keeper) -> None:
        """Pass on the keeper's notices until its pipe closes, or another thread continues with `read_on`."""
        for line in keeper.process.stdout or ():
            facts = json.loads(line)
            kind = next(iter(facts))
            key = str(facts.pop(kind))
            if kind != "started":
                with self._lock:
                    self._busy.pop(key, None)
                    keeper.order = None
                    if not facts.get("retired"):
                        self._idle.append(keeper)
            if self._tell(Notice(kind, key, facts), functools.partial(self._read, keeper)):
                return
        self._gone(keeper)

    def _gone(self, keeper: _Keeper) -> None:
        """Drop a keeper whose pipe closed; its order, if any, is lost."""
        with self._lock:
            if keeper in self._idle:
                self._idle.remove(keeper)
            order, keeper.order = keeper.order, None
            if order is not None:
                self._busy.pop(order.key, None)
        if order is not None:
            self._tell(Notice("lost", order.key, {}))
        with contextlib.suppress(OSError), keeper.process:
            pass  # leaving it closes the pipes and waits, so that no zombie stays

    def _tell(self, notice: Notice, read_on: Callable[[], None] = lambda: None) -> bool:
        if not self._closed:
            try:
                return bool(self._on_notice(notice, read_on))
            except Exception:
                _log.exception("A keeper's notice could not be processed: %s", notice)
        return False
