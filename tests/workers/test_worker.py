"""Workers that run what a scheduler gives them, and lose nothing when one of the two is away."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import databases
import pytest
from patience import PATIENCE
from workers.working import Scheduler

from workflow_scheduler.domain.run import AttemptKey
from workflow_scheduler.secrets.store import put_secret
from workflow_scheduler.storage import assignments, workers
from workflow_scheduler.storage.worker_desk import PART
from workflow_scheduler.system.crash_points import POINTS, VARIABLE

ONE, TWO, THREE = (AttemptKey("r", name, 1) for name in ("a", "b", "c"))
WAIT = "import os, time\nopen({began!r}, 'a').write('x')\nwhile not os.path.exists({go!r}): time.sleep(0.02)\nprint('done')"


class Slow:
    """A command that begins once, and ends when it is told to."""

    def __init__(self, folder: Path, name: str = "") -> None:
        self.began, self._go = folder / f"began{name}", folder / f"go{name}"
        self.code = WAIT.format(began=str(self.began), go=str(self._go))

    def go(self) -> None:
        self._go.touch()

    def times(self) -> int:
        return len(self.began.read_text()) if self.began.exists() else 0


@pytest.fixture
def slow(tmp_path: Path) -> Slow:
    return Slow(tmp_path)


OF_FILES = ("worker.bundle_fetched", "worker.unpacked")
"""Of workflows that take files along: see `test_bundles.py`."""


def test_a_worker_runs_what_it_is_given(scheduling: Scheduler, tmp_path: Path) -> None:
    home = scheduling.worker("x")
    said = home.start()
    assert (said["name"], said["slots"], said["labels"], said["pid"]) == ("x", 2, ["l"], home.process.pid)
    go = tmp_path / "go"
    code = f"""
import os, sys, time
print(os.environ['TASK_ID'])
print('bad', file=sys.stderr)
while not os.path.exists({str(go)!r}): time.sleep(0.01)
sys.exit(7)"""
    scheduling.give("x", ONE, code)
    assert scheduling.started(ONE)["pid"] > 0
    go.touch()
    outcome = scheduling.outcome(ONE)
    assert (outcome["state"], outcome["exit_code"]) == ("failed", 7)
    assert [report["kind"] for report in scheduling.told(ONE)] == ["started", "outcome"]
    assert (scheduling.output(ONE), scheduling.output(ONE, "stderr")) == (b"a\n", b"bad\n")
    assert scheduling.state(ONE) == "ended"
    home.stop()


def test_output_is_stored_before_the_outcome(scheduling: Scheduler) -> None:
    """Whoever reads the outcome finds all of the output: here more than a part."""
    scheduling.worker("x").start()
    scheduling.give("x", ONE, f"import sys\nsys.stdout.write('y' * {3 * PART + 5})")
    scheduling.outcome(ONE)
    assert scheduling.output(ONE) == b"y" * (3 * PART + 5)


def test_an_endless_output_is_bounded(scheduling: Scheduler) -> None:
    scheduling.worker("x").start()
    scheduling.give("x", ONE, "import sys\nfor n in range(50): sys.stdout.write(f'{n:06d}\\n' * 100_000)")
    scheduling.outcome(ONE)
    data = scheduling.output(ONE)
    assert 16 * 1024 * 1024 <= len(data) < 17 * 1024 * 1024
    assert data.startswith(b"000000\n")
    assert b"bytes were cut here" in data
    assert data.endswith(b"000049\n")


def test_output_arrives_while_it_is_watched(scheduling: Scheduler, until: Callable[..., Any], tmp_path: Path) -> None:
    slow = Slow(tmp_path)
    scheduling.worker("x").start()
    scheduling.give("x", ONE, f"print('first', flush=True)\n{slow.code}")
    until(slow.times)
    scheduling.started(ONE)
    assert scheduling.output(ONE) == b""
    scheduling.watch("x", ONE)
    until(lambda: scheduling.output(ONE) == b"first\n")
    slow.go()
    scheduling.outcome(ONE)
    assert scheduling.output(ONE) == b"first\ndone\n"


def test_a_watched_output_goes_on_where_a_killed_worker_left_it(
    scheduling: Scheduler, until: Callable[..., Any], slow: Slow
) -> None:
    home = scheduling.worker("x")
    home.start()
    scheduling.give("x", ONE, f"print('first', flush=True)\n{slow.code}")
    until(slow.times)
    scheduling.started(ONE)
    scheduling.watch("x", ONE)
    until(lambda: scheduling.output(ONE) == b"first\n")
    home.kill()
    slow.go()
    home.start()
    scheduling.outcome(ONE)
    assert scheduling.output(ONE) == b"first\ndone\n"


def test_what_waits_is_started_when_a_slot_is_free(
    scheduling: Scheduler, until: Callable[..., Any], tmp_path: Path
) -> None:
    """It is claimed ahead, and starts at once."""
    commands = [Slow(tmp_path, str(number)) for number in range(2)]
    scheduling.worker("x", slots=1).start()
    for key, slow in zip((ONE, TWO), commands, strict=True):
        scheduling.give("x", key, slow.code)
    until(commands[0].times)
    until(lambda: scheduling.state(TWO) == "claimed")
    assert commands[1].times() == 0
    commands[0].go()
    until(commands[1].times)
    commands[1].go()
    scheduling.outcome(TWO)


def test_a_ring_that_is_lost_costs_time_only(scheduling: Scheduler) -> None:
    scheduling.worker("x").start()
    scheduling.give("x", ONE, "print(1)", ring=False)
    assert scheduling.outcome(ONE)["state"] == "succeeded"


def test_a_worker_that_was_killed_while_a_command_ran_adopts_it(
    scheduling: Scheduler, until: Callable[..., Any], slow: Slow
) -> None:
    home = scheduling.worker("x")
    home.start()
    scheduling.give("x", ONE, slow.code)
    until(slow.times)
    pid = scheduling.started(ONE)["pid"]
    home.kill()
    os.kill(pid, 0)
    home.start()
    slow.go()
    assert scheduling.outcome(ONE)["exit_code"] == 0
    assert slow.times() == 1
    assert scheduling.started(ONE)["pid"] == pid
    assert scheduling.output(ONE) == b"done\n"


def test_what_ended_while_no_worker_ran_is_reported_by_the_next(
    scheduling: Scheduler, until: Callable[..., Any], slow: Slow
) -> None:
    home = scheduling.worker("x")
    home.start()
    scheduling.give("x", ONE, f"{slow.code}\nraise SystemExit(3)")
    until(slow.times)
    scheduling.started(ONE)
    home.stop()
    slow.go()
    until(lambda: b"exit" in (home.folder(ONE) / "start").read_bytes())
    assert scheduling.state(ONE) == "claimed"
    home.start()
    assert scheduling.outcome(ONE)["exit_code"] == 3


@pytest.mark.parametrize(
    "point",
    [
        *(point for point in POINTS if point.startswith("worker.") and point not in OF_FILES),
        *("worker.launched:2", "worker.part_sent:2"),
    ],
)
def test_a_worker_killed_at_a_named_point_loses_and_doubles_nothing(
    scheduling: Scheduler, tmp_path: Path, point: str
) -> None:
    home = scheduling.worker("x")
    home.env[VARIABLE] = point
    keys = (ONE, TWO, THREE)
    for key in keys:
        code = f"import sys\nopen({str(tmp_path / key.task_id)!r}, 'a').write('x')\nsys.stdout.write('y' * {2 * PART + 1})\nsys.exit(3)"
        scheduling.give("x", key, code)
    home.start(ready=False)
    assert home.process.wait(PATIENCE) == -signal.SIGKILL
    del home.env[VARIABLE]
    home.start()
    for key in keys:
        assert scheduling.outcome(key)["exit_code"] == 3
        # A command that was begun and has ended since is not told of twice.
        assert [report["kind"] for report in scheduling.told(key)] in (["started", "outcome"], ["outcome"])
        assert scheduling.output(key) == b"y" * (2 * PART + 1)
        assert (tmp_path / key.task_id).read_text() == "x"


def claim_by_hand(scheduling: Scheduler, home_id: str) -> None:
    """As by a worker that ends just then."""
    query = "UPDATE assignments SET state = 'claimed', claimed_by = :home_id, claimed_at = now()"
    scheduling.database.write(lambda db: db.run(query, home_id=home_id))


def test_what_was_claimed_and_not_started_is_started_once(
    scheduling: Scheduler, until: Callable[..., Any], slow: Slow
) -> None:
    """A worker that was killed between the two, or never got the answer to its claim."""
    home = scheduling.worker("x")
    home.start()
    home.stop()
    scheduling.give("x", ONE, slow.code)
    claim_by_hand(scheduling, (home.path / "home.id").read_text().strip())
    home.start()
    until(slow.times)
    home.kill()
    home.start()
    slow.go()
    assert scheduling.outcome(ONE)["state"] == "succeeded"
    assert slow.times() == 1


def test_another_home_starts_nothing_that_was_claimed(scheduling: Scheduler, slow: Slow) -> None:
    """The first one may have started it."""
    first = scheduling.worker("x")
    first.start()
    first.stop()
    scheduling.give("x", ONE, slow.code)
    claim_by_hand(scheduling, (first.path / "home.id").read_text().strip())
    scheduling.database.write(lambda db: db.run("UPDATE workers SET heartbeat_at = now() - interval '46 seconds'"))
    other = scheduling.home("x", "other")
    other.start()
    outcome = scheduling.outcome(ONE)
    assert outcome["state"] == "unknown"
    assert outcome["reason"] == f"its result is unknown: {other.folder(ONE)} has no record of its start"
    assert slow.times() == 0


def test_one_worker_has_one_process(scheduling: Scheduler) -> None:
    home = scheduling.worker("x")
    home.start()
    home.start(ready=False)
    assert "The worker is already running" in home.ended()[1]
    other = scheduling.home("x", "other")
    other.start(ready=False)
    code, said = other.ended()
    assert code == 4
    assert "runs on" in said
    assert home.process is not None
    scheduling.give("x", ONE, "print(1)")
    assert scheduling.outcome(ONE)["state"] == "succeeded"


def test_a_machine_that_starts_again_at_once_is_waited_for(scheduling: Scheduler) -> None:
    """It has the same home and another boot: the process before it is gone, though its heartbeat is young."""
    home = scheduling.worker("x")
    home.start()
    home.kill()
    reboot = "UPDATE workers SET identity = replace(identity::text, :boot, 'another')::json, heartbeat_at = now() - interval '42 seconds'"
    boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    scheduling.database.write(lambda db: db.run(reboot, boot=boot))
    home.start()


def test_a_worker_whose_name_another_took_ends(scheduling: Scheduler) -> None:
    home = scheduling.worker("x")
    home.start()
    scheduling.order("x", lambda db: db.run("UPDATE workers SET instance = 'another'"))
    code, said = home.ended()
    assert (code, "taken over" in said) == (4, True)
    assert len(said.splitlines()) == 1


def test_a_removed_worker_ends_and_its_commands_go_on(
    scheduling: Scheduler, until: Callable[..., Any], slow: Slow
) -> None:
    home = scheduling.worker("x")
    home.start()
    scheduling.give("x", ONE, slow.code)
    until(slow.times)
    pid = scheduling.started(ONE)["pid"]
    scheduling.order("x", lambda db: workers.delete_worker(db, "x"))
    code, said = home.ended()
    assert (code, "removed" in said) == (4, True)
    os.kill(pid, 0)
    slow.go()


def test_a_command_is_stopped_by_order(scheduling: Scheduler, until: Callable[..., Any], slow: Slow) -> None:
    scheduling.worker("x").start()
    scheduling.give("x", ONE, slow.code)
    until(slow.times)
    scheduling.stop("x", ONE)
    outcome = scheduling.outcome(ONE)
    assert (outcome["state"], "cancelled by hand" in outcome["reason"]) == ("cancelled", True)


def test_what_is_to_stop_while_no_worker_runs_is_stopped_by_the_next(
    scheduling: Scheduler, until: Callable[..., Any], slow: Slow
) -> None:
    home = scheduling.worker("x")
    home.start()
    scheduling.give("x", ONE, slow.code)
    until(slow.times)
    home.kill()
    scheduling.stop("x", ONE)
    home.start()
    assert scheduling.outcome(ONE)["state"] == "cancelled"


@pytest.mark.parametrize("killed", [False, True])
def test_what_is_fenced_is_ended_and_says_nothing(
    scheduling: Scheduler, until: Callable[..., Any], slow: Slow, killed: bool
) -> None:
    home = scheduling.worker("x")
    home.start()
    scheduling.give("x", ONE, slow.code)
    until(slow.times)
    pid = scheduling.started(ONE)["pid"]
    if killed:
        home.kill()
    scheduling.order("x", lambda db: assignments.fence(db, ONE))
    if killed:
        home.start()
    until(lambda: scheduling.state(ONE) == "late")
    assert [report["kind"] for report in scheduling.told(ONE)] == ["started"]
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_a_draining_worker_gets_nothing_and_ends_what_it_has(
    scheduling: Scheduler, until: Callable[..., Any], slow: Slow
) -> None:
    scheduling.worker("x").start()
    scheduling.give("x", ONE, slow.code)
    until(slow.times)
    scheduling.database.write(lambda db: workers.set_state(db, "x", "draining", "active"))
    scheduling.give("x", TWO, "print(1)")
    slow.go()
    scheduling.outcome(ONE)
    assert scheduling.state(TWO) == "offered"
    scheduling.database.write(lambda db: workers.set_state(db, "x", "active", "draining"))
    scheduling.outcome(TWO)


def test_what_a_command_does_can_be_seen(scheduling: Scheduler, until: Callable[..., Any], slow: Slow) -> None:
    scheduling.worker("x").start()
    scheduling.give("x", ONE, f"print('a line', flush=True)\n{slow.code}")
    until(slow.times)
    scheduling.started(ONE)
    scheduling.order("x", lambda db: db.run("UPDATE assignments SET look_asked_at = now()"))
    seen = until(lambda: scheduling.database.read(lambda db: db.value("SELECT seen FROM assignments")))
    assert seen["output"]["line"] == "a line"
    assert scheduling.database.read(lambda db: db.value("SELECT look_asked_at FROM assignments")) is None
    slow.go()


def test_secrets_are_those_of_the_worker(scheduling: Scheduler) -> None:
    home = scheduling.worker("x")
    put_secret(home.path, "shop/api", b"only-here-1234")
    home.start()
    code = "import os\nprint(len(os.environ['KEY']), os.environ['KEY'])"
    scheduling.give("x", ONE, code, secrets=("KEY",), refers={"KEY": "store:shop/api"})
    scheduling.give("x", TWO, code, secrets=("KEY",), refers={"KEY": "store:not/there"})
    assert scheduling.outcome(ONE)["state"] == "succeeded"
    assert scheduling.output(ONE).startswith(b"14 ")
    assert b"only-here" not in scheduling.output(ONE)
    assert "secret KEY is not available" in scheduling.outcome(TWO)["reason"]


def test_commands_do_not_get_the_password_of_the_worker(scheduling: Scheduler) -> None:
    home = scheduling.worker("x")
    home.env["DB_URL"] = "postgresql://someone:hidden@nowhere/x"
    home.start()
    scheduling.give("x", ONE, "import os\nprint('DB_URL' in os.environ)")
    scheduling.outcome(ONE)
    assert scheduling.output(ONE) == b"False\n"


def test_what_cannot_be_read_has_failed(scheduling: Scheduler) -> None:
    home = scheduling.worker("x")
    scheduling.give("x", ONE, "print(1)")
    scheduling.order("x", lambda db: db.run("UPDATE assignments SET spec = '{\"task\": 5}'"))
    home.start()
    outcome = scheduling.outcome(ONE)
    assert (outcome["state"], "could not read" in outcome["reason"]) == ("failed", True)


def test_the_heartbeat_says_what_the_machine_does(scheduling: Scheduler, until: Callable[..., Any], slow: Slow) -> None:
    def row() -> workers.WorkerRow:
        found = scheduling.database.read(lambda db: workers.find_worker(db, "x"))
        assert found is not None
        return found

    scheduling.worker("x").start()
    until(lambda: row().measured)
    found = row()
    assert found.measured is not None
    assert {"running", "cpu_percent", "memory_percent", "free_mb"} == set(found.measured)
    assert abs(found.skew or 0) < 60
    assert (found.protocol, found.host) == (1, os.uname().nodename)
    scheduling.give("x", ONE, slow.code)
    until(lambda: (row().measured or {})["running"] == 1)
    slow.go()


def test_the_slots_change_while_a_worker_runs(scheduling: Scheduler, until: Callable[..., Any], tmp_path: Path) -> None:
    commands = [Slow(tmp_path, str(number)) for number in range(2)]
    scheduling.worker("x", slots=1).start()
    for key, slow in zip((ONE, TWO), commands, strict=True):
        scheduling.give("x", key, slow.code)
    until(commands[0].times)
    scheduling.database.write(lambda db: workers.set_labels(db, "x", ["l"], 2))
    until(commands[1].times)
    for slow in commands:
        slow.go()


@pytest.mark.parametrize("stays_away", [False, True])
def test_commands_go_on_while_the_database_is_away(
    scheduling_apart: Scheduler, until: Callable[..., Any], tmp_path: Path, stays_away: bool
) -> None:
    scheduling = scheduling_apart
    commands = [Slow(tmp_path, str(number)) for number in range(2)]
    home = scheduling.worker("x")
    home.start()
    for key, slow in zip((ONE, TWO), commands, strict=True):
        scheduling.give("x", key, slow.code)
    until(lambda: commands[0].times() and commands[1].times())
    scheduling.started(TWO)
    root = databases.root_of(scheduling.url)
    if stays_away:
        databases.stop(root)
        commands[0].go()
        until(lambda: b"exit" in (home.folder(ONE) / "start").read_bytes())
        until(lambda: "Without the database, commands go on" in home.log())
        databases.go_on(root)
    else:
        databases.restart(scheduling.url)
        commands[0].go()
    assert scheduling.outcome(ONE)["state"] == "succeeded"
    commands[1].go()
    assert scheduling.outcome(TWO)["state"] == "succeeded"
    assert [slow.times() for slow in commands] == [1, 1]
    scheduling.give("x", THREE, "print(1)")
    assert scheduling.outcome(THREE)["state"] == "succeeded"
    assert home.process.poll() is None
    assert home.log().count("Traceback") == 0


def test_a_worker_waits_for_a_database_that_is_not_there_yet(
    scheduling_apart: Scheduler, until: Callable[..., Any]
) -> None:
    root = databases.root_of(scheduling_apart.url)
    home = scheduling_apart.worker("x")
    databases.stop(root)
    home.start(ready=False)
    until(lambda: (home.path / "worker.log").exists() and "Without the database" in home.log())
    databases.go_on(root)
    scheduling_apart.give("x", ONE, "print(1)")
    assert scheduling_apart.outcome(ONE)["state"] == "succeeded"


def test_a_worker_is_stopped_by_command(scheduling: Scheduler, until: Callable[..., Any], slow: Slow) -> None:
    """As on Windows, which has no signal for it."""
    home = scheduling.worker("x")
    home.start()
    scheduling.give("x", ONE, slow.code)
    until(slow.times)
    command = [sys.executable, "-m", "workflow_scheduler", "worker", "stop"]
    said = subprocess.run(command, env=home.env, capture_output=True, text=True, check=True).stdout
    assert "has stopped" in said
    assert home.process.wait(PATIENCE) == 0
    done = subprocess.run(command, env=home.env, capture_output=True, text=True, check=False)
    assert (done.returncode, "No worker is running" in done.stderr) == (4, True)
    home.start()
    slow.go()
    scheduling.outcome(ONE)
    assert slow.times() == 1


def test_ctrl_c_ends_a_worker_and_its_commands_go_on(
    scheduling: Scheduler, until: Callable[..., Any], slow: Slow
) -> None:
    home = scheduling.worker("x")
    home.start()
    scheduling.give("x", ONE, slow.code)
    until(slow.times)
    home.process.send_signal(signal.SIGINT)
    assert home.ended() == (0, "")
    slow.go()
    home.start()
    assert scheduling.outcome(ONE)["state"] == "succeeded"


def test_a_folder_that_is_no_workers_home_says_what_to_do(scheduling: Scheduler) -> None:
    home = scheduling.worker("x")
    (home.path / "worker.json").unlink()
    home.start(ready=False)
    code, said = home.ended()
    assert (code, "scheduler worker join TOKEN" in said) == (3, True)


def test_nothing_is_started_on_a_full_disk(scheduling: Scheduler, until: Callable[..., Any]) -> None:
    home = scheduling.worker("x")
    (home.path / ".env").write_text("MIN_FREE_MB=1000000\n")
    home.start()
    scheduling.give("x", ONE, "print(1)")
    until(lambda: "MIN_FREE_MB" in home.log())

    def lack() -> str:
        (row,) = scheduling.database.read(workers.list_workers)
        return row.lack

    until(lack)
    assert (
        f"free on the disk of {home.path}, and with less than 1000000 MB (MIN_FREE_MB) no task is started; free"
        in lack()
    )
    home.stop()
    assert scheduling.state(ONE) == "offered"
    (home.path / ".env").write_text("")
    home.start()
    scheduling.outcome(ONE)
    until(lambda: not lack())
