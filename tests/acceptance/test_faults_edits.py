"""Edits, pauses and a deletion at the very instants of fires, against a real scheduler: FAULTS 30."""

from __future__ import annotations

import contextlib
import itertools
import random
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import databases
import pytest
import soak
from operated import Commands, Queries, changed

from workflow_scheduler.domain.schedule import Schedule
from workflow_scheduler.engine.planner import trigger_of
from workflow_scheduler.storage import catalog
from workflow_scheduler.storage.database import Database

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="its workflow is for POSIX")
EDITS = 30
DEFINITION = """
id: w
tasks: [{id: a, command: 'true'}]
schedules: [{id: s, every: 1s, catchup: all, overlap: allow}]
"""


def moments(schedule: Schedule, after: datetime, until: datetime) -> list[datetime]:
    """What falls due under this version of the schedule."""
    found = []
    moment = trigger_of(schedule).next_after(after)
    while moment is not None and moment <= until:
        found.append(moment)
        moment = trigger_of(schedule).next_after(moment)
    return found


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_each_moment_follows_exactly_the_old_or_the_new(kind: str, tmp_path: Path, request, until) -> None:
    url = None
    if kind == "postgresql":
        url = databases.fresh(request.getfixturevalue("postgres"))
    home = soak.Home(tmp_path, url)
    (tmp_path / "w.yaml").write_text(DEFINITION)
    home.command("workflow", "apply", str(tmp_path / "w.yaml"))
    database = Database(url or "sqlite:///jobs.sqlite", tmp_path)
    commands, queries = Commands(database, "UTC"), Queries(database, tmp_path)
    dice = random.Random(1)

    def stored() -> Schedule | None:
        return database.read(lambda db: catalog.find_schedule(db, "s"))

    with contextlib.closing(database), contextlib.ExitStack() as stack:
        stack.callback(home.kill)
        first = stored()
        assert first is not None
        versions = [first]
        home.serve()
        until(lambda: queries.fire_list("s", None))
        for number in range(EDITS):
            clock = datetime.now(UTC)
            if number % 3 == 0 and versions[-1].enabled:
                # Who read the clock just before a fire, and had to wait for the planner to write it.
                due = trigger_of(versions[-1]).next_after(clock)
                clock = due - timedelta(milliseconds=dice.uniform(0, 3))
                until(lambda due=due: stored().planner.cursor >= due)
            elif number % 3 == 1:
                clock = clock.replace(microsecond=0) + timedelta(seconds=1, milliseconds=dice.uniform(-2, 2))
                until(lambda clock=clock: datetime.now(UTC) >= clock)
            change = dice.choice([{"spec": {"every": f"{dice.randint(1, 2)}s"}}, {"enabled": not versions[-1].enabled}])
            versions.append(
                commands.edit_schedule("s", lambda schedule, change=change: changed(schedule, **change), clock)
            )
        until(lambda: datetime.now(UTC).microsecond > 990_000)
        last = datetime.now(UTC)
        # The planner may write the fire between this clock and the deletion: what counts is the row that was deleted.
        deleted: list[Schedule | None] = []
        see = database.accompanied(lambda db: deleted.append(catalog.find_schedule(db, "s", lock=True)), None)
        Commands(see, "UTC").delete_schedule("s", last)
        wanted: Counter[datetime] = Counter()
        for old, new in itertools.pairwise(versions):
            assert old.planner.cursor <= new.planner.cursor
            wanted.update(moments(old, old.planner.cursor, new.planner.cursor))
        wanted.update(moments(versions[-1], versions[-1].planner.cursor, max(last, deleted[-1].planner.cursor)))
        until(lambda: sum(queries.open_runs().values()) == 0)
        found: Counter[datetime] = Counter()
        for fire in queries.fire_list("s", None):
            begin = fire.nominal_utc
            end = fire.until_utc or fire.nominal_utc
            inside = [moment for moment in wanted if begin <= moment <= end]
            assert len(inside) == fire.count, fire
            found.update(inside)
        assert found == wanted
        assert set(found.values()) == {1}
        runs = Counter(run.nominal_utc for run in queries.run_list(limit=None))
        assert runs == {fire.nominal_utc: 1 for fire in queries.fire_list("s", None) if fire.run_id}
