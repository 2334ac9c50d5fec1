"""The doctor finds each fault, says what to do, and works when nothing else does."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import zoneinfo
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from conftest import Command

from workflow_scheduler.engine import lock
from workflow_scheduler.engine.lock import Holder
from workflow_scheduler.operations.home import doctor
from workflow_scheduler.operations.schedules.planner_pause import pause_planner
from workflow_scheduler.storage import health, sqlite_log
from workflow_scheduler.storage.database import Database
from workflow_scheduler.storage.engines import EngineRow, register

posix_only = pytest.mark.skipif(sys.platform == "win32", reason="rights of POSIX")
linux_only = pytest.mark.skipif(sys.platform != "linux", reason="Linux")
NOW = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)


def finding(scheduler, about: str, code: int | None = None) -> dict[str, str]:
    (found,) = [finding for finding in scheduler.json("doctor", code=code) if finding["about"] == about]
    return found


def opened(database: Database, home: Path, now: datetime = NOW) -> dict[str, doctor.Finding]:
    found = doctor.examine_opened(
        database, home, now, timezone="UTC", lack_of_room="", free_bytes=0, installed_path=None
    )
    return {finding.about: finding for finding in found}


def program(folder: Path, name: str) -> str:
    """A command that is found on a PATH with this folder; returns such a PATH."""
    folder.mkdir(exist_ok=True)
    (folder / name).touch(0o755)
    return f"{folder}:{os.environ['PATH']}"


def test_a_fresh_home_is_well_and_stays_empty(scheduler) -> None:
    assert {finding["state"] for finding in scheduler.json("doctor")} == {"ok"}
    assert list(scheduler.home.iterdir()) == []


def test_a_running_scheduler_is_well(scheduler) -> None:
    scheduler("workflow", "create", "w")
    scheduler("task", "add", "w", "--command", "echo")
    scheduler("start")
    found = scheduler.json("doctor")
    assert {finding["state"] for finding in found} == {"ok"}, found
    said = scheduler("doctor").stdout
    assert "the running scheduler's PATH" in said
    assert "data: " in said


@posix_only
def test_a_home_that_everybody_can_change(scheduler) -> None:
    scheduler.home.chmod(0o777)
    found = finding(scheduler, "home", 0)
    assert (found["state"], found["advice"]) == ("warning", f"chmod o-w '{scheduler.home}'")


@posix_only
def test_a_home_that_cannot_be_written() -> None:
    (found,) = doctor.examine_home(Path("/proc/self"))  # not even root makes files there
    assert (found.about, found.state) == ("home", "problem")


_AS_NOBODY = """
import json, os, sys
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from workflow_scheduler.operations.home.doctor import examine_home, examine_opened
from workflow_scheduler.storage.database import Database
home = Path(sys.argv[1])
database = Database("sqlite:///jobs.sqlite", home)
os.setgroups([])
os.setgid(65534)
os.setuid(65534)
opened = examine_opened(database, home, datetime.now(UTC), timezone="UTC", lack_of_room="", free_bytes=0, installed_path=None)
print(json.dumps([asdict(one) for one in (*examine_home(home), *opened)]))
"""


def problems_of_nobody(home: Path) -> dict[str, tuple[str, str]]:
    done = subprocess.run([sys.executable, "-c", _AS_NOBODY, str(home)], capture_output=True, check=True)
    return {
        finding["about"]: (finding["words"], finding["advice"])
        for finding in json.loads(done.stdout)
        if finding["state"] == "problem"
    }


@pytest.fixture
def used_by_root() -> Iterator[Path]:
    """A home of the user nobody, in which root ran the scheduler once."""
    with tempfile.TemporaryDirectory() as made:
        Path(made).chmod(0o755)
        home = Path(made, "nobody's")
        home.mkdir()
        os.chown(home, 65534, 65534)
        scheduler = Command(home)
        scheduler("workflow", "create", "w")
        scheduler("task", "add", "w", "--command", "true")
        scheduler("start")
        try:
            scheduler("run", "w")
            scheduler("backup")
        finally:
            scheduler("stop")
        yield home


def test_what_root_left_behind_is_given_back(used_by_root: Path) -> None:
    home, owner = used_by_root, used_by_root.owner()
    files = shlex.quote(str(home / "jobs.sqlite"))
    found = problems_of_nobody(home)
    assert found == {
        "home": (
            "no access for this user: engine.lock, scheduler.log, secret, home.id, attempts, backups",
            f"sudo chown -R {owner} {shlex.quote(str(home))}",
        ),
        "database": ("no access for this user: jobs.sqlite", f"sudo chown -R {owner} {files}"),
    }
    subprocess.run(shlex.split(found["home"][1])[1:], check=True)
    assert problems_of_nobody(home) == {}


def test_each_thing_that_is_not_this_users_is_named(used_by_root: Path) -> None:
    home = used_by_root
    (home / "script.py").touch(0o644)  # the user's own business
    made = [path.name for path in home.iterdir() if path.name != "script.py"]
    subprocess.run(["chown", "nobody", *(home / name for name in made)], check=True)
    for name in {*made, "secret", "jobs.sqlite-wal", "jobs.sqlite-shm"}:
        path = home / name
        if not path.exists():
            path.touch(0o600)
        os.chown(path, 0, 0)
        ((about, (words, advice)),) = problems_of_nobody(home).items()
        assert (about, words) == ("database" if "sqlite" in name else "home", f"no access for this user: {name}")
        assert advice.startswith("sudo chown -R")
        os.chown(path, 65534, 0)


def test_rights_that_are_no_matter_of_the_owner(used_by_root: Path) -> None:
    home = used_by_root
    shutil.chown(home, "daemon")
    home.chmod(0o777)
    (home / "secret").touch(0o400)  # which is read only
    assert problems_of_nobody(home)["home"][1] == "run the scheduler as daemon, who owns the home"
    subprocess.run(["chown", "-R", "nobody", home], check=True)
    (home / "scheduler.log").chmod(0o400)
    advice = f"chmod u+rwX {shlex.quote(str(home / 'scheduler.log'))}"
    assert problems_of_nobody(home) == {"home": ("no access for this user: scheduler.log", advice)}


def test_no_time_zone_data(tmp_path, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "tzdata", None)
    before = zoneinfo.TZPATH
    zoneinfo.reset_tzpath(())
    try:
        found = {finding.about: finding for finding in doctor.examine_home(tmp_path)}["time zones"]
    finally:
        zoneinfo.reset_tzpath(before)
    assert (found.state, found.words) == ("problem", "no time zone data")
    assert found.advice == "pip install --upgrade tzdata"


@linux_only
def test_output_files_that_only_size_and_time_prove(tmp_path, monkeypatch) -> None:
    from workflow_scheduler.files import probe_linux

    kind = probe_linux._kind_of_file_system(tmp_path.stat().st_dev)
    monkeypatch.setattr(probe_linux, "_REMOTE", (kind,))
    found = {finding.about: finding for finding in doctor.examine_home(tmp_path)}["output files"]
    assert found.state == "warning"
    assert f"checked only by an unchanged size and time (no lease check on {kind})" in found.words


def test_bad_settings(scheduler) -> None:
    (scheduler.home / ".env").write_text("TIMEZONE=Mars/Base\n")
    found = finding(scheduler, "settings", 4)
    assert "TIMEZONE is 'Mars/Base'" in found["words"]
    assert ".env" in found["advice"]


def test_a_damaged_database(scheduler) -> None:
    (scheduler.home / "jobs.sqlite").write_text("this is not a database, " * 100)
    assert "damaged" in finding(scheduler, "database", 4)["words"]


def test_a_database_that_does_not_answer(scheduler) -> None:
    scheduler.env["DB_URL"] = f"postgresql://nobody@/none?host={scheduler.home}"
    assert "does not answer" in finding(scheduler, "database", 4)["words"]


def test_a_database_whose_file_system_shares_no_memory(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(sqlite_log, "prepare", lambda driver: None)
    database = Database("sqlite:///jobs.sqlite", tmp_path)
    database.open()
    found = opened(database, tmp_path)["database"]
    database.close()
    assert (found.state, found.words.endswith("is sound, but not in WAL mode (delete)")) == ("warning", True)


def test_a_command_that_is_not_there(scheduler) -> None:
    scheduler("workflow", "create", "w")
    scheduler("task", "add", "w", "--command", "no-such-program")
    found = finding(scheduler, "PATH", 4)
    assert "1 command is not found" in found["words"]
    assert "w/task_1: The command was not found: no-such-program" in found["words"]


@posix_only
def test_commands_are_looked_for_where_the_running_scheduler_does(scheduler, tmp_path) -> None:
    there, here = program(tmp_path / "there", "only-there"), program(tmp_path / "here", "only-here")
    scheduler("workflow", "create", "w")
    scheduler("task", "add", "w", "--command", "only-there")
    scheduler.env["PATH"] = there
    scheduler("start")
    scheduler.env["PATH"] = here
    assert finding(scheduler, "PATH", 0)["words"] == "all commands found (the running scheduler's PATH)"
    scheduler("task", "add", "w", "--command", "only-here")
    words = finding(scheduler, "PATH", 4)["words"]
    assert words.startswith("1 command is not found with the running scheduler's PATH: w/task_2")
    scheduler("stop")
    words = finding(scheduler, "PATH", 4)["words"]
    assert words.startswith("1 command is not found with this terminal's PATH: w/task_1")


@linux_only
def test_commands_are_looked_for_where_the_installed_service_will(scheduler, tmp_path) -> None:
    scheduler.env["XDG_CONFIG_HOME"] = str(tmp_path / "config")
    scheduler("workflow", "create", "w")
    scheduler("task", "add", "w", "--command", "only-there")
    terminal = scheduler.env["PATH"]
    scheduler.env["PATH"] = program(tmp_path / 'it\'s 100% "there" \\', "only-there")
    unit = scheduler.json("service", "install", "--user", "--print")
    scheduler.env["PATH"] = terminal
    assert "this terminal's PATH" in finding(scheduler, "PATH", 4)["words"]
    units = tmp_path / "config/systemd/user"
    units.mkdir(parents=True)
    (units / f"{unit['name']}.service").write_text(unit["definition"])
    assert finding(scheduler, "PATH", 0)["words"] == "all commands found (the installed service's PATH)"


def test_missed_fires_and_a_scheduler_that_does_not_run(scheduler) -> None:
    scheduler("workflow", "create", "w")
    scheduler("task", "add", "w", "--command", "echo")
    scheduler("schedule", "add", "w", "--every", "1h", "--id", "s")
    with sqlite3.connect(scheduler.home / "jobs.sqlite") as database:
        database.execute("UPDATE schedules SET next_due_utc = '2026-01-01 00:00:00.000000'")
    database.close()
    found = finding(scheduler, "missed fires", 0)
    assert found["words"] == "1 schedule is overdue, such as s"
    assert found["advice"].startswith("start the scheduler: ")
    assert finding(scheduler, "scheduler", 0)["advice"] == "scheduler start"
    scheduler("planner", "pause")
    advice = finding(scheduler, "missed fires", 0)["advice"]
    assert advice == "scheduler planner resume: fires due during the pause are recorded as skipped_paused"
    scheduler("planner", "resume")
    assert finding(scheduler, "missed fires", 0)["words"] == "none"


def test_fires_that_the_running_scheduler_has_not_seen_to(sqlite, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(health, "overdue", lambda *_: ["a", "b"])
    held = lock.HomeLock(tmp_path)
    held.acquire()
    found = opened(sqlite, tmp_path)["missed fires"]
    held.release()
    assert found.words == "2 schedules are overdue, such as a"
    assert found.advice == "the scheduler should handle them; if they stay overdue, check scheduler.log"


def test_a_paused_planner(sqlite, tmp_path) -> None:
    assert opened(sqlite, tmp_path)["planner"].state == "ok"
    pause_planner(sqlite, NOW, "ada")
    found = opened(sqlite, tmp_path)["planner"]
    assert (found.state, found.advice) == ("warning", "scheduler planner resume")
    assert found.words == "paused since 2026-11-24T01:00:00Z by ada: no schedule fires"


def test_a_scheduler_without_a_heartbeat(sqlite, tmp_path) -> None:
    held = lock.HomeLock(tmp_path)
    held.acquire()
    pid = os.getpid()
    try:
        assert opened(sqlite, tmp_path)["scheduler"].words == f"no heartbeat recorded (pid {pid})"
        row = EngineRow(0, "scheduler", "h", {"pid": 1}, None, NOW, NOW)
        held.write(Holder(pid, sqlite.write(lambda db: register(db, row))))
        # Another engine on this database says nothing about this one.
        sqlite.write(lambda db: register(db, replace(row, heartbeat_at=NOW + timedelta(hours=1))))
        assert opened(sqlite, tmp_path, NOW + timedelta(seconds=30))["scheduler"].state == "ok"
        found = opened(sqlite, tmp_path, NOW + timedelta(seconds=31))["scheduler"]
    finally:
        held.release()
    assert found.words == f"The scheduler (pid {pid}) is not responding: no heartbeat since 2026-11-24 01:00:00Z."
    assert (found.state, found.advice.partition(" (")[0]) == ("problem", "stop it with 'scheduler stop'")


@pytest.mark.parametrize("seconds", [-6, 6])
def test_a_clock_that_is_not_postgresqls(sqlite, tmp_path, monkeypatch, seconds: int) -> None:
    monkeypatch.setattr(health, "server_time", lambda _: NOW + timedelta(seconds=seconds))
    found = opened(sqlite, tmp_path)["clock"]
    assert (found.state, found.words) == ("warning", "differs from PostgreSQL's by 6 s")


def test_a_clock_that_was_set_back(scheduler) -> None:
    scheduler("workflow", "create", "w")
    scheduler("task", "add", "w", "--command", "echo")
    scheduler("run", "w")
    with sqlite3.connect(scheduler.home / "jobs.sqlite") as database:
        database.execute("UPDATE engines SET heartbeat_at = '2199-01-01 00:00:00.000000'")
    database.close()
    assert "2199-01-01" in finding(scheduler, "clock", 4)["words"]


def test_a_nearly_full_disk(scheduler) -> None:
    (scheduler.home / ".env").write_text("MIN_FREE_MB=1000000\n")
    assert finding(scheduler, "disk", 4)["state"] == "problem"


def test_a_file_system_without_locks(scheduler, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(lock, "_try_lock", lambda _: True)
    states = {finding.about: finding.state for finding in doctor.examine_home(tmp_path)}
    assert states["locks"] == "problem"
    assert list(tmp_path.iterdir()) == [scheduler.home]


def test_what_the_settings_have_run_scripts(scheduler) -> None:
    assert finding(scheduler, "scripts")["words"] == f".py runs with {sys.executable}"
    (scheduler.home / ".env").write_text("SCRIPT_PYTHON=nowhere/python\n")
    found = finding(scheduler, "scripts", 4)
    assert found["state"] == "problem"
    assert "SCRIPT_PYTHON is" in found["words"]
    assert "which was not found" in found["words"]
    for command in ("start", "serve"):
        assert "SCRIPT_PYTHON is" in scheduler(command, code=2).stderr
    (scheduler.home / ".env").write_text(f"SCRIPT_PYTHON={sys.executable}\n")
    assert finding(scheduler, "scripts", 0)["state"] == "ok"
