"""Makes docs/images: a home as a small shop has it, with a month behind it, in both themes and on a phone. Then the films."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

sys.path.insert(0, str(Path(__file__).parents[1]))

import browsing

from workflow_scheduler.domain.run import Run, RunState
from workflow_scheduler.domain.schedule import Disposition, Fire
from workflow_scheduler.storage import fires, runs
from workflow_scheduler.storage.database import Database

IMAGES = Path(__file__).parents[2] / "docs" / "images"
MOST_BYTES = 200_000
ZONE = "Europe/Berlin"
DESK = {"viewport": {"width": 1280, "height": 720}, "timezone_id": ZONE, "locale": "en-GB"}
PHONE = {**DESK, "viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}

DEFINITIONS = """
id: nightly_backup
description: Back up the shop's database, zip it, prove that it can be read, and copy it off site
labels: [shop]
tasks:
  - {id: dump, command: python3, args: step.py dump, retry: {limit: 2, delay: 30}, timeout: 10m}
  - {id: zip, command: python3, args: step.py zip}
  - {id: verify, command: python3, args: step.py verify}
  - {id: copy_away, command: python3, args: step.py copy, retry: {limit: 5, delay: 60, backoff: 2}}
schedules: [{id: at_night, cron: 0 1 * * *, timezone: Europe/Berlin}]
---
id: orders
description: Fetch the orders of the hour and load them into the warehouse
labels: [shop, warehouse]
tasks:
  - {id: fetch_orders, command: python3, args: step.py orders}
  - {id: fetch_products, command: python3, args: step.py products, depends_on: []}
  - {id: fetch_rates, command: python3, args: step.py rates, depends_on: []}
  - {id: load, command: python3, args: load.py, depends_on: [fetch_orders, fetch_products, fetch_rates], retry: {limit: 1, delay: 1}, output_files: out/orders.parquet}
  - {id: check, command: python3, args: step.py check, depends_on: [load]}
  - {id: report, command: python3, args: step.py report, depends_on: [load]}
schedules: [{id: hourly, cron: 15 * * * *, timezone: Europe/Berlin, overlap: skip}]
---
id: invoices
description: Write the invoices of yesterday and send them
labels: [accounts]
tasks:
  - {id: write, command: python3, args: step.py invoices}
  - {id: send, command: python3, args: wait.py}
  - {id: file, command: python3, args: step.py file}
schedules: [{id: workdays, cron: 30 6 * * mon-fri, timezone: Europe/Berlin}]
---
id: weekly_report
description: What was sold, by shop and by week
labels: [accounts]
tasks: [{id: sum_up, command: python3, args: step.py report}]
schedules: [{id: mondays, cron: 0 7 * * mon, timezone: Europe/Berlin}]
---
id: stock_sync
description: Tell the shops what is in stock
labels: [shop]
tasks: [{id: sync, command: python3, args: step.py sync}]
schedules: [{id: often, every: 2h, catchup: none}]
"""
STEP = "import sys\nprint(f'{sys.argv[1]}: begun')\nprint(f'\\x1b[32m{sys.argv[1]}: done\\x1b[0m')\n"
LOAD = r"""
import sys
print("\x1b[2m10:15:03\x1b[0m reading orders.csv: \x1b[1m1,204\x1b[0m rows")
print("\x1b[2m10:15:04\x1b[0m \x1b[33m3 rows without a customer are left out\x1b[0m")
print("\x1b[2m10:15:04\x1b[0m writing to warehouse.orders", flush=True)
sys.stderr.write("\x1b[31mERROR\x1b[0m  the warehouse refused row 812: \x1b[1mcurrency 'EURO' is not known\x1b[0m\n")
sys.stderr.write("       known are: CHF EUR GBP USD\n       nothing was written; mend the row, or the rates, and run it again\n")
sys.exit(3)
"""
WAIT = "import time\nprint('sending 48 invoices', flush=True)\ntime.sleep(600)\n"
WRONG = """id: nightly_backup
description: Back up the shop's database, zip it, prove that it can be read, and copy it off site
labels: [shop]
tasks:
  - id: dump
    command: python
    args: step.py dump
    retry: {limit: 2, delay: 30}
    timeout: 10 min
  - id: zip
    comand: python
    args: step.py zip
  - id: verify
    command: python
    args: step.py verify
schedules:
  - id: at_night
    cron: 0 1 * * *
    timezone: Europe/Berlin
"""


@dataclass(frozen=True)
class Habit:
    """What a workflow did in the month before: when, how long, and in how many of a hundred runs it failed."""

    workflow: str
    schedule: str
    hours: tuple[int, ...]
    minute: int
    seconds: float
    failures: int
    days: tuple[int, ...] = (0, 1, 2, 3, 4, 5, 6)


HABITS = (
    Habit("nightly_backup", "at_night", (1,), 0, 412, 10),
    Habit("orders", "hourly", tuple(range(24)), 15, 74, 4),
    Habit("invoices", "workdays", (6,), 30, 655, 0, (0, 1, 2, 3, 4)),
    Habit("weekly_report", "mondays", (7,), 0, 180, 0, (0,)),
    Habit("stock_sync", "often", tuple(range(0, 24, 2)), 40, 21, 2),
)


class Home:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.env = {**os.environ, "SCHEDULER_HOME": str(folder), "WEB": "1", "PORT": "0", "TIMEZONE": ZONE}
        self.env["PATH"] = "/usr/bin:/bin"  # which python3 ran is in the pictures as well

    def __call__(self, *words: str, text: str = "") -> str:
        command = [sys.executable, "-m", "workflow_scheduler", *words]
        done = subprocess.run(
            command, env=self.env, cwd=self.folder, input=text, capture_output=True, text=True, check=False
        )
        return done.stdout


def remember(folder: Path, now: datetime) -> None:
    """A month of fires and their runs."""
    chance = random.Random(4)
    past: list[Run] = []
    due: list[Fire] = []
    midnight = now.astimezone(ZoneInfo(ZONE)).replace(hour=0, minute=0, second=0, microsecond=0)
    for back in range(30, -1, -1):
        day = midnight - timedelta(days=back)
        for habit in HABITS:
            if day.weekday() not in habit.days:
                continue
            for hour in habit.hours:
                at = day.replace(hour=hour, minute=habit.minute).astimezone(UTC)
                took = habit.seconds * chance.uniform(0.7, 1.5)
                if at + timedelta(seconds=took) > now:
                    continue
                if chance.randrange(100) < 2:
                    due.append(
                        Fire(habit.schedule, at, Disposition.SKIPPED_OVERLAP, "the previous run has not finished")
                    )
                    continue
                fails = chance.randrange(100) < habit.failures
                name = f"{at:%Y%m%d-%H%M%S}-{''.join(chance.choices('abcdefghkmnpqrstuvwxyz23456789', k=8))}"
                reason = "task copy_away failed: exit code 1" if fails and habit.workflow == "nightly_backup" else ""
                state = RunState.FAILED if fails else RunState.SUCCEEDED
                words = reason or ("1 task failed: exit code 2" if fails else "all tasks succeeded")
                times = {"started_at": at, "finished_at": at + timedelta(seconds=took)}
                past.append(Run(name, habit.workflow, 1, state, at, words, habit.schedule, at, **times))
                due.append(Fire(habit.schedule, at, Disposition.QUEUED, "", name))
    database = Database("sqlite:///jobs.sqlite", folder)
    database.open()
    database.write(lambda db: runs.add_runs(db, past))
    database.write(lambda db: fires.record_fires(db, due))
    database.close()


@contextmanager
def shop() -> Iterator[Home]:
    folder = Path(tempfile.gettempdir()) / "shop"  # its path is in the pictures
    folder.mkdir(mode=0o700)
    try:
        for name, text in {"step.py": STEP, "load.py": LOAD, "wait.py": WAIT}.items():
            (folder / name).write_text(text, encoding="utf-8")
        home = Home(folder)
        home("workflow", "apply", "-", text=DEFINITIONS)
        remember(folder, datetime.now(UTC))
        home("start")
        try:
            yield home
        finally:
            home("stop", "--kill")
    finally:
        shutil.rmtree(folder)


def enter(home: Home, browser: Any, **options: Any) -> Any:
    page = browser.new_context(**{**DESK, **options}).new_page()
    page.goto(json.loads(home("web", "--print", "--json"))["url"])
    page.get_by_role("heading", name="Overview").wait_for()
    return page


def show(page: Any, address: str, awaited: str) -> None:
    page.goto(f"{page.url.partition('#')[0]}#/{address}")
    page.get_by_text(awaited).first.wait_for()
    page.evaluate("document.fonts.ready")


def picture(page: Any, name: str) -> None:
    page.mouse.move(0, 0)
    page.screenshot(path=IMAGES / f"{name}.png", animations="disabled")
    size = (IMAGES / f"{name}.png").stat().st_size
    print(f"docs/images/{name}.png  {size / 1000:.0f} kB")
    assert size <= MOST_BYTES, f"{name} is too large to be kept"


def take(home: Home, browser: Any) -> None:
    home("run", "orders")
    failed = json.loads(home("runs", "list", "--workflow", "orders", "--json"))[0]["id"]
    home("run", "invoices", "--detach")
    light, dark = enter(home, browser, color_scheme="light"), enter(home, browser, color_scheme="dark")
    for page, theme in ((light, "light"), (dark, "dark")):
        show(page, "", "of 3 tasks")
        picture(page, f"overview-{theme}")
    show(light, f"runs/{failed}", "is not known")
    light.set_viewport_size({"width": 1120, "height": 1290})
    picture(light, "run-failed")
    light.set_viewport_size(DESK["viewport"])
    show(light, "workflows", "weekly_report")
    picture(light, "workflows")
    show(light, "workflows/orders", "at minute 15")
    light.set_viewport_size({"width": 1280, "height": 1000})
    picture(light, "workflow")
    light.set_viewport_size(DESK["viewport"])
    show(dark, "schedules/calendar?span=week", "stock_sync")
    picture(dark, "calendar")
    show(light, "workflows/nightly_backup/edit", "copy_away")
    browsing.write(light, WRONG)
    light.get_by_text("line 9, column").wait_for()
    light.set_viewport_size({"width": 1280, "height": 880})
    picture(light, "editor")
    phone = enter(home, browser, **PHONE)
    show(phone, "", "of 3 tasks")
    picture(phone, "phone")


def main() -> None:
    IMAGES.mkdir(parents=True, exist_ok=True)
    with browsing.chromium() as browser, shop() as home:
        take(home, browser)
    for film in ("film.py", "terminal.py"):
        subprocess.run([sys.executable, Path(__file__).parent / film], check=True)


if __name__ == "__main__":
    main()
