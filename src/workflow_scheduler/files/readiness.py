"""The checks of an output file: it exists, has changed since the attempt began, no process writes it, and it is large enough."""

from __future__ import annotations

import glob
import os
import stat
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from workflow_scheduler.domain.quick_dataclass import dataclass
from workflow_scheduler.system.regular_file import read_regular

from .probe import Finding, Verdict
from .probe_portable import Stability, change_time
from .watching import Watching

if sys.platform == "win32":
    from .probe_windows import change_time, probe_file, writers_of
elif sys.platform == "linux":
    from .probe_linux import probe_file, writers_of
else:
    from .probe_portable import probe_file, writers_of

__all__ = ["OutputResult", "OutputSpec", "expand", "fingerprint", "probe_file", "wait_until_ready"]

POLL = 0.25
"""Seconds between two looks where no change of the folder was reported."""
_LONGEST_TEXT = 1 << 22
_PAUSE = 0.01
"""Seconds between two looks where one change follows the other."""


@dataclass(frozen=True, slots=True)
class OutputSpec:
    """An absolute path or pattern, and the bytes that each file must have."""

    path: str
    minimum_size: int = 0


@dataclass(frozen=True, slots=True)
class OutputResult:
    """`proof` names the checks that passed, `reason` the one that did not."""

    path: str
    ready: bool
    proof: str = ""
    reason: str = ""
    size: int | None = None
    """In bytes; of all files that match and changed."""
    lines: int | None = None
    """Of a single text of at most `_LONGEST_TEXT` bytes."""


def expand(path: str, folder: str) -> str:
    """The absolute path."""
    path = os.path.expanduser(path)
    # Brackets in the home's own name are no pattern.
    return os.path.normpath(os.path.join(glob.escape(folder) if glob.has_magic(path) else folder, path))


def fingerprint(paths: Sequence[str]) -> dict[str, list[int]]:
    """The state of the files before the attempt, to be compared after it. JSON-able; missing files are left out."""
    found = {}
    for path in paths:
        for match in _matches(path):
            try:
                found[match] = _mark(match)
            except OSError:
                continue
    return found


def _matches(path: str) -> list[str]:
    if not glob.has_magic(path) or os.path.lexists(path):
        return [path] if os.path.lexists(path) else []
    return sorted(glob.glob(path, recursive=True))


def _mark(path: str, status: os.stat_result | None = None) -> list[int]:
    status = status or os.stat(path)
    return [status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, change_time(path, status)]


def wait_until_ready(
    specs: Sequence[OutputSpec],
    before: Mapping[str, Any],
    timeout: float,
    *,
    cancelled: threading.Event,
    clock: Callable[[], float] = time.monotonic,
) -> list[OutputResult]:
    """Wait up to `timeout` seconds until each file is ready, or until `cancelled`. One result per file, in order."""
    began = clock()
    stability = Stability()
    looks = {spec: _look(spec, before, stability, began) for spec in specs}
    if all(look.result.ready for look in looks.values()):
        return [looks[spec].result for spec in specs]
    with Watching({str(Path(spec.path).parent) for spec in specs}) as watching:
        while True:
            for spec, look in looks.items():
                if not look.result.ready:
                    looks[spec] = _look(spec, before, stability, clock())
            waited = clock() - began
            if all(look.result.ready for look in looks.values()) or waited >= timeout or cancelled.is_set():
                break
            watching.wait(min(POLL, timeout - waited), _PAUSE)
    return [_explained(looks[spec], min(waited, timeout)) for spec in specs]


@dataclass(frozen=True, slots=True)
class _Look:
    """The result of one check, and the file that a process still writes, if any."""

    result: OutputResult
    busy: str = ""


def _not_ready(spec: OutputSpec, reason: str, path: str = "", busy: str = "") -> _Look:
    """`path`: the file among several that match."""
    which = f"{path} " if path and path != spec.path else ""
    return _Look(OutputResult(spec.path, False, reason=which + reason), busy)


def _look(spec: OutputSpec, before: Mapping[str, Any], stability: Stability, now: float) -> _Look:
    """Check one output file once, from the cheapest condition to the dearest."""
    matches = _matches(spec.path)
    if not matches:
        what = "no file matches" if glob.has_magic(spec.path) else "does not exist"
        return _not_ready(spec, f"{what}: the task did not write it")
    changed: list[str] = []
    unchanged: list[int] = []
    for path in matches:
        try:
            status = os.stat(path)
            same = path in before and before[path] == _mark(path, status)
        except OSError as error:
            return _not_ready(spec, f"cannot be checked ({error.strerror})", path)
        if stat.S_ISDIR(status.st_mode):
            continue
        if not stat.S_ISREG(status.st_mode):
            return _not_ready(spec, "is not a regular file", path)
        if same:
            unchanged.append(status.st_mtime_ns)
            continue
        changed.append(path)
        if status.st_size < spec.minimum_size:
            why = f"has {status.st_size} bytes (at least {spec.minimum_size} required)"
            return _not_ready(spec, why, path)
    if changed:
        return _finished(spec, changed, stability, now)
    if unchanged:
        when = datetime.fromtimestamp(max(unchanged) / 1e9, UTC).isoformat(" ", "seconds")
        return _not_ready(spec, f"is unchanged since before the attempt ({when}): the task did not write it")
    return _not_ready(spec, "is a folder; name a file")


def _finished(spec: OutputSpec, changed: Sequence[str], stability: Stability, now: float) -> _Look:
    """Probe each changed file; ready if none may still be written."""
    words = ""
    for path in changed:
        finding = probe_file(path)
        if finding.verdict is Verdict.CANNOT_TELL:
            finding = _after_a_while(path, finding.words, stability, now)
        if finding.verdict is not Verdict.FINISHED:
            return _not_ready(spec, finding.words, path, path if finding.verdict is Verdict.BUSY else "")
        words = finding.words
    count = f"{len(changed)} files changed" if glob.has_magic(spec.path) else "changed"
    size, lines = _measured(changed)
    return _Look(OutputResult(spec.path, True, f"{count}; {words}", size=size, lines=lines))


def _measured(paths: Sequence[str]) -> tuple[int | None, int | None]:
    """Size and lines of the finished files, as far as they are known."""
    try:
        size = sum(os.stat(path).st_size for path in paths)
        if len(paths) > 1 or size > _LONGEST_TEXT:
            return size, None
        data = read_regular(paths[0], _LONGEST_TEXT, follow=True)
    except OSError:
        return None, None
    return size, None if b"\0" in data else data.count(b"\n")


def _after_a_while(path: str, words: str, stability: Stability, now: float) -> Finding:
    """The weaker proof: unchanged for a while, and no writer seen."""
    try:
        stable = stability.look(path, now)
    except OSError as error:
        return Finding(Verdict.UNREADABLE, f"cannot be checked ({error.strerror})")
    if stable.verdict is Verdict.FINISHED and writers_of(path):
        return Finding(Verdict.BUSY, "is open for writing")
    return Finding(stable.verdict, f"{words}; {stable.words}" if stable.verdict is Verdict.FINISHED else stable.words)


def _explained(look: _Look, waited: float) -> OutputResult:
    if look.result.ready:
        return look.result
    holders = writers_of(look.busy) if look.busy else []
    held = f", held by {', '.join(dict.fromkeys(holders))}" if holders else ""
    return replace(look.result, reason=f"{look.result.reason}{held} (waited {waited:.3g} s)")
