"""Luigi with its local scheduler: output files as its record, no history. Prints JSON."""

from __future__ import annotations

import importlib.metadata
import json
import logging
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import luigi

logging.disable(logging.CRITICAL)


class Step(luigi.Task):
    folder = luigi.Parameter()
    number = luigi.IntParameter()
    chained = luigi.BoolParameter()

    def requires(self) -> list[Any]:
        return [Step(self.folder, self.number - 1, self.chained)] if self.chained and self.number else []

    def output(self) -> Any:
        return luigi.LocalTarget(f"{self.folder}/{self.number}")

    def run(self) -> None:
        subprocess.run(["/bin/true"], check=True)
        Path(self.output().path).touch()


def build(tasks: list[Step], workers: int) -> float:
    began = time.perf_counter()
    assert luigi.build(tasks, local_scheduler=True, workers=workers, log_level="CRITICAL")
    return time.perf_counter() - began


def main() -> None:
    sizes = json.loads(sys.argv[2])
    figures: dict[str, Any] = {"version": importlib.metadata.version("luigi")}
    figures["chain"] = build([Step(tempfile.mkdtemp(), sizes["chain"] - 1, True)], 1) / sizes["chain"]
    folder = tempfile.mkdtemp()
    tasks = [Step(folder, number, False) for number in range(sizes["fan_out"])]
    figures["fan_out"] = sizes["fan_out"] / build(tasks, 10)
    json.dump(figures, sys.stdout)


if __name__ == "__main__":
    main()
