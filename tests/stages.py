"""The stages of `python dev.py test`: each says how long it took, and the end says what was left out, and what failed."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent


class Stages:
    def __init__(self) -> None:
        self.left_out: list[str] = []
        self._failed: list[str] = []
        self._times: list[tuple[str, float]] = []

    @property
    def passed(self) -> bool:
        return not self._failed

    def run(self, name: str, command: list[str], folder: Path = ROOT, env: dict[str, str] | None = None) -> bool:
        """Run the command as a stage; whether it passed."""
        print(f"== {name}", flush=True)
        before = time.monotonic()
        passed = call(command, folder, env) == 0
        self._times.append((name, time.monotonic() - before))
        if not passed:
            self._failed.append(f"failed: {name}")
        return passed

    def fail(self, reason: str) -> None:
        print(reason, flush=True)
        self._failed.append(f"failed: {reason}")

    def leave_out(self, reason: str) -> None:
        """Say that something is left out, now and at the end."""
        self.left_out.append(f"left out: {reason}")
        print(self.left_out[-1], flush=True)

    def summarize(self) -> None:
        times = [f"{name} {duration(seconds)}" for name, seconds in self._times]
        total = duration(sum(seconds for _, seconds in self._times))
        print(f"== {total} in all: {', '.join(times)}", *self.left_out, *self._failed, sep="\n", flush=True)


def call(command: list[str], folder: Path = ROOT, env: dict[str, str] | None = None) -> int:
    """Run the command to its end, after Ctrl-C too: the terminal has told the command as well, which cleans up; its exit code."""
    with subprocess.Popen(command, cwd=folder, env=env) as process:
        interrupted = False
        while True:
            try:
                code = process.wait()
            except KeyboardInterrupt:
                interrupted = True
                continue
            if interrupted:
                raise KeyboardInterrupt
            return code


def duration(seconds: float) -> str:
    whole = round(seconds)
    return f"{whole // 60} min {whole % 60} s" if whole >= 60 else f"{whole} s"
