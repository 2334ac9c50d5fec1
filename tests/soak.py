"""Kills the scheduler, its keepers, or both, for as long as asked, and then counts what was lost.

Run it with `python dev.py soak --minutes N [--database URL]`. It prints one line, and fails unless nothing was lost,
doubled or started twice, each failure was told of, and no run or pass failed. With `--workers N`, half of the workflows run
on workers, which are killed as well, as are their keepers, their line and PostgreSQL, in a cluster of its own. Where network
namespaces are possible, each worker has one: it is started again as another boot, and its packets vanish for minutes. It
prints how many runs were in progress when each thing was done (`during_`), and with `--runs N` ends as soon as each has N.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import asking
import databases
from line import line_to
from messages import answers, receiver
from namespaces import LACKING, network
from patience import PATIENCE
from soak_progress import Progress
from soak_workers import LABEL, Crowd, keepers

from workflow_scheduler.storage.database import Database
from workflow_scheduler.system.crash_points import POINTS, VARIABLE

WORKFLOWS = 6
RUNS_AT_ONCE = "150"
"""With workers: what waits for a machine that is lost keeps no other run from starting."""
DEFINITION = """
id: w{n}
{place}tasks:
  - id: first
    command: sh
    args: [-c, 'echo "$RUN_ID $TASK_ID $ATTEMPT" >> {folder}/starts; sleep {length}; exit $((ATTEMPT == 1 && {n} % 2))']
    retry_count: 2
  - id: second
    command: sh
    args: [-c, 'echo "$RUN_ID $TASK_ID $ATTEMPT" >> {folder}/starts; echo x > out{n}_$RUN_ID']
    output_files: out{n}_{{run_id}}
{once}schedules:
  - {{id: s{n}, every: {seconds}s, catchup: all, overlap: allow}}
"""
ONCE = """  - id: third
    command: sh
    args: [-c, 'echo "$RUN_ID $TASK_ID once" >> {folder}/starts; sleep {length}']
    guarantee: at_most_once
"""
ONCE_AWAY = "    when_unreachable: {wait: 1h}\n"
PLACE = f"""place: {{labels: [{LABEL}]}}
when_unreachable: {{wait: 2m, elsewhere: true}}
"""
CHANNEL = """
channels: {{soak: {{kind: webhook, url: '{url}', allow_private: true}}}}
rules: [{{on: [attempt_failed], to: [soak]}}]
"""
LETTING_DIE = ("engine", "keeper", "alerts", "delivery")
"""What the points have to do with at which the scheduler is to die."""


class Home:
    def __init__(self, folder: Path, database: str | None) -> None:
        self.folder = folder
        self.env = {**os.environ, "SCHEDULER_HOME": str(folder), "WEB": "0"}
        if database:
            self.env["DB_URL"] = database
        self.process: subprocess.Popen[bytes] | None = None

    def command(self, *words: str) -> Any:
        asked = [*words, "--json"]
        if asking.is_question(asked, self.env):
            done = asking.ask(asked, self.env, self.folder)
        else:
            command = [sys.executable, "-m", "workflow_scheduler", *asked]
            done = subprocess.run(
                command, env=self.env, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
            )
        # status: 3 while no scheduler runs
        if done.returncode not in ((0, 3) if words == ("status",) else (0,)):
            sys.exit(f"{words}: exit code {done.returncode}\n{done.stdout}{done.stderr}")
        return json.loads(done.stdout)

    def open(self) -> Database:
        return Database(self.env.get("DB_URL", "sqlite:///jobs.sqlite"), self.folder)

    def serve(self, crash_at: str = "") -> None:
        env = {**self.env, VARIABLE: crash_at}
        command = [sys.executable, "-m", "workflow_scheduler", "serve"]
        self.process = subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def dies_within(self, seconds: float) -> bool:
        """Whether the scheduler came to the point at which it was to die."""
        try:
            code = self.process.wait(seconds) if self.process else 0
        except subprocess.TimeoutExpired:
            return False
        if code != -signal.SIGKILL:
            sys.exit(f"the scheduler ended by itself, with exit code {code}")
        return True

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()


def definition(folder: Path, n: int, seconds: int, *, length: str, away: bool = False, once: bool = False) -> str:
    """A workflow whose schedule fires each `seconds`, and whose first task takes `length`; on workers if `away`."""
    values = {"n": n, "seconds": seconds, "folder": folder, "length": length}
    values["place"] = PLACE if away else ""
    values["once"] = ONCE.format(**values) + ONCE_AWAY * away if once else ""
    return DEFINITION.format(**values)


def define(home: Home, count: int, *, far: bool) -> dict[str, int]:
    """Make the workflows, with half of them on workers if `far`; returns the seconds of each schedule."""
    schedules = {f"s{n}": 1 + n % 3 for n in range(count)}
    files = []
    for n, seconds in enumerate(schedules.values()):
        away = far and n >= count // 2
        files.append(home.folder / f"w{n}.yaml")
        length = f"{int(away) + n // WORKFLOWS}.{n % 10}"  # what takes longer is killed more often
        files[-1].write_text(definition(home.folder, n, seconds, length=length, away=away, once=far and n % 2 == 1))
    home.command("workflow", "apply", *map(str, files))
    return schedules


def torment(
    home: Home, minutes: float, dice: random.Random, crowd: Crowd | None = None, runs: int | None = None
) -> tuple[Counter[str], dict[str, int]]:
    """Kill until the time is over, or `runs` were in progress at each kind; returns how often whom, and the runs."""
    kills = Counter(engine=0, at_point=0, keeper=0)
    home.serve()
    end = time.monotonic() + minutes * 60
    longest = 4.0 if crowd else 1.0  # more has to begin before it can be killed
    far = crowd.torments if crowd else ()
    progress = Progress(home.open(), ("engine", "keeper", "both", *far))
    while time.monotonic() < end and (runs is None or progress.least() < runs):
        if home.dies_within(dice.uniform(0.1, longest)):
            kills["at_point"] += 1
            home.serve()
            continue
        target = dice.choice(("engine", "engine", "keeper", "both", *far))
        progress.note(target)
        if crowd is not None and target in far:
            crowd.torment(target)
            continue
        if target != "engine" and (found := keepers(home.folder)):
            with contextlib.suppress(ProcessLookupError):
                os.kill(dice.choice(found), signal.SIGKILL)
                kills["keeper"] += 1
        if target != "keeper":
            home.kill()
            kills["engine"] += 1
            # The next one, or its keepers, may die at a named point.
            home.serve(
                dice.choice(["", *(f"{name}:{dice.randint(1, 6)}" for name in POINTS if name.startswith(LETTING_DIE))])
            )
    home.kill()
    home.serve()
    if crowd is not None:
        crowd.settle()
        kills.update(crowd.kills)
    return kills, progress.counts()


def unfinished(home: Home) -> int:
    status = home.command("status")
    return int(status["runs_running"] + status["runs_queued"])


def untold(home: Home) -> int:
    """Failures in messages that are still to be sent."""
    return sum(len(home.command("notify", "list", "--state", state)) for state in ("queued", "held"))


def drain(home: Home, schedules: Iterable[str]) -> None:
    """Fire no more, and wait for what was begun, and until people are told of it."""
    for schedule in schedules:
        home.command("schedule", "pause", schedule)
    fewest, since = None, time.monotonic()
    while left := unfinished(home) or untold(home):
        if fewest is None or left < fewest:
            fewest, since = left, time.monotonic()
        if time.monotonic() - since > PATIENCE:  # not one of them ends
            sys.exit(f"{left} runs that do not end, or messages that are not sent")
        time.sleep(0.2)
    home.command("stop")
    if home.process is not None:
        home.process.wait()


def count(home: Home, schedules: Mapping[str, int]) -> dict[str, int]:
    """Compare the record with what must be there. `schedules`: the seconds of each."""
    runs = home.command("runs", "list", "-n", "0")
    starts = Counter((home.folder / "starts").read_text().splitlines())
    totals = Counter(fires=0, lost=0, duplicate=0)
    totals["started_twice"] = sum(times > 1 for times in starts.values())
    totals["unknown"] = sum(run["state"] == "unknown" for run in runs)
    # A keeper that dies again and again before it begins is what one of the points does; no task fails by itself.
    totals["failed"] = sum(run["state"] == "failed" and "before it began" not in run["reason"] for run in runs)
    for schedule, seconds in schedules.items():
        fires = home.command("fires", "list", "--schedule", schedule)
        every = timedelta(seconds=seconds)
        first = datetime.fromisoformat(fires[0]["nominal_utc"])
        last = datetime.fromisoformat(fires[-1]["until_utc"] or fires[-1]["nominal_utc"])
        recorded = sum(fire["count"] for fire in fires)
        made = [run["nominal_utc"] for run in runs if run["schedule_id"] == schedule]
        wanted = {fire["nominal_utc"] for fire in fires if fire["disposition"] == "queued"}
        totals["fires"] += recorded
        totals["lost"] += (last - first) // every + 1 - recorded + len(wanted - set(made))
        totals["duplicate"] += len(made) - len(set(made)) + len(set(made) - wanted)
    return dict(totals)


def told(home: Home, received: Sequence[tuple[Any, bytes]]) -> dict[str, int]:
    """Compare what a channel was told with the failures on record. One message may arrive twice, and is then the same."""
    messages = [json.loads(body) for _, body in received]
    counts = {message["key"]: message["count"] for message in messages}
    again = Counter(message["key"] for message in messages)
    differing = sum(counts[message["key"]] != message["count"] for message in messages)
    database = home.open()
    query = "SELECT count(*) FROM events WHERE kind IN ('attempt.failed', 'attempt.timed_out', 'attempt.unknown')"
    failures = int(database.read(lambda db: db.value(query)) or 0)
    moves = (
        "SELECT count(*) FROM events WHERE kind = 'attempt.unknown' AND reason LIKE '%was to end its command by then%'"
    )
    moved = int(database.read(lambda db: db.value(moves)) or 0)
    database.close()
    return {
        "moved": moved,
        "failures": failures,
        "messages": len(messages),
        "repeated": sum(times > 1 for times in again.values()),
        "untold": failures - sum(counts.values()),
        "differing": differing,
    }


def main() -> None:
    parser = argparse.ArgumentParser(prog="python dev.py soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=2)
    parser.add_argument("--database", metavar="URL", help="default: SQLite in a folder of its own")
    parser.add_argument("--workers", type=int, default=0, metavar="N", help="on a PostgreSQL cluster of its own")
    parser.add_argument("--workflows", type=int, default=WORKFLOWS, metavar="N", help="more have more in progress")
    parser.add_argument("--runs", type=int, metavar="N", help="end before if N runs were in progress at each torment")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # whatever ends it, what it started is stopped
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="soak")))
        received = stack.enter_context(receiver(answers(200)))
        cluster = stack.enter_context(databases.cluster()) if options.workers else ""
        home = Home(folder, databases.fresh(cluster) if cluster else options.database)
        stack.callback(home.kill)
        dice = random.Random(options.seed)
        (folder / "notify.yaml").write_text(CHANNEL.format(url=received.url))
        schedules = define(home, options.workflows, far=bool(cluster))
        crowd = None
        if cluster:
            home.env["MAX_THREADS"] = RUNS_AT_ONCE
            root, address, machines = databases.root_of(cluster), "127.0.0.1", []
            if LACKING:
                print(f"all workers are on this machine: {LACKING}", file=sys.stderr)
            else:
                address, machines = stack.enter_context(network(folder, options.workers))
            line = stack.enter_context(line_to(root, address))
            crowd = Crowd(home, options.workers, line, root, dice, machines)
            stack.callback(crowd.kill)
        kills, during = torment(home, options.minutes, dice, crowd, options.runs)
        drain(home, schedules)
        found = {"kills": kills.total(), **kills, **during, **count(home, schedules), **told(home, received)}
        errors = (folder / "scheduler.log").read_text().count(" EXCEPTION ")
        if crowd is not None:
            crowd.stop()
            errors += crowd.logs().count("Traceback")
    print(" ".join(f"{name}={value}" for name, value in {**found, "exceptions": errors}.items()))
    sys.exit(
        bool(errors)
        or any(found[name] for name in ("lost", "duplicate", "started_twice", "failed", "untold", "differing"))
    )


if __name__ == "__main__":
    main()
