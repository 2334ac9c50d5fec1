"""Celery with a Redis server of its own: several worker processes, results kept. Prints JSON."""

from __future__ import annotations

import importlib.metadata
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from celery import Celery

ADDRESS = os.environ.get("BENCH_REDIS", "redis://127.0.0.1:1/0")
STAMPS = Path(os.environ.get("BENCH_STAMPS", "."))
app = Celery("celery_peer", broker=ADDRESS, backend=ADDRESS)
app.conf.worker_prefetch_multiplier = 1


@app.task(name="true")
def true() -> None:
    subprocess.run(["/bin/true"], check=True)


@app.task(name="date")
def date(number: int) -> None:
    with (STAMPS / f"{number}.txt").open("w") as out:
        subprocess.run(["/bin/date", "+%s.%N"], check=True, stdout=out)


def main() -> None:
    sizes = json.loads(sys.argv[2])
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        words = ["--bind", "127.0.0.1", "--port", str(port), "--dir", folder, "--appendonly", "yes"]
        redis = subprocess.Popen(["redis-server", *words], stdout=subprocess.DEVNULL)
        os.environ["BENCH_REDIS"] = address = f"redis://127.0.0.1:{port}/0"
        app.conf.update(broker_url=address, result_backend=address)
        here = {**os.environ, "PYTHONPATH": str(Path(__file__).parent)}
        command = [
            sys.executable,
            "-m",
            "celery",
            "-A",
            "celery_peer",
            "worker",
            "-l",
            "CRITICAL",
            "-c",
            str(sizes["slots"]),
        ]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        workers = [
            subprocess.Popen([*command, "-n", f"w{number}@%h"], env=here, **quiet) for number in range(sizes["workers"])
        ]
        try:
            while len(app.control.ping(timeout=0.5) or ()) < len(workers):
                time.sleep(0.1)
            wait([true.delay() for _ in range(sizes["workers"] * sizes["slots"])])
            asked, results = [], []
            for number in range(sizes["picked"]):
                time.sleep(0.1)
                asked.append(time.time())
                results.append(date.delay(number))
            wait(results)
            began = time.perf_counter()
            wait([true.delay() for _ in range(sizes["wide"])])
            rate = sizes["wide"] / (time.perf_counter() - began)
        finally:
            for process in [*workers, redis]:
                process.terminate()
            for process in [*workers, redis]:
                process.wait()
    late = [float((STAMPS / f"{number}.txt").read_text()) - at for number, at in enumerate(asked)]
    print(json.dumps({"version": importlib.metadata.version("celery"), "wide": rate, "picked": late}))


def wait(results: list) -> None:
    for result in results:
        result.get(interval=0.01)


if __name__ == "__main__":
    main()
