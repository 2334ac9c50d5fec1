"""What a scheduler holds stays as it is, however much it ran: FAULTS 34, in short."""

from __future__ import annotations

import sys

import psutil
import pytest

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="its workflow is for sh")
TASKS, RUNS = 60, 20


def test_descriptors_threads_memory_and_the_wal_stay_flat(scheduler) -> None:
    tasks = "".join(f"  - {{id: t{n}, command: 'true', depends_on: []}}\n" for n in range(TASKS))
    (scheduler.home / "w.yaml").write_text(f"id: w\ntasks:\n{tasks}")
    scheduler("workflow", "apply", "w.yaml")
    scheduler("start")
    process = psutil.Process(scheduler.json("status")["pid"])
    log = scheduler.home / "jobs.sqlite-wal"
    assert log.stat().st_size > 16_000_000

    def held() -> tuple[int, int]:
        return process.num_fds(), process.num_threads()

    for _ in range(2):
        scheduler("run", "w")
    first, memory = held(), process.memory_info().rss
    for _ in range(RUNS):
        scheduler("run", "w")
    descriptors, threads = held()
    # Threads that ask the database at the same moment for the first time have it open one more connection, of two descriptors;
    # what is not closed costs each run one.
    assert descriptors - first[0] < RUNS // 2
    assert threads <= first[1]
    assert process.memory_info().rss - memory < 10_000_000
    # It is moved into the database at 16 MB; without that these runs make it 25.
    assert log.stat().st_size < 20_000_000
