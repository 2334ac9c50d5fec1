"""Asks a home how things stand, with the command's own code in this process.

A test that waits for a state asks over and over: a process for each question would be most of what the machine is busy with.
What changes something, and what is asked once for its own sake, is a process.
"""

from __future__ import annotations

import contextlib
import gc
import io
import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from workflow_scheduler.cli.main import main

__all__ = ["ask", "can_be_here", "is_question"]

_QUESTIONS = {
    *(("fires", "list"), ("runs", "list"), ("runs", "show")),
    *(("schedule", "list"), ("schedule", "show"), ("workflow", "list"), ("workflow", "show")),
}
_VARIABLES = {"SCHEDULER_HOME", "DB_URL", "WEB", "PORT", "PYTHONIOENCODING", "TZ", "COLUMNS"}
"""What a test may say to a command and this process can take over; a clock put before the C library it cannot."""


def is_question(words: Sequence[str], env: Mapping[str, str]) -> bool:
    """Whether the words ask something that can be asked here."""
    return (words[0] == "status" or tuple(words[:2]) in _QUESTIONS) and can_be_here(env)


def can_be_here(env: Mapping[str, str]) -> bool:
    """Whether this process can take over what the environment says."""
    own = {name for name in env.keys() | os.environ.keys() if env.get(name) != os.environ.get(name)}
    return all(name in _VARIABLES or name.startswith("PYTEST_") for name in own)


def ask(words: Sequence[str], env: Mapping[str, str], folder: Path) -> subprocess.CompletedProcess[str]:
    with _output() as out, _output() as err, _as_there(env, folder):
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            try:
                main([*words])
            except SystemExit as end:
                code = int(end.code or 0)
        return subprocess.CompletedProcess([*words], code, _text(out), _text(err))


@contextlib.contextmanager
def _output() -> Iterator[io.TextIOWrapper]:
    with io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="") as stream:
        yield stream


def _text(stream: io.TextIOWrapper) -> str:
    stream.flush()
    return stream.buffer.getvalue().decode()  # type: ignore[attr-defined]


@contextlib.contextmanager
def _as_there(env: Mapping[str, str], folder: Path) -> Iterator[None]:
    """The environment and the folder of the command, and afterwards those of this process, whose garbage is collected as before."""
    before, place, threshold = dict(os.environ), Path.cwd(), gc.get_threshold()
    os.environ.clear()
    os.environ.update(env)
    os.chdir(folder)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
        os.chdir(place)
        gc.set_threshold(*threshold)
        gc.unfreeze()
