"""The scheduler, or its keepers, killed at each point that has a name: nothing is lost, doubled or started twice."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import databases
import psutil
import pytest
import soak

from workflow_scheduler.storage.database import Database
from workflow_scheduler.system.crash_points import POINTS, VARIABLE

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="its workflows are for sh")

CANARY = "canary-of-a-secret"
DEFINITION = """
id: w0
secrets: {KEY: 'file:key'}
params: {at: {default: "{date:%Y-%m-%dT%H:%M:%S}"}}
tasks:
  - {id: first, command: sh, secrets: [KEY:file], args: [-c, 'echo "$RUN_ID $TASK_ID $ATTEMPT" >> starts; echo "$SCHEDULED_TIME $PARAM_AT $0" >> values;
     sleep 0.2; exit $((ATTEMPT == 1))', '{at}'], retry_count: 9}
  - {id: second, command: sh, args: [-c, 'echo "$RUN_ID $TASK_ID $ATTEMPT" >> starts; echo x > "out_$RUN_ID"'],
     output_files: 'out_{run_id}'}
schedules:
  - {id: s0, every: 1s, catchup: all, overlap: allow}
---
id: asked
params: {word: {}}
tasks:
  - {id: only, command: sh, args: [-c, 'echo "$RUN_ID $PARAM_WORD" >> words']}
"""


@pytest.fixture(params=["sqlite", "postgresql"])
def home(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[soak.Home]:
    url = None
    if request.param == "postgresql":
        url = databases.fresh(request.getfixturevalue("postgres"))
    made = soak.Home(tmp_path, url)
    (tmp_path / "key").write_text(CANARY)
    (tmp_path / "key").chmod(0o600)
    file = tmp_path / "w0.yaml"
    file.write_text(DEFINITION)
    made.command("workflow", "apply", str(file))
    yield made
    made.kill()


@pytest.mark.parametrize("point", [point for point in POINTS if point.startswith(("engine.", "keeper."))])
def test_killed_at_a_named_point(home: soak.Home, point: str, until) -> None:
    def started() -> int:
        file = home.folder / "starts"
        return len(file.read_text().splitlines()) if file.exists() else 0

    home.serve()
    until(lambda: started() >= 2)
    home.kill()
    home.serve(f"{point}:2" if "take_over" not in point else point)
    if point.startswith("engine."):
        assert home.dies_within(30)
    else:
        before = started()
        engine = psutil.Process(home.process.pid)
        keepers: set[int] = set()

        def died() -> set[int]:
            # Keepers are its only children, and those that live through it stay for a minute.
            living = {child.pid for child in engine.children()}
            keepers.update(living)
            return keepers - living

        until(died)
        assert home.process.poll() is None
        until(lambda: started() >= before + (point != "keeper.before_start") * 4)
        home.kill()
    home.serve()
    until(lambda: started() >= 8)
    soak.drain(home, ["s0"])
    found = soak.count(home, {"s0": 1})
    assert found["fires"] >= 2
    assert (found["lost"], found["duplicate"], found["started_twice"], found["unknown"]) == (0, 0, 0, 0)
    assert not [file for file in (home.folder / "attempts").rglob("*") if file.is_file() and CANARY in file.read_text()]
    for line in (home.folder / "values").read_text().splitlines():
        nominal, variable, argument = line.split()
        assert nominal.startswith(variable), line
        assert variable == argument


@pytest.mark.parametrize("point", [point for point in POINTS if point.startswith("run.")])
def test_killed_while_a_run_with_parameters_is_queued(home: soak.Home, point: str, until) -> None:
    home.serve()
    until((home.folder / "values").exists)
    command = [sys.executable, "-m", "workflow_scheduler", "run", "asked", "-p", "word=a b", "--detach"]
    killed = subprocess.run([*command, "--id", "first"], env={**home.env, VARIABLE: point}, check=False)
    assert killed.returncode == -signal.SIGKILL
    subprocess.run([*command, "--id", "second"], env=home.env, check=True)
    words = home.folder / "words"
    until(lambda: words.exists() and "second" in words.read_text())
    runs = {
        run["id"]: home.command("runs", "show", run["id"])
        for run in home.command("runs", "list", "--workflow", "asked")
    }
    assert runs.keys() == ({"second"} if point == "run.before_commit" else {"first", "second"})
    assert all(run["params"] == {"word": "a b"} for run in runs.values())
    until(lambda: len(words.read_text().splitlines()) == len(runs))
    assert sorted(words.read_text().splitlines()) == sorted(f"{name} a b" for name in runs)


NIGHTLY = """
id: nightly
tasks:
  - {id: night, command: sh, args: [-c, 'echo "$SCHEDULED_TIME $RUN_ID $ATTEMPT" >> nights']}
schedules:
  - {id: night, cron: "0 1 * * *", timezone: UTC}
"""
NIGHTS = ("--from", "2026-01-01", "--to", "2026-01-08", "--parallel", "2", "--yes")


@pytest.mark.parametrize("point", [point for point in POINTS if point.startswith(("backfill.", "engine."))])
def test_killed_between_a_backfill_and_its_runs(home: soak.Home, point: str, until) -> None:
    file = home.folder / "nightly.yaml"
    file.write_text(NIGHTLY)
    home.command("workflow", "apply", str(file))
    home.command("schedule", "pause", "s0")
    command = [sys.executable, "-m", "workflow_scheduler", "backfill", "nightly", *NIGHTS]
    created = subprocess.run(command, env={**home.env, VARIABLE: point}, check=False)
    if point in ("backfill.before_created", "backfill.created"):
        assert created.returncode == -signal.SIGKILL
    else:
        # The third passage is between two of its runs.
        home.serve(f"{point}:3" if "take_over" not in point else point)
        if "take_over" not in point:
            assert home.dies_within(60)
        home.kill()
    if point == "backfill.before_created":
        assert home.command("backfill", "list") == []
        subprocess.run(command, env=home.env, check=True)
    home.serve()
    until(lambda: home.command("backfill", "list")[0]["state"] == "finished")
    (row,) = home.command("backfill", "list")
    assert (row["total"], row["succeeded"]) == (8, 8)
    nights = [line.split() for line in (home.folder / "nights").read_text().splitlines()]
    assert sorted(night[:10] for night, _, _ in nights) == [f"2026-01-{day:02}" for day in range(1, 9)]
    assert {attempt for _, _, attempt in nights} == {"1"}
    assert len(home.command("runs", "list", "--backfill", row["id"])) == 8


WAITS = """
id: waits
deadlines: {start_within: 1s}
tasks:
  - {id: only, command: sleep, args: ["300"]}
schedules:
  - {id: waits, every: 2s}
"""


@pytest.mark.parametrize("point", [point for point in POINTS if point.startswith("deadline.")])
def test_killed_while_deadlines_are_judged(home: soak.Home, point: str, until) -> None:
    file = home.folder / "waits.yaml"
    file.write_text(WAITS)
    home.command("schedule", "pause", "s0")
    home.command("workflow", "apply", str(file))
    database = Database(home.env.get("DB_URL", "sqlite:///jobs.sqlite"), home.folder)

    def reported() -> int:
        """The deadlines of which an event tells."""
        reasons = database.read(lambda db: db.column("SELECT reason FROM events WHERE kind = 'deadline.late'"))
        return sum(int(said[1]) if (said := re.match(r"(\d+) deadlines of", reason)) else 1 for reason in reasons)

    def missed() -> int:
        return database.read(lambda db: db.value("SELECT sum(count) FROM deadlines WHERE state = 'missed'")) or 0

    home.serve(point)
    assert home.dies_within(120)
    assert (reported() > 0, reported()) == (point == "deadline.after_commit", missed())
    before = reported()
    home.serve(f"{point}:2")
    assert home.dies_within(120)
    home.serve()
    until(lambda: reported() > before + 1)
    home.command("schedule", "pause", "waits")
    until(lambda: not database.read(lambda db: db.value("SELECT count(*) FROM deadlines WHERE state = 'open'")))
    assert reported() == missed()
    database.close()
