"""Huey with its SQLite storage and thread workers, recording what it records by default. Prints JSON."""

from __future__ import annotations

import importlib.metadata
import json
import subprocess
import sys
import tempfile
import time
from typing import Any

from huey import SqliteHuey
from huey.consumer_options import ConsumerConfig

SIZES = json.loads(sys.argv[2])
folder = tempfile.mkdtemp()
huey = SqliteHuey(filename=f"{folder}/huey.sqlite")


@huey.task()
def true(*_: Any) -> int:
    return subprocess.run(["/bin/true"], check=True).returncode


def main() -> None:
    config = ConsumerConfig(workers=10, worker_type="thread", initial_delay=0.001, max_delay=0.01, backoff=1.1)
    consumer = huey.create_consumer(**config.values)
    consumer.start()
    true()(blocking=True)
    figures: dict[str, Any] = {"version": importlib.metadata.version("huey")}
    pipeline = true.s()
    for _ in range(SIZES["chain"] - 1):
        pipeline = pipeline.then(true)
    began = time.perf_counter()
    for result in huey.enqueue(pipeline):
        result(blocking=True, backoff=1, max_delay=0.001)
    figures["chain"] = (time.perf_counter() - began) / SIZES["chain"]
    for name in ("fan_out", "burst"):
        began = time.perf_counter()
        results = [true() for _ in range(SIZES[name])]
        for result in results:
            result(blocking=True, backoff=1, max_delay=0.001)
        figures[name] = SIZES[name] / (time.perf_counter() - began)
    json.dump(figures, sys.stdout)
    sys.stdout.flush()
    consumer.stop(graceful=False)


if __name__ == "__main__":
    main()
    import os

    os._exit(0)
