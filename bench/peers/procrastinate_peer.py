"""Procrastinate alone, with the PostgreSQL that the environment names: several worker processes. Prints JSON.

With the word `worker` it is one of them.
"""

from __future__ import annotations

import asyncio
import importlib.metadata
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import procrastinate
import psycopg

DATABASE = os.environ["BENCH_POSTGRESQL"]
STAMPS = Path(os.environ.get("BENCH_STAMPS", "."))
app = procrastinate.App(connector=procrastinate.PsycopgConnector(conninfo=DATABASE))


@app.task(name="true", queue="bench")
def true() -> None:
    subprocess.run(["/bin/true"], check=True)


@app.task(name="date", queue="bench")
def date(number: int) -> None:
    with (STAMPS / f"{number}.txt").open("w") as out:
        subprocess.run(["/bin/date", "+%s.%N"], check=True, stdout=out)


async def worker(slots: int) -> None:
    async with app.open_async():
        await app.run_worker_async(queues=["bench"], concurrency=slots)


def main() -> None:
    sizes = json.loads(sys.argv[2])
    sync = procrastinate.App(connector=procrastinate.SyncPsycopgConnector(conninfo=DATABASE))
    with sync.open(), psycopg.connect(DATABASE, autocommit=True) as watching:
        sync.schema_manager.apply_schema()
        words = [sys.executable, __file__, "worker", str(sizes["slots"])]
        workers = [subprocess.Popen(words, stderr=subprocess.DEVNULL) for _ in range(sizes["workers"])]
        try:
            warm = sync.configure_task("true", queue="bench")
            warm.batch_defer(*[{} for _ in range(sizes["workers"] * sizes["slots"])])
            finished(watching)
            asked = []
            for number in range(sizes["picked"]):
                time.sleep(0.1)
                asked.append(time.time())
                sync.configure_task("date", queue="bench").defer(number=number)
            finished(watching)
            began = time.perf_counter()
            warm.batch_defer(*[{} for _ in range(sizes["wide"])])
            finished(watching)
            rate = sizes["wide"] / (time.perf_counter() - began)
        finally:
            for process in workers:
                process.terminate()
            for process in workers:
                process.wait()
    late = [float((STAMPS / f"{number}.txt").read_text()) - at for number, at in enumerate(asked)]
    version = importlib.metadata.version("procrastinate")
    print(json.dumps({"version": version, "wide": rate, "picked": late}))


def finished(watching: psycopg.Connection) -> None:
    """Wait until nothing is to be done."""
    query = "SELECT 1 FROM procrastinate_jobs WHERE status IN ('todo', 'doing') LIMIT 1"
    while watching.execute(query).fetchone():
        time.sleep(0.02)


if __name__ == "__main__":
    asyncio.run(worker(int(sys.argv[2]))) if sys.argv[1] == "worker" else main()
