"""Prefect with a local server of its own, recording what it records by default. Prints JSON."""

from __future__ import annotations

import importlib.metadata
import json
import os
import subprocess
import sys
import tempfile
import time
from typing import Any

os.environ["PREFECT_HOME"] = tempfile.mkdtemp()
os.environ["PREFECT_LOGGING_LEVEL"] = "CRITICAL"
os.environ["PREFECT_SERVER_ANALYTICS_ENABLED"] = "false"
os.environ["DO_NOT_TRACK"] = "1"

from prefect import flow, task
from prefect.task_runners import ThreadPoolTaskRunner

SIZES = json.loads(sys.argv[2])


@task
def true(_: Any = None) -> int:
    return subprocess.run(["/bin/true"], check=True).returncode


@flow
def warm() -> None:
    true()


@flow
def chain() -> None:
    for _ in range(SIZES["chain"]):
        true()


@flow(task_runner=ThreadPoolTaskRunner(max_workers=10))
def fan_out() -> None:
    for future in [true.submit(number) for number in range(SIZES["fan_out"])]:
        future.result()


def main() -> None:
    warm()
    figures: dict[str, Any] = {"version": importlib.metadata.version("prefect")}
    began = time.perf_counter()
    chain()
    figures["chain"] = (time.perf_counter() - began) / SIZES["chain"]
    began = time.perf_counter()
    fan_out()
    figures["fan_out"] = SIZES["fan_out"] / (time.perf_counter() - began)
    began = time.perf_counter()
    few = SIZES["burst"] // 10  # one after another: all of them would take minutes
    for _ in range(few):
        warm()
    figures["burst"] = few / (time.perf_counter() - began)
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
