"""cronstable with its durable state and its page, in one file of definitions. Prints JSON.

Its fan-out starts everything at once: ten at a time by its pools is slower (30 instead of 150 to 240 tasks a second).
"""

from __future__ import annotations

import importlib.metadata
import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from served import Served, Work, main, now, until

PROGRAM = str(Path(sys.executable).with_name("cronstable"))
NEVER = "0 0 1 1 *"


class Cronstable(Served):
    api = "/jobs"

    @property
    def version(self) -> str:
        return importlib.metadata.version("cronstable")

    def define(self, works: Sequence[Work]) -> None:
        lines = [
            "state:",
            f"  path: {self.folder}/state",
            "web:",
            "  listen:",
            f"    - http://127.0.0.1:{self.port}",
        ]
        for key, many in (("jobs", False), ("dags", True)):
            chosen = [work for work in works if (len(work.tasks) > 1) == many]
            if chosen:
                lines += [f"{key}:", *(line for work in chosen for line in (_dag(work) if many else _job(work)))]
        (self.folder / "cronstable.yaml").write_text("\n".join(lines) + "\n")

    def server(self) -> list[str]:
        return [PROGRAM, "-c", str(self.folder / "cronstable.yaml")]

    def trigger(self, name: str) -> str:
        return f"/jobs/{name}/start"

    def seconds(self, name: str) -> float:
        """By its own record, as for this project."""
        key = self.ask("POST", f"/dags/{name}/trigger")["runKey"]

        def ended() -> dict[str, Any] | None:
            runs = self.ask("GET", f"/dags/{name}/runs")["runs"]
            return next(
                (run for run in runs if run["runKey"] == key and run["state"] not in ("running", "queued")), None
            )

        until(ended, 0.05)
        run = ended() or {}
        if run["state"] != "success":
            raise SystemExit(json.dumps(run))
        return float(run["updatedAt"] - run["createdAt"])

    def due(self) -> datetime:
        return now().replace(microsecond=0) + timedelta(seconds=5)

    def printed(self, names: Sequence[str]) -> list[float]:
        return [float(time) for time in re.findall(r"^\[\w+ stdout\] ([\d.]+)$", self.log.read_text(), re.MULTILINE)]

    def finished(self, names: Sequence[str]) -> int:
        return len(set(re.findall(r"Job (w\d+) exit code 0", self.log.read_text())))

    def lists(self, sizes: Mapping[str, Any]) -> dict[str, tuple[float, float]]:
        """No command lists anything: the page, the API and a terminal dashboard do."""
        return self.commands({"help": [PROGRAM, "--help"]}, sizes)


def _command(command: Sequence[str], indent: str) -> Iterator[str]:
    yield f"{indent}command:"
    yield from (f"{indent}  - '{word}'" for word in command)


def _job(work: Work) -> Iterator[str]:
    yield f"  - name: {work.name}"
    yield from _command(work.command, "    ")
    moment = f"{work.at:%S %M %H %d %m} * {work.at:%Y}" if work.at else work.cron or NEVER
    yield f"    schedule: '{moment}'"
    yield "    captureStdout: true"


def _dag(work: Work) -> Iterator[str]:
    yield f"  - name: {work.name}"
    yield "    tasks:"
    for task, before in work.tasks.items():
        yield f"      - id: {task}"
        yield from _command(work.command, "        ")
        if before:
            yield "        dependsOn:"
            yield from (f"          - {name}" for name in before)


if __name__ == "__main__":
    main(Cronstable)
