"""Advice for a Python script that failed because of a missing module: often another Python ran it than intended."""

from __future__ import annotations

import ntpath
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from workflow_scheduler.domain.run import AttemptState
from workflow_scheduler.processes.pythons import PYTHON_ENDINGS

from .base import AttemptSpec, Outcome
from .output_lines import read_output

__all__ = ["with_advice"]

_TAIL = 4096
_MISSING = re.compile(r"(?:^ModuleNotFoundError: |^\S.*: )No module named ['\"]?(?P<name>[\w.]+)")
_PYTHON = re.compile(r"(?:python[\d.]*w?|pyw?|pypy[\d.]*)(?:\.exe)?$", re.IGNORECASE)


def with_advice(outcome: Outcome, spec: AttemptSpec, folder: Path, notes: Mapping[str, Any]) -> Outcome:
    """The same outcome; if its script ended for want of a module, the reason says which Python ran it, and what to do."""
    argv = notes.get("argv") or [""]
    failed = outcome.state is AttemptState.FAILED and outcome.exit_code and "stderr" in outcome.streams
    if not failed or not _PYTHON.match(ntpath.basename(argv[0])):
        return outcome
    found = _MISSING.match(_last_line(folder))
    if found is None:
        return outcome
    is_script = ntpath.splitext(spec.task.command)[1].lower() in PYTHON_ENDINGS
    choice = "choose another Python with SCRIPT_PYTHON" if is_script else "use another Python as the command"
    said = f"it reports no module {found['name']!r}; it ran with {argv[0]}: install the module there, or {choice}"
    return replace(outcome, reason=f"{outcome.reason}; {said}")


def _last_line(folder: Path) -> str:
    lines = read_output(folder, ("stderr",), tail=_TAIL).text("stderr").split("\n")
    return next((line.rstrip() for line in reversed(lines) if line.strip()), "")
