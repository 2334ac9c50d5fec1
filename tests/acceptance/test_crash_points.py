"""The scheduler, or its keepers, killed at each point that has a name: nothing is lost, doubled or started twice."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import databases
import psutil
import pytest
import soak

from workflow_scheduler.system.crash_points import POINTS

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="its workflows are for sh")

DEFINITION = """
id: w0
tasks:
  - {id: first, command: sh, args: [-c, 'echo "$RUN_ID $TASK_ID $ATTEMPT" >> starts; sleep 0.2; exit $((ATTEMPT == 1))'],
     retry_count: 9}
  - {id: second, command: sh, args: [-c, 'echo "$RUN_ID $TASK_ID $ATTEMPT" >> starts; echo x > "out_$RUN_ID"'],
     output_files: 'out_{run_id}'}
schedules:
  - {id: s0, every: 1s, catchup: all, overlap: allow}
"""


@pytest.fixture(params=["sqlite", "postgresql"])
def home(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[soak.Home]:
    url = None
    if request.param == "postgresql":
        url = databases.fresh(request.getfixturevalue("postgres"))
    made = soak.Home(tmp_path, url)
    file = tmp_path / "w0.yaml"
    file.write_text(DEFINITION)
    made.command("workflow", "apply", str(file))
    yield made
    made.kill()


@pytest.mark.parametrize("point", [point for point in POINTS if not point.startswith(("storage.", "calendar."))])
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
