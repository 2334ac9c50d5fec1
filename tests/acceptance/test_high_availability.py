"""Two schedulers and two workers on one PostgreSQL database: what ends with one of them, and what goes on."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import databases
import httpx
import psycopg
import pytest
import soak
from line import line_to
from pair import Pair
from patience import PATIENCE
from soak_workers import LABEL, Worker, join

if sys.platform == "win32":
    pytest.skip("its workflows are for sh", allow_module_level=True)

pytestmark = pytest.mark.needs("postgresql")

SHARED = """
id: {workflow}
max_active_runs: {limit}
place: {{labels: [{label}]}}
tasks:
  - id: a
    command: sh
    args: [-c, 'echo "$RUN_ID $TASK_ID $ATTEMPT" >> {folder}/starts; echo "begin {workflow} $PWD" >> {folder}/marks;
                sleep 0.2; echo "end {workflow} $PWD" >> {folder}/marks']
schedules:
  - {{id: {workflow}, every: 1s, catchup: all, overlap: allow}}
"""
SLOW = """
id: slow
place: {{labels: [{label}]}}
tasks:
  - id: a
    command: sh
    args: [-c, 'echo "$RUN_ID $TASK_ID $ATTEMPT" >> {folder}/starts; while [ ! -e {folder}/go ]; do sleep 0.05; done;
                echo here; exit 7']
    expected_exit_codes: [7]
  - id: b
    command: sh
    args: [-c, 'echo "$RUN_ID $TASK_ID $ATTEMPT" >> {folder}/starts']
"""
LIMITS = {"one": 1, "two": 2, "many": 100}


class Four(Pair):
    """The second scheduler has a page."""

    workers: list[Worker]

    def marks(self) -> list[list[str]]:
        file = self.folder / "marks"
        return [line.split() for line in file.read_text().splitlines()] if file.exists() else []

    def begun(self) -> Counter[str]:
        """How many attempts each scheduler has begun, by the ID of its process."""
        with psycopg.connect(self.url) as connection:
            rows = connection.execute("SELECT engine_id, count(*) FROM attempts GROUP BY engine_id").fetchall()
        return Counter({str(engine): count for engine, count in rows})

    def has_work(self, home: soak.Home) -> bool:
        """Whether its scheduler has an attempt in progress."""
        return self._asks("engine_id = engines.id AND attempts.finished_at IS NULL", "engines, attempts", home)

    def is_gone(self, home: soak.Home) -> bool:
        """Whether another scheduler has found out that the one of the home is gone, or it said so itself."""
        return self._asks("stopped_at IS NOT NULL", "engines", home)

    def _asks(self, condition: str, tables: str, home: soak.Home) -> bool:
        query = f"SELECT count(*) > 0 FROM {tables} WHERE engines.identity ->> 'home' = %s AND {condition}"
        with psycopg.connect(self.url) as connection:
            return connection.execute(query, [str(home.folder)]).fetchone() == (True,)


@pytest.fixture
def four(tmp_path: Path) -> Iterator[Four]:
    with databases.cluster() as cluster, line_to(databases.root_of(cluster)) as line:
        made = Four(tmp_path, databases.fresh(cluster))
        made.second.env |= {"WEB": "1", "PORT": "0"}
        made.apply(SLOW, label=LABEL)
        made.workers = [join(made.first, name, line) for name in ("far-1", "far-2")]
        for worker in made.workers:
            worker.start()
        yield made
        (tmp_path / "go").touch()
        for home in (made.first, made.second, *made.workers):
            home.kill()


def test_all_goes_on_when_one_scheduler_is_killed_and_comes_back(four: Four, until: Callable[..., Any]) -> None:
    for workflow, limit in LIMITS.items():
        four.apply(SHARED, workflow=workflow, limit=limit, label=LABEL)
    for home in (four.first, four.second):
        four.serve_hastily(home)
    until(lambda: len({where for _, _, where in four.marks()}) == 2 and len(four.begun()) == 2)
    until(lambda: four.has_work(four.first))
    four.first.kill()
    until(lambda: four.is_gone(four.first))
    before = len(four.marks())
    until(lambda: len(four.marks()) > before + 30)
    assert {row["state"] for row in four.second.command("workers", "list")} == {"active"}
    assert {run["workflow_id"] for run in four.second.command("runs", "list", "-n", "0")} == set(LIMITS)
    assert shown(four.second) == set(LIMITS)
    begun = four.begun()
    four.serve_hastily(four.first)
    until(lambda: len(four.begun() - begun) == 2)
    four.first.folder.joinpath("starts").symlink_to(four.folder / "starts")
    soak.drain(four.first, LIMITS)
    found = soak.count(four.first, dict.fromkeys(LIMITS, 1))
    assert (found["lost"], found["duplicate"], found["started_twice"], found["unknown"]) == (0, 0, 0, 0)
    assert {run["state"] for run in four.second.command("runs", "list", "-n", "0")} == {"succeeded"}
    running: Counter[str] = Counter()
    for kind, workflow, _ in four.marks():
        running[workflow] += 1 if kind == "begin" else -1
        assert running[workflow] <= LIMITS[workflow]


def shown(home: soak.Home) -> set[str]:
    """The workflows of which the page of this home shows runs."""
    address, _, ticket = home.command("web", "--print")["url"].partition("/#ticket=")
    with httpx.Client(base_url=f"{address}/api/v1", timeout=PATIENCE) as browser:
        browser.post("session", json={"ticket": ticket})
        return {run["workflow_id"] for run in browser.get("runs", params={"limit": 100}).json()["items"]}


def test_a_worker_reports_to_the_scheduler_that_is_there(four: Four, until: Callable[..., Any]) -> None:
    four.first.serve()
    until(lambda: four.first.command("status")["running"])
    four.first.command("run", "slow", "--id", "r", "--detach")
    until(lambda: four.starts() == {"r a 1": 1})
    four.first.kill()
    (four.folder / "go").touch()  # its end is told to nobody
    four.serve_hastily(four.second)
    until(lambda: four.run("r")["state"] != "running")
    run = four.run("r")
    (attempt,) = run["tasks"][0]["attempts"]
    assert (run["state"], attempt["exit_code"]) == ("succeeded", 7)
    assert attempt["worker"] in {"far-1", "far-2"}
    assert (four.second.folder / "attempts" / "r" / "a.1" / "stdout.log").read_text() == "here\n"
    assert four.starts() == {"r a 1": 1, "r b 1": 1}
