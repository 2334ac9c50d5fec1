"""What is true when an attempt begins: its script, interpreter, environment and input files. Compared when one fails.

Small and bounded. Values of variables and secrets are kept as short keyed hashes only.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import hmac
import os
import shutil
import stat
import sys
import threading
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import field
from datetime import UTC, datetime
from typing import Any

from workflow_scheduler import __version__
from workflow_scheduler.domain.quick_dataclass import dataclass
from workflow_scheduler.system.regular_file import read_regular

__all__ = ["FactFinder"]

LONGEST_TEXT = 256 * 1024
"""Bytes of a script whose text is kept."""
LONGEST_SCRIPT = 4 * 1024 * 1024
"""Bytes of a script that is hashed; of a longer one, size and time are known."""
MOST_VARIABLES, MOST_INPUTS, LONGEST_NAME, LONGEST_VARIABLE = 64, 8, 300, 60
_SEARCHED = 6
"""Among how many parts of a command line its script is looked for."""
_REMEMBERED = 2000
_THIS_PYTHON = os.path.realpath(sys.executable or "")
_HELD = 64
"""Texts that wait for the end of their first attempt."""
_ENDINGS = (
    *(".py", ".pyw", ".sh", ".bash", ".ksh", ".zsh", ".ps1", ".bat", ".cmd", ".vbs", ".js", ".wsf", ".pl"),
    *(".rb", ".php", ".r", ".sql", ".lua", ".tcl", ".awk", ".groovy", ".jl", ".ts", ".mjs"),
)


@dataclass(frozen=True, slots=True)
class _Script:
    mark: tuple[int, int]
    hash: str
    text: str | None


@dataclass(slots=True)
class FactFinder:
    """`key`: for the hashes; it must not be in the database."""

    key: bytes
    _scripts: dict[str, _Script] = field(default_factory=dict)
    _held: dict[tuple[str, str], str] = field(default_factory=dict)
    _known: set[tuple[str, str]] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _mark: str = ""

    def __post_init__(self) -> None:
        self._mark = self._hash("key")

    def find(
        self,
        task: str,
        argv: Sequence[str],
        args: Sequence[str],
        cwd: str,
        env: Mapping[str, str],
        secrets: Mapping[str, str],
        stdin: str | None = None,
    ) -> dict[str, Any]:
        """`task`: the workflow and task, for which the text of a script is kept. `args`: what may name input files."""
        found: dict[str, Any] = {"scheduler": __version__, "key": self._mark}
        status = _regular(os.path.join(cwd, argv[0]))  # noqa: PTH118  a Path costs ten times as much
        found["program"] = _program(argv[0], status)
        script = self._script(task, argv, cwd, status, secrets.values())
        if script is not None:
            found["script"] = script
        named = {str(at): arg for at, arg in enumerate(args[:MOST_INPUTS], 1)} | ({"stdin": stdin} if stdin else {})
        inputs = {at: facts for at, arg in named.items() if (facts := _file(cwd, arg)) is not None}
        found["inputs"] = {
            at: facts for at, facts in inputs.items() if script is None or facts["path"] != script["path"]
        }
        both = sorted({**env, **secrets}.items())[:MOST_VARIABLES]
        found["env"] = {name[:LONGEST_VARIABLE]: self._hash(f"{name}={value}") for name, value in both}
        with contextlib.suppress(OSError):
            found["free"] = shutil.disk_usage(cwd).free
        return found

    def new_text(self, task: str, facts: Mapping[str, Any]) -> str | None:
        """The text of the attempt's script, once for each task."""
        name = (task, facts.get("script", {}).get("hash", ""))
        with self._lock:
            return self._held.pop(name, None)

    def _hash(self, text: str) -> str:
        return hmac.new(self.key, text.encode("utf-8", "surrogateescape"), hashlib.sha256).hexdigest()[:12]

    def _script(
        self, task: str, argv: Sequence[str], cwd: str, program: os.stat_result | None, secrets: Collection[str]
    ) -> dict[str, Any] | None:
        for at, word in _candidates(argv[:_SEARCHED]):
            path = os.path.join(cwd, word)  # noqa: PTH118
            status = _regular(path) if at else program
            if status is None:
                continue
            script = self._read(path, status)
            if script is None:
                continue
            facts = {"path": path[:LONGEST_NAME], "at": _time(int(status.st_mtime)), "hash": script.hash}
            self._hold(task, script, secrets)
            return facts
        return None

    def _read(self, path: str, status: os.stat_result) -> _Script | None:
        """The script, read again only if it changed; None for a program."""
        mark = (status.st_mtime_ns, status.st_size)
        with self._lock:
            known = self._scripts.get(path)
        if known is None or known.mark != mark:
            known = _look(path, mark)
            with self._lock:
                if len(self._scripts) >= _REMEMBERED:
                    self._scripts.clear()
                self._scripts[path] = known
        return known if known.hash else None

    def _hold(self, task: str, script: _Script, secrets: Iterable[str]) -> None:
        name = (task, script.hash)
        with self._lock:
            if name in self._known:
                return
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            self._known.add(name)
            # A secret that somebody wrote into the script must not get into the database.
            if script.text is not None and len(self._held) < _HELD and not any(s and s in script.text for s in secrets):
                self._held[name] = script.text


def _candidates(argv: Sequence[str]) -> Iterable[tuple[int, str]]:
    """Words that may be the script, by their places. A program that is named like no script comes last: it may be a script
    that finds an interpreter for the one that follows, such as pyenv's `python`."""
    named = [(at, word) for at, word in enumerate(argv) if word.lower().endswith(_ENDINGS)]
    return [*named, (0, argv[0])]


def _look(path: str, mark: tuple[int, int]) -> _Script:
    """Without a hash, it is a program, or cannot be read."""
    if mark[1] > LONGEST_SCRIPT:
        return _Script(mark, "", None)
    try:
        data = read_regular(path, LONGEST_SCRIPT, follow=True)
    except OSError:
        return _Script(mark, "", None)
    if b"\0" in data[:1024] and not data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _Script(mark, "", None)
    text = data.decode("utf-8", "replace").replace("\0", "") if len(data) <= LONGEST_TEXT else None
    return _Script(mark, hashlib.sha256(data).hexdigest()[:32], text)


def _program(named: str, status: os.stat_result | None) -> Mapping[str, Any]:
    """The program that runs, by its real path, and what tells its builds apart."""
    if status is None:
        return {"path": named[:LONGEST_NAME]}
    return _real_program(named, status.st_dev, status.st_ino, _time(int(status.st_mtime)))


@functools.lru_cache
def _real_program(named: str, _device: int, _file: int, at: str) -> Mapping[str, Any]:
    path = os.path.realpath(named)
    build = {"version": sys.version.split()[0]} if path == _THIS_PYTHON else {"at": at}
    return {"path": path[:LONGEST_NAME], **build}


def _file(cwd: str, named: str) -> dict[str, Any] | None:
    path = os.path.join(cwd, named)  # noqa: PTH118
    if named.startswith("-") or (status := _regular(path)) is None:
        return None
    return {"path": path[:LONGEST_NAME], "size": status.st_size, "at": _time(int(status.st_mtime))}


def _regular(path: str) -> os.stat_result | None:
    try:
        status = os.stat(path)  # noqa: PTH116
    except (OSError, ValueError):
        return None
    return status if stat.S_ISREG(status.st_mode) else None


@functools.lru_cache(maxsize=1000)
def _time(seconds: int) -> str:
    try:
        return datetime.fromtimestamp(seconds, UTC).isoformat()
    except (OverflowError, ValueError, OSError):
        return ""
