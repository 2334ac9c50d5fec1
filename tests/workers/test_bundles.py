"""Workers that bring the files of a workflow to its commands."""

from __future__ import annotations

import os
import random
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import databases
import psutil
import pytest
from line import line_to
from patience import PATIENCE
from workers.working import Scheduler

from workflow_scheduler.domain.errors import InvalidInput
from workflow_scheduler.domain.run import AttemptKey
from workflow_scheduler.files.bundle import Bundle, collect
from workflow_scheduler.storage.bundles import BundleRow, TakenAlong, taken_along
from workflow_scheduler.storage.worker_desk import WorkerDesk
from workflow_scheduler.system.crash_points import VARIABLE
from workflow_scheduler.workers.bundles import Bundles
from workflow_scheduler.workers.contact import Contact
from workflow_scheduler.workers.membership import Membership, write_membership

if sys.platform == "win32":
    pytest.skip("the server's socket is POSIX", allow_module_level=True)

ONE, TWO, THREE = (AttemptKey("r", name, 1) for name in ("a", "b", "c"))
LOAD = "import os, pathlib\nprint(open('sql/x.sql').read())\nprint(os.environ['FILES_DIR'])\npathlib.Path('out.txt').write_text('x')\n"
MEGABYTES = 1024 * 1024


@pytest.fixture
def files(tmp_path: Path) -> Path:
    folder = tmp_path / "definitions"
    (folder / "sql").mkdir(parents=True)
    (folder / "sql" / "x.sql").write_text("select 1")
    (folder / "load.py").write_text(LOAD)
    return folder


def fetches(scheduling: Scheduler, digest: str) -> int:
    """Lose the bundle in the database: what is fetched again fails."""
    return scheduling.database.write(lambda db: db.run("DELETE FROM bundles WHERE hash = :hash", hash=digest))


def test_a_command_finds_the_files_of_its_workflow(scheduling: Scheduler, files: Path) -> None:
    home = scheduling.worker("x")
    home.start()
    digest = scheduling.store(files, "load.py", "sql/*.sql")
    scheduling.give("x", ONE, "", command="load.py", bundle=digest)
    outcome = scheduling.outcome(ONE)
    assert outcome["state"] == "succeeded", outcome
    folder = home.folder(ONE) / "files"
    assert scheduling.output(ONE).decode().splitlines() == ["select 1", str(folder)]
    assert outcome["facts"]["script"]["path"] == "load.py"
    assert (folder / "out.txt").read_text() == "x"
    assert scheduling.database.read(lambda db: taken_along(db, ONE.run_id)) == {
        ONE: TakenAlong("x", digest, BundleRow(2, len(LOAD) + 8), str(home.path))
    }


def test_each_attempt_has_files_of_its_own(scheduling: Scheduler, files: Path) -> None:
    """Two at once, of which one changes its files; the bundle is fetched once."""
    home = scheduling.worker("x")
    home.start()
    digest = scheduling.store(files, "load.py", "sql")
    for key in (ONE, TWO):
        scheduling.give("x", key, "open('sql/x.sql', 'a').write('!'); print(open('sql/x.sql').read())", bundle=digest)
    for key in (ONE, TWO):
        assert scheduling.outcome(key)["state"] == "succeeded"
        assert scheduling.output(key) == b"select 1!\n"
    assert fetches(scheduling, digest) == 1
    scheduling.give("x", THREE, "", command="load.py", bundle=digest)
    assert scheduling.outcome(THREE)["state"] == "succeeded"


def test_paths_of_a_task_count_from_its_files(scheduling: Scheduler, files: Path, tmp_path: Path) -> None:
    home = scheduling.worker("x")
    home.start()
    digest = scheduling.store(files, "load.py", "sql")
    code = "import os; print(os.getcwd())"
    scheduling.give("x", ONE, code, bundle=digest, working_dir="sql")
    scheduling.outcome(ONE)
    assert scheduling.output(ONE).decode().strip() == str(home.folder(ONE) / "files" / "sql")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (files / "here.py").write_text("import os; print(os.getcwd(), os.listdir(os.environ['FILES_DIR']))")
    scheduling.give(
        "x", TWO, "", command="here.py", bundle=scheduling.store(files, "here.py"), working_dir=str(elsewhere)
    )
    scheduling.outcome(TWO)
    assert scheduling.output(TWO).decode().strip() == f"{elsewhere} ['here.py']"


def test_a_bundle_that_is_not_there_is_a_failure_that_says_so(scheduling: Scheduler) -> None:
    scheduling.worker("x").start()
    scheduling.give("x", ONE, "print(1)", bundle="0" * 64)
    outcome = scheduling.outcome(ONE)
    assert outcome["state"] == "failed"
    assert "does not have the workflow's files; apply its definition again" in outcome["reason"]


def test_damaged_files_are_not_used_and_are_fetched_again(scheduling: Scheduler, files: Path) -> None:
    home = scheduling.worker("x")
    home.start()
    digest = scheduling.store(files, "load.py", "sql")
    scheduling.give("x", ONE, "", command="load.py", bundle=digest)
    scheduling.outcome(ONE)
    archive = home.path / "bundles" / f"{digest}.zip"
    archive.write_bytes(archive.read_bytes().replace(b"load.py", b"lord.py"))
    scheduling.give("x", TWO, "", command="load.py", bundle=digest)
    outcome = scheduling.outcome(TWO)
    assert (outcome["state"], "arrived damaged" in outcome["reason"]) == ("failed", True), outcome
    scheduling.give("x", THREE, "", command="load.py", bundle=digest)
    assert scheduling.outcome(THREE)["state"] == "succeeded"


@pytest.mark.parametrize("point", ["worker.bundle_fetched", "worker.unpacked"])
def test_a_worker_that_was_killed_over_the_files_begins_again(scheduling: Scheduler, files: Path, point: str) -> None:
    home = scheduling.worker("x")
    home.env[VARIABLE] = point
    home.start()
    digest = scheduling.store(files, "load.py", "sql")
    scheduling.give("x", ONE, "", command="load.py", bundle=digest)
    assert home.process.wait(PATIENCE) < 0
    assert not (home.folder(ONE) / "files").exists()
    del home.env[VARIABLE]
    home.start()
    assert scheduling.outcome(ONE)["state"] == "succeeded"
    assert [path.name for path in (home.path / "bundles").iterdir()] == [f"{digest}.zip"]
    assert {path.name for path in home.folder(ONE).iterdir()} >= {"files", "start"}
    assert not list(home.folder(ONE).glob(".files*"))


def test_files_are_waited_for_while_the_database_is_away(
    scheduling: Scheduler, files: Path, until: Callable[..., Any]
) -> None:
    """In the middle of it: the first of two parts is there."""
    (files / "big").write_bytes(random.Random(1).randbytes(30 * MEGABYTES))
    digest = scheduling.store(files, "big", "load.py", "sql")
    home = scheduling.worker("x")
    with line_to(databases.root_of(scheduling.url)) as line:
        role = scheduling.database.read(lambda db: db.value("SELECT role_name FROM workers"))
        name = scheduling.url.rpartition("?")[0].rpartition("/")[2]
        write_membership(home.path, Membership("x", f"postgresql://{role}@{line.address}/{name}"))
        home.start()
        scheduling.give("x", ONE, "", command="load.py", bundle=digest)
        part = home.path / "bundles" / f"{digest}.part"
        until(lambda: part.exists() and part.stat().st_size > 0)
        line.cut()
        assert scheduling.told(ONE) == []
        line.mend()
        assert scheduling.outcome(ONE)["state"] == "succeeded"
        home.kill()


def test_large_files_are_fetched_in_parts(scheduling: Scheduler, files: Path) -> None:
    home = scheduling.worker("x")
    home.start()
    (files / "big").mkdir()
    for number in range(15):
        (files / "big" / str(number)).write_bytes(random.Random(number).randbytes(4 * MEGABYTES))
    scheduling.give("x", ONE, "", command="load.py", bundle=scheduling.store(files, "load.py", "sql"))
    scheduling.outcome(ONE)
    before = psutil.Process(home.process.pid).memory_info().rss
    code = "import os; print(sum(os.path.getsize('big/' + n) for n in os.listdir('big')))"
    scheduling.give("x", TWO, code, bundle=scheduling.store(files, "big"))
    outcome = scheduling.outcome(TWO)
    assert outcome["state"] == "succeeded", outcome
    assert int(scheduling.output(TWO)) == 60 * MEGABYTES
    assert psutil.Process(home.process.pid).memory_info().rss - before < 25 * MEGABYTES


def test_an_attempt_that_waits_for_files_can_be_cancelled(
    scheduling: Scheduler, files: Path, until: Callable[..., Any]
) -> None:
    """Another transaction has locked the files."""
    digest = scheduling.store(files, "load.py", "sql")
    scheduling.worker("x").start()
    holder = scheduling.database.connect_alone()
    try:
        holder.execute("BEGIN")
        holder.execute("LOCK TABLE bundles IN ACCESS EXCLUSIVE MODE")
        scheduling.give("x", ONE, "", command="load.py", bundle=digest)
        until(lambda: scheduling.state(ONE) == "claimed")
        scheduling.stop("x", ONE)
        assert scheduling.outcome(ONE)["state"] == "cancelled"
        scheduling.give("x", TWO, "print(1)")
        assert scheduling.outcome(TWO)["state"] == "succeeded"
    finally:
        holder.close()


def test_files_that_were_not_used_for_a_day_are_deleted(scheduling: Scheduler, files: Path, tmp_path: Path) -> None:
    digest = scheduling.store(files, "sql")
    home = scheduling.worker("x")
    home.start()
    scheduling.give("x", ONE, "print(1)", bundle=digest)
    scheduling.outcome(ONE)
    desk = WorkerDesk(scheduling.database, "", "")
    bundles = Bundles(desk, Contact(lambda: None), home.path)
    archive = home.path / "bundles" / f"{digest}.zip"
    now = datetime.now(UTC)
    assert bundles.prune(now - timedelta(days=1)) == 0
    os.utime(archive, (1, 1))
    bundles.unpack(digest, tmp_path / "used")
    assert bundles.prune(now - timedelta(days=1)) == 0
    part = archive.with_name("0.part")
    part.touch()
    for path in (archive, part):
        os.utime(path, (1, 1))
    assert bundles.prune(now - timedelta(days=1)) == 1
    assert list(archive.parent.iterdir()) == []


class Slow:
    """A database whose answer about one bundle is awaited."""

    def __init__(self, found: Bundle) -> None:
        self._found = found
        self.asked, self.answered = threading.Event(), threading.Event()

    def bundle(self, digest: str, position: int) -> bytes | None:
        if digest != self._found.hash:
            self.asked.set()
            self.answered.wait()
            return None
        return self._found.content[position:]


def test_what_is_fetched_holds_up_no_other_files(files: Path, tmp_path: Path) -> None:
    found = collect(files, ["load.py"])
    desk: Any = Slow(found)
    bundles = Bundles(desk, Contact(lambda: None), tmp_path / "home")
    missed: list[InvalidInput] = []

    def fetch() -> None:
        try:
            bundles.unpack("0" * 64, tmp_path / "waits")
        except InvalidInput as error:
            missed.append(error)

    done = threading.Event()
    waits = threading.Thread(target=fetch, daemon=True)
    waits.start()
    assert desk.asked.wait(PATIENCE)
    other = threading.Thread(target=lambda: (bundles.unpack(found.hash, tmp_path / "there"), done.set()), daemon=True)
    other.start()
    assert done.wait(PATIENCE)
    assert (tmp_path / "there" / "load.py").read_text() == LOAD
    desk.answered.set()
    waits.join()
    assert len(missed) == 1
