"""100,000 schedules, and a million past runs."""

from __future__ import annotations

import functools
import random
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from home import TRUE, Home, scheduler
from peer_scripts import Peers
from processes import idle
from stopwatch import whole_commands
from table import table

from workflow_scheduler.domain.run import Attempt, AttemptState, Run, RunState, TaskRun, TaskRunState
from workflow_scheduler.domain.schedule import Disposition, Fire
from workflow_scheduler.engine import planner
from workflow_scheduler.storage import catalog, fires, runs
from workflow_scheduler.storage.sql import Connection

# All of them match three in the morning, and no two are written alike.
AT_THREE = [
    f"0 {hours} {days} * *" for hours in ("3", "*/3", "1-5", "3,15") for days in ("*", "*/1", "1-31", "1-15,16-31")
]


def large(peers: Peers) -> list[str]:
    sizes = peers.sizes
    many = many_schedules(sizes.schedules, sizes.idle)
    commands = many_runs(sizes.past_runs, sizes.command_rounds)
    bare = commands.pop("bare")[0]
    rows = [
        ["apply", f"{many['apply']:.1f} s"],
        ["look for the next due one", f"{many['wake']:.2f} ms"],
        ["all due at once, planned", f"{many['plan']:.1f} s"],
        ["eight days away, then all planned", f"{many['away']:.1f} s"],
        ["idle, all processes", f"{many['memory']:.0f} MB, {many['cpu']:.2f} s of CPU a minute"],
    ]
    past = f"{sizes.past_runs:,} past runs: whole commands, ms (bare Python: {bare:.0f})"
    name = f"`report` of a day with {sizes.runs_of_a_day:,} runs"
    commands |= {name: report(sizes.past_runs, sizes.runs_of_a_day, sizes.command_rounds)}
    return [
        *table([f"{sizes.schedules:,} schedules", ""], rows),
        *table(
            [past, "", "/ bare Python"],
            [[name, f"{ms:.0f}", f"{ratio:.1f}"] for name, (ms, ratio) in commands.items()],
        ),
    ]


def many_schedules(count: int, seconds: tuple[int, int]) -> dict[str, float]:
    """Seconds to apply them, milliseconds to look for the next due one, seconds to plan all of them at once."""
    dice = random.Random(1)
    figures: dict[str, float] = {}
    home = Home()
    figures["apply"] = _apply(home, count, lambda: f"{dice.randrange(60)} {dice.randrange(24)} * * {dice.randrange(7)}")
    home.command("start")
    try:
        figures["memory"], figures["cpu"] = idle(home.pid, *seconds)
    finally:
        home.command("stop")
    times = []
    for _ in range(20):
        began = time.perf_counter()
        home.app.database.write(
            lambda db: (planner.plan(db, datetime.now(UTC), planner.BATCH, lambda _: None), catalog.next_moments(db))
        )
        times.append(time.perf_counter() - began)
    figures["wake"] = statistics.median(times) * 1000
    figures["away"] = _plan_all(home, datetime.now(UTC) + timedelta(days=8))
    home.app.close()
    home = Home()
    _apply(home, count, lambda: dice.choice(AT_THREE))
    at_three = datetime.now(UTC).replace(hour=3, minute=0, second=0, microsecond=0) + timedelta(days=1)
    # Each has been planned up to the minute before, as it would be in a home that runs.
    before = {"cursor_utc": at_three - timedelta(minutes=1), "next_due_utc": at_three}
    home.app.database.write(
        lambda db: db.run("UPDATE schedules SET cursor_utc = :cursor_utc, next_due_utc = :next_due_utc", **before)
    )
    figures["plan"] = _plan_all(home, at_three)
    home.app.close()
    return figures


def _apply(home: Home, count: int, expression: Callable[[], str]) -> float:
    workflows = [
        {
            "id": f"w{w}",
            "tasks": [{"id": "a", "command": "/bin/true"}],
            "schedules": [{"id": f"s{w}_{n}", "cron": expression(), "overlap_scope": "schedule"} for n in range(100)],
        }
        for w in range(count // 100)
    ]
    began = time.perf_counter()
    home.apply(*workflows)
    return time.perf_counter() - began


def _plan_all(home: Home, now: datetime) -> float:
    began = time.perf_counter()
    while home.app.database.write(lambda db: planner.plan(db, now, planner.BATCH, lambda _: None)):
        pass
    return time.perf_counter() - began


def many_runs(count: int, rounds: int) -> dict[str, tuple[float, float]]:
    """Whole commands over this many past runs, each in ms and as a ratio to bare Python."""
    home = home_of_many_runs(count)
    commands = {
        "`runs list`": scheduler("runs", "list"),
        "`runs show`": scheduler("runs", "show", "last"),
        "`status`": scheduler("status"),
        "`runs list` of one workflow": scheduler("runs", "list", "--workflow", "w3"),
        "`workflow list`": scheduler("workflow", "list"),
        "`explain` of a workflow": scheduler("explain", "w3"),
        "`explain` of a run": scheduler("explain", "--run", f"r{count // 2:08}", "w" + str(count // 2 % 20)),
    }
    return whole_commands(commands, home.env, rounds)


def report(count: int, today: int, rounds: int) -> tuple[float, float]:
    """The same for the report of a day with `today` runs, after as many older ones as there are in a week, or `count`."""
    home = Home()
    fill(home, min(count, 8 * today), apart=timedelta(days=1) / today)
    found = whole_commands({"report": scheduler("report", "--since", "24h")}, home.env, rounds)
    return found["report"]


@functools.cache
def home_of_many_runs(count: int) -> Home:
    """Filled once for everything that is measured in it."""
    home = Home()
    fill(home, count)
    return home


def fill(home: Home, count: int, apart: timedelta = timedelta(minutes=1)) -> None:
    """Twenty workflows, and finished runs of theirs, so far apart up to now, each with its fire, its task run and its attempt."""
    nightly = {"cron": "0 3 * * *"}
    home.apply(
        *({"id": f"w{n}", "tasks": [{"id": "a", **TRUE}], "schedules": [{"id": f"s{n}", **nightly}]} for n in range(20))
    )
    now = datetime.now(UTC)
    for start in range(0, count, 20_000):
        fired, done_runs, tasks, attempts = [], [], [], []
        for number in range(start, min(start + 20_000, count)):
            at = now - (count - number) * apart
            done = {"started_at": at, "finished_at": at + timedelta(seconds=1), "reason": "exit code 0"}
            name = f"r{number:08}"
            schedule = {"schedule_id": f"s{number % 20}", "nominal": at}
            fired.append(Fire(**schedule, disposition=Disposition.QUEUED, run_id=name))
            done_runs.append(
                Run(name, f"w{number % 20}", 1, RunState.SUCCEEDED, at, **schedule, started_by="schedule", **done)
            )
            tasks.append(TaskRun(name, "a", 0, TaskRunState.SUCCEEDED, attempts=1, **done))
            attempts.append(Attempt(name, "a", 1, AttemptState.SUCCEEDED, exit_code=0, **done))

        def work(db: Connection, new=(fired, done_runs, tasks, attempts)) -> None:
            fires.record_fires(db, new[0])
            runs.add_runs(db, new[1])
            runs.add_task_runs(db, new[2])
            runs.add_attempts(db, new[3])

        home.app.database.write(work)
