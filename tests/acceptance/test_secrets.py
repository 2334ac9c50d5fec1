"""Safety requirement 20: no secret of the scheduler and no ticket where somebody else, or a script, finds it."""

from __future__ import annotations

import json
import os
import stat
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from patience import PATIENCE

from workflow_scheduler.operations.access.sign_in_page import remove_old_sign_in_pages, write_sign_in_page
from workflow_scheduler.settings import read_settings

CODE = "import json, os; print(json.dumps(dict(os.environ)))"
SECRET = {
    "SMTP_PASSWORD": "canary-1",
    "GITHUB_TOKEN": "canary-2",
    "Api_Key": "canary-3",
    "SENTRY_DSN": "canary-4",
    "UPSTREAM": "https://ada:canary-5@example.org/",
    "DB_PWD": "canary-6",
    "SLACK_WEBHOOK": "canary-7",
}
PLAIN = {"GREETING": "hello", "REPORT_URL": "https://example.org/a:b@c"}


def test_which_variables_are_secrets_is_in_the_settings(tmp_path) -> None:
    (tmp_path / ".env").write_text("".join(f"{name}={value}\n" for name, value in (SECRET | PLAIN).items()))
    own = {"DB_URL", "TLS_KEY", "NOTIFY", "SMTP_PASSWORD", "WATCH_URL"}
    assert read_settings(tmp_path, {}).secret_names == {*own, *SECRET}
    (tmp_path / ".env").unlink()
    assert read_settings(tmp_path, {"OTHER_TOKEN": "of this machine"}).secret_names == own


@pytest.mark.parametrize("how", ["run", "start"])
def test_no_secret_of_the_settings_reaches_a_script(scheduler, until: Callable, how: str) -> None:
    """As where a service manager hands the file over, or somebody says `set -a; . ./.env`."""
    written = SECRET | PLAIN
    (scheduler.home / ".env").write_text("".join(f"{name}={value}\n" for name, value in written.items()))
    scheduler.env |= written | {"DB_URL": "sqlite:///jobs.sqlite", "OF_THE_MACHINE_TOKEN": "kept"}
    task = {"id": "t", "command": sys.executable, "args": ["-c", CODE], "env": {"MY_TOKEN": "asked for"}}
    (scheduler.home / "w.json").write_text(json.dumps({"id": "w", "tasks": [task]}))
    scheduler("workflow", "apply", "w.json")
    if how == "start":
        scheduler("start")
    scheduler("run", "w", "--id", "r")
    found = json.loads((scheduler.home / "attempts" / "r" / "t.1" / "stdout.log").read_text())
    assert not set(found) & {*SECRET, "DB_URL"}
    assert not [name for name, value in found.items() if "canary" in value]
    assert {name: found.get(name) for name in PLAIN} == PLAIN
    # What this machine has beside the file, and what a task asks for, is the scripts' own.
    assert (found["OF_THE_MACHINE_TOKEN"], found["MY_TOKEN"]) == ("kept", "asked for")


@pytest.mark.skipif(sys.platform == "win32", reason="a browser there is no command that a test can be")
def test_the_ticket_is_in_no_command_line_and_its_file_goes(scheduler, until: Callable) -> None:
    browser = scheduler.home / "browser.sh"
    browser.write_text('#!/bin/sh\nprintf "%s\\n" "$@" > argv.part; env > environment; mv argv.part argv\n')
    browser.chmod(0o700)
    scheduler.env |= {"WEB": "1", "PORT": "0", "BROWSER": str(browser)}
    scheduler("start")
    said = scheduler("web").stdout
    until((scheduler.home / "argv").exists)
    (address,) = (scheduler.home / "argv").read_text().split()
    file = Path(address.removeprefix("file://"))
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    text = file.read_text()
    url = text.partition("url=")[2].partition('"')[0]
    page, _, ticket = url.partition("/#ticket=")
    for shown in (said, address, (scheduler.home / "environment").read_text(), scheduler("log").stdout):
        assert ticket not in shown
    assert httpx.post(f"{page}/api/v1/session", json={"ticket": ticket}, timeout=PATIENCE).status_code == 200
    assert not file.exists()
    # One that nobody used goes too, at the latest when the next is made.
    scheduler("web")
    (left,) = scheduler.home.glob("sign-in-*.html")
    os.utime(left, (1, 1))
    scheduler("web")
    assert not left.exists()
    assert len(list(scheduler.home.glob("sign-in-*.html"))) == 1
    assert scheduler("web", "--print").stdout.startswith(f"{page}/#ticket=")


@pytest.mark.skipif(sys.platform == "win32", reason="there is always a browser there")
def test_without_a_browser_it_says_what_to_do(scheduler) -> None:
    scheduler.env |= {"WEB": "1", "PORT": "0", "BROWSER": "/bin/false", "PATH": "/nowhere"}
    scheduler("start")
    assert "scheduler web --print" in scheduler("web", code=4).stderr
    assert not list(scheduler.home.glob("sign-in-*.html"))


def test_a_sign_in_page_is_for_a_minute(tmp_path) -> None:
    from datetime import UTC, datetime

    file = write_sign_in_page(tmp_path, 'http://127.0.0.1:1/#ticket=a"><script>', "a")
    assert "<script>" not in file.read_text()
    now = datetime.fromtimestamp(file.stat().st_mtime, UTC)
    remove_old_sign_in_pages(tmp_path, now + timedelta(seconds=59))
    assert file.exists()
    remove_old_sign_in_pages(tmp_path, now + timedelta(seconds=61))
    assert not file.exists()


def test_a_password_is_read_no_further_than_one_may_be_long(scheduler) -> None:
    refused = scheduler("user", "add", "ada", "--password-stdin", text="x1yz" * 1_000_000, code=2)
    assert "The password has 1000 characters" in refused.stderr
