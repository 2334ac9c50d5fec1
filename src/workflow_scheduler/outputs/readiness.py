"""The ladder: an output file exists, changed since the attempt began, nobody writes it, and it is large enough."""

from __future__ import annotations

import glob
import os
import re
import stat
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from workflow_scheduler.domain.errors import InvalidInput

from .probe import Finding, Verdict
from .probe_portable import Stability
from .watching import Watching

if sys.platform == "win32":
    from .probe_windows import probe_file, writers_of
elif sys.platform == "linux":
    from .probe_linux import probe_file, writers_of
else:
    from .probe_portable import probe_file, writers_of

__all__ = ["OutputResult", "OutputSpec", "expand", "fingerprint", "wait_until_ready"]

POLL = 0.25
"""Seconds between two looks where no change of the folder was reported."""
_PARAMETER = re.compile(r"\{(\w*)\}")


@dataclass(frozen=True, slots=True)
class OutputSpec:
    """A path, or a pattern of paths, already expanded; bytes that each file must have."""

    path: str
    minimum_size: int = 0


@dataclass(frozen=True, slots=True)
class OutputResult:
    """`proof` says which rungs were passed, `reason` which one was not."""

    path: str
    ready: bool
    proof: str = ""
    reason: str = ""


def expand(path: str, folder: str, values: Mapping[str, str]) -> str:
    """The path as it is looked for: `{name}` replaced, and absolute. InvalidInput for a name that is not known."""

    def value(match: re.Match[str]) -> str:
        if match[1] not in values:
            known = ", ".join(f"{{{name}}}" for name in values)
            raise InvalidInput(f"The output file {path!r} uses {match[0]}, which is not known; known are: {known}.")
        return values[match[1]]

    return os.path.normpath(os.path.join(folder, os.path.expanduser(_PARAMETER.sub(value, path))))


def fingerprint(paths: Sequence[str]) -> dict[str, list[int]]:
    """How the files stand now, to be compared after the attempt. JSON-able; files that are absent are left out."""
    found = {}
    for path in paths:
        for match in _matches(path):
            try:
                found[match] = _mark(os.stat(match))
            except OSError:
                continue
    return found


def _matches(path: str) -> list[str]:
    if not glob.has_magic(path) or os.path.lexists(path):
        return [path] if os.path.lexists(path) else []
    return sorted(glob.glob(path, recursive=True))


def _mark(status: os.stat_result) -> list[int]:
    return [status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns]


def wait_until_ready(
    specs: Sequence[OutputSpec],
    before: Mapping[str, Any],
    timeout: float,
    *,
    cancelled: threading.Event,
    clock: Callable[[], float] = time.monotonic,
) -> list[OutputResult]:
    """Wait until each file is ready, up to `timeout` seconds, or until `cancelled`. One result each, in order."""
    deadline = clock() + timeout
    stability = Stability()
    results = {spec: _look(spec, before, stability) for spec in specs}
    if all(one.ready for one in results.values()):
        return [results[spec] for spec in specs]
    with Watching({str(Path(spec.path).parent) for spec in specs}) as watching:
        while True:
            for spec, result in results.items():
                if not result.ready:
                    results[spec] = _look(spec, before, stability)
            left = deadline - clock()
            if all(one.ready for one in results.values()) or left <= 0 or cancelled.is_set():
                break
            watching.wait(min(POLL, left))
    return [results[spec] if results[spec].ready else _explain(spec, results[spec], timeout) for spec in specs]


def _look(spec: OutputSpec, before: Mapping[str, Any], stability: Stability) -> OutputResult:
    """Climb the ladder once."""
    matches = _matches(spec.path)
    if not matches:
        what = "no file matches" if glob.has_magic(spec.path) else "does not exist"
        return OutputResult(spec.path, False, reason=f"{what}: the task did not write it")
    changed: list[str] = []
    for path in matches:
        try:
            status = os.stat(path)
        except OSError as error:
            return OutputResult(spec.path, False, reason=f"cannot be looked at ({error.strerror})")
        if stat.S_ISDIR(status.st_mode):
            if len(matches) == 1:
                return OutputResult(spec.path, False, reason="is a folder; name a file")
        elif not stat.S_ISREG(status.st_mode):
            return OutputResult(spec.path, False, reason="is not a regular file")
        elif before.get(path) != _mark(status):
            changed.append(path)
            if status.st_size < spec.minimum_size:
                why = f"has {status.st_size} bytes, and at least {spec.minimum_size} are wanted"
                return OutputResult(spec.path, False, reason=why)
    if not changed:
        since = max(before[path][3] for path in matches if path in before) if before else 0
        when = datetime.fromtimestamp(since / 1e9, UTC).isoformat(" ", "seconds")
        return OutputResult(
            spec.path, False, reason=f"is as it was before the attempt (of {when}): it was not written anew"
        )
    return _finished(spec, changed, stability)


def _finished(spec: OutputSpec, changed: Sequence[str], stability: Stability) -> OutputResult:
    words = ""
    for path in changed:
        finding = probe_file(path)
        if finding.verdict is Verdict.CANNOT_TELL:
            try:
                stable = stability.look(path)
            except OSError as error:
                stable = Finding(Verdict.UNREADABLE, f"cannot be looked at ({error.strerror})")
            finding = Finding(stable.verdict, f"{finding.words}; {stable.words}")
        if finding.verdict is not Verdict.FINISHED:
            return OutputResult(spec.path, False, reason=finding.words)
        words = finding.words
    count = f"{len(changed)} files changed" if glob.has_magic(spec.path) else "changed"
    return OutputResult(spec.path, True, proof=f"{count}; {words}")


def _explain(spec: OutputSpec, result: OutputResult, timeout: float) -> OutputResult:
    holders = [name for path in _matches(spec.path) for name in writers_of(path)] if "open" in result.reason else []
    held = f", held by {', '.join(dict.fromkeys(holders))}" if holders else ""
    return OutputResult(spec.path, False, reason=f"{result.reason}{held} (waited {timeout:g} s)")
