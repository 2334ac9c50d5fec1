"""Prefect with a local server of its own, recording what it records by default. Prints JSON."""

from __future__ import annotations

import importlib.metadata
import json
import os
import subprocess
import tempfile
import time
from typing import Any

os.environ["PREFECT_HOME"] = tempfile.mkdtemp()
os.environ["PREFECT_LOGGING_LEVEL"] = "CRITICAL"
os.environ["PREFECT_SERVER_ANALYTICS_ENABLED"] = "false"
os.environ["DO_NOT_TRACK"] = "1"

from prefect import flow, task
from prefect.task_runners import ThreadPoolTaskRunner


@task
def true(_: Any = None) -> int:
    return subprocess.run(["/bin/true"], check=True).returncode


@flow
def warm() -> None:
    true()


@flow
def chain() -> None:
    for _ in range(50):
        true()


@flow(task_runner=ThreadPoolTaskRunner(max_workers=10))
def fan_out() -> None:
    for future in [true.submit(number) for number in range(200)]:
        future.result()


def main() -> None:
    warm()
    found: dict[str, Any] = {"version": importlib.metadata.version("prefect")}
    began = time.perf_counter()
    chain()
    found["chain"] = (time.perf_counter() - began) / 50
    began = time.perf_counter()
    fan_out()
    found["fan_out"] = 200 / (time.perf_counter() - began)
    began = time.perf_counter()
    for _ in range(20):
        warm()
    found["burst"] = 20 / (time.perf_counter() - began)
    print(json.dumps(found))


if __name__ == "__main__":
    main()
