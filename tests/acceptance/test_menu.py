"""The numbered menu: typed in a real terminal, and piped."""

from __future__ import annotations

import random
import re
import sys
from collections.abc import Iterator

import pytest
from patience import PATIENCE

pexpect = pytest.importorskip("pexpect", reason="a terminal of POSIX", exc_type=ImportError)

_COLOUR = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")


class Terminal:
    """The menu at 80 columns."""

    def __init__(self, scheduler, **env: str) -> None:
        self.child = pexpect.spawn(
            sys.executable,
            ["-m", "workflow_scheduler"],
            env={**scheduler.env, "TERM": "xterm-256color", **env},
            cwd=str(scheduler.home),
            dimensions=(24, 80),
            encoding="utf-8",
            timeout=PATIENCE,  # the machine may be busy
        )
        self.seen = ""

    def answer(self, prompt: str, text: str = "") -> None:
        """Wait for the prompt, look at it, and type."""
        self.child.expect_exact(f"{prompt}: ")
        self.seen += self.child.before + self.child.after
        self.child.sendline(text)

    def choose(self, number: int) -> None:
        self.answer("Choose [default: 'menu']", str(number))

    def quit(self) -> None:
        self.choose(8)
        self.child.expect_exact("Goodbye.")
        self.seen += self.child.before
        self.child.expect(pexpect.EOF)
        self.child.close()
        assert self.child.exitstatus == 0


@pytest.fixture
def terminal(scheduler) -> Iterator[Terminal]:
    made = Terminal(scheduler)
    yield made
    made.child.close(force=True)


def add_task(terminal: Terminal, task: str, command: str, args: str, output: str, retries: str, delay: str) -> None:
    terminal.choose(3)
    terminal.answer("Enter the workflow ID [default: 'workflow_1']")
    terminal.answer(f"Task ID [default: '{task}']")
    terminal.answer("Command [default: 'echo']", command)
    terminal.answer("Arguments [default: none]", args)
    terminal.answer("Expected Exit Codes [default: '0']")
    terminal.answer("Output Files (separated by commas) [default: none]", output)
    terminal.answer("Retry Count [default: 0]", retries)
    terminal.answer("Retry Delay (seconds) [default: 0]", delay)
    terminal.answer("Continue on Failure [default: 'no']")


def test_the_example_of_the_specification(scheduler, terminal, until) -> None:
    script = scheduler.home / "backup_database.sh"
    script.write_text("#!/bin/sh\nmkdir -p backups && echo 'CREATE TABLE t (a);' > backups/db_backup.sql\n")
    script.chmod(0o755)
    (scheduler.home / "compress_backup.py").write_text(
        "import sys, zipfile\nwith zipfile.ZipFile(sys.argv[1][:-3] + 'zip', 'w') as z: z.write(sys.argv[1])\n"
    )
    terminal.choose(2)
    terminal.answer("Enter a unique workflow ID [default: 'workflow_1']")
    add_task(terminal, "task_1", "backup_database.sh", "", "backups/db_backup.sql", "2", "30")
    add_task(
        terminal, "task_2", "python", "compress_backup.py backups/db_backup.sql", "backups/db_backup.zip", "1", "15"
    )
    terminal.choose(4)
    terminal.answer("Enter the workflow ID to schedule [default: 'workflow_1']")
    terminal.answer("Trigger Type (interval, cron, date) [default: 'interval']", "cron")
    terminal.answer("Enter day of the week [default: 'mon-fri']")
    terminal.answer("Enter hour [default: 0]", "1")
    terminal.answer("Enter minute [default: 0]", "0")
    terminal.answer("Time zone [default: 'UTC']")
    terminal.choose(6)
    terminal.choose(5)
    terminal.choose(9)
    terminal.answer("Enter the workflow ID [default: 'workflow_1']")
    terminal.choose(1)
    terminal.quit()
    text = _COLOUR.sub("", terminal.seen)
    assert "At 01:00, Monday through Friday (UTC)" in text
    assert "The scheduler is running in the background" in text
    assert "= scheduler schedule add workflow_1 --id schedule_1 --cron '0 1 * * mon-fri'" in text
    assert "✓ succeeded" in text
    assert (scheduler.home / "backups" / "db_backup.zip").exists()
    # It goes on after the menu.
    assert scheduler.json("status")["running"] is True
    assert scheduler.json("workflow", "list")[0]["last_state"] == "succeeded"
    log = (scheduler.home / "scheduler.log").read_text()
    assert "exit_code=0" in log
    assert "db_backup.zip: changed; no process has it open for writing (read lease)" in log


def test_bad_answers_are_asked_again_and_b_goes_back(scheduler, terminal) -> None:
    terminal.choose(99)
    terminal.choose(2)
    terminal.answer("Enter a unique workflow ID [default: 'workflow_1']", "a/b")
    terminal.answer("Enter a unique workflow ID [default: 'workflow_1']", "nightly")
    terminal.choose(3)
    terminal.answer("Enter the workflow ID [default: 'nightly']", "nowhere")
    terminal.answer("Enter the workflow ID [default: 'nightly']")
    terminal.answer("Task ID [default: 'task_1']")
    terminal.answer("Command [default: 'echo']")
    terminal.answer("Arguments [default: 'Hello World']", "-")
    terminal.answer("Expected Exit Codes [default: '0']", "zero")
    terminal.answer("Expected Exit Codes [default: '0']", "0 1")
    terminal.answer("Output Files (separated by commas) [default: none]")
    terminal.answer("Retry Count [default: 0]", "many")
    terminal.answer("Retry Count [default: 0]", "b")
    terminal.choose(4)
    terminal.answer("Enter the workflow ID to schedule [default: 'nightly']")
    terminal.answer("Trigger Type (interval, cron, date) [default: 'interval']", "sometimes")
    terminal.answer("Trigger Type (interval, cron, date) [default: 'interval']")
    terminal.answer("Enter the interval in minutes [default: 60]", "-5")
    terminal.answer("Enter the interval in minutes [default: 60]", "b")
    terminal.quit()
    assert "'99' is not in the menu" in terminal.seen
    assert "nothing was changed" in terminal.seen
    assert scheduler.json("task", "list", "nightly") == []
    assert scheduler.json("schedule", "list") == []


def test_edit_move_and_delete(scheduler, terminal) -> None:
    scheduler("workflow", "create", "w")
    for name in ("one", "two"):
        scheduler("task", "add", "w", "--id", name, "--command", "echo", "--arguments", name, "--timeout", "60")
    scheduler("schedule", "add", "w", "--every", "1h")
    terminal.choose(15)
    terminal.answer("Enter the workflow ID [default: 'w']")
    terminal.answer("Task ID [default: 'two']")
    terminal.answer("Command [default: 'echo']")
    terminal.answer("Arguments [default: 'two']", "three")
    terminal.answer("Expected Exit Codes [default: '0']")
    terminal.answer("Output Files (separated by commas) [default: none]")
    terminal.answer("Retry Count [default: 0]", "4")
    terminal.answer("Retry Delay (seconds) [default: 0]")
    terminal.answer("Continue on Failure [default: 'no']", "yes")
    terminal.answer("Timeout (seconds) [default: '60']", "-")
    terminal.answer("Working folder [default: none]")
    terminal.choose(16)
    terminal.answer("Enter the workflow ID [default: 'w']")
    terminal.answer("Task ID [default: 'two']")
    terminal.answer("New position [default: 1]")
    terminal.choose(17)
    terminal.answer("Enter the workflow ID [default: 'w']")
    terminal.answer("Task ID [default: 'one']")
    terminal.answer("Delete one from w? [default: 'no']", "yes")
    terminal.choose(19)
    terminal.answer("Enter the schedule ID [default: 'schedule_1']")
    terminal.choose(18)
    terminal.answer("Enter the schedule ID [default: 'schedule_1']")
    terminal.answer("Time zone [default: 'UTC']", "Europe/Berlin")
    terminal.answer("Change its trigger (yes, no) [default: 'no']")
    terminal.answer("Catch-up of missed fires (latest, all, none) [default: 'latest']", "all")
    terminal.answer("Overlap (queue, skip, allow, replace) [default: 'queue']")
    terminal.choose(13)
    terminal.answer("Enter the workflow ID [default: 'w']")
    terminal.answer("Workflow ID [default: 'w']", "v")
    terminal.answer("Description [default: none]", "new")
    terminal.answer("Enabled [default: 'yes']")
    terminal.answer("Runs in progress at once, '-' for no limit [default: '-']", "2")
    terminal.choose(14)
    terminal.answer("Enter the workflow ID [default: 'v']")
    terminal.answer("Delete v and its 1 schedules? Its history stays [default: 'no']")
    terminal.quit()
    shown = scheduler.json("workflow", "show", "v")
    assert shown["description"] == "new"
    (task,) = shown["tasks"]
    assert (task["id"], task["args"], task["retry"], task["continue_on_failure"]) == (
        "two",
        "three",
        {"limit": 4},
        True,
    )
    assert "timeout" not in task
    (schedule,) = scheduler.json("schedule", "list")
    assert (schedule["timezone"], schedule["catchup"], schedule["enabled"]) == ("Europe/Berlin", "all", False)


def test_without_colour(scheduler) -> None:
    terminal = Terminal(scheduler, NO_COLOR="1", TERM="dumb")
    terminal.choose(1)
    terminal.quit()
    assert "List workflows" in terminal.seen


def test_it_ends_cleanly_with_the_input(scheduler, terminal) -> None:
    terminal.choose(2)
    terminal.child.expect_exact("Enter a unique workflow ID")
    terminal.child.send("\x04")
    terminal.child.expect_exact("Goodbye.")
    terminal.child.expect(pexpect.EOF)
    assert scheduler.json("workflow", "list") == []


def test_ctrl_c_goes_back_and_the_second_one_leaves(scheduler, terminal) -> None:
    terminal.choose(2)
    terminal.child.expect_exact("Enter a unique workflow ID")
    terminal.child.send("\x03")
    terminal.child.expect_exact("Back; nothing was changed.")
    terminal.child.expect_exact("Choose [default: 'menu']: ")
    terminal.child.send("\x03")
    terminal.child.expect_exact("Goodbye.")
    terminal.child.expect(pexpect.EOF)
    assert scheduler.json("workflow", "list") == []


def test_it_works_piped(scheduler) -> None:
    done = scheduler(text="2\n\n3\n\n\n\n\n\n\n\n\n\n4\n\n\n\n5\n7\n8\n")
    assert "Goodbye." in done.stdout
    assert scheduler.json("task", "list", "workflow_1") == [{"id": "task_1", "command": "echo", "args": "Hello World"}]
    assert scheduler.json("schedule", "list")[0]["description"] == "Every 1h"
    assert "The scheduler is not running." in done.stdout
    run = scheduler.json("run", "workflow_1")
    assert run["state"] == "succeeded"


@pytest.mark.parametrize("before", ["", "1\n"])
def test_an_answer_without_end_is_not_read_to_its_end(scheduler, before) -> None:
    assert "100,000 characters" in scheduler(text=before + "a" * 150_000, code=2).stderr


def test_input_that_ends_early_ends_the_menu(scheduler) -> None:
    assert "Goodbye." in scheduler(text="2\n").stdout
    assert scheduler.json("workflow", "list") == []
    assert "Goodbye." in scheduler(text="zzz\n" * 50).stdout


@pytest.mark.parametrize("seed", range(3))
def test_random_answers_never_break_it(scheduler, seed: int) -> None:
    dice = random.Random(seed)
    words = [
        "",
        "b",
        "-",
        "yes",
        "no",
        "x",
        "1",
        "cron",
        "date",
        "*",
        "\u202e",
        "é" * 50,
        "0 0",
        "w" * 300,
        "2099-01-01 00:00:00",
    ]
    numbers = [str(number) for number in (1, 2, 3, 4, 5, 7, 10, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 23, 25, 26)]
    lines = [dice.choice(numbers if dice.random() < 0.4 else words) for _ in range(400)]
    assert "Goodbye." in scheduler(text="\n".join(lines)).stdout
    scheduler("workflow", "export")


def test_what_was_probably_not_meant_is_said_before_it_is_stored(scheduler, terminal) -> None:
    scheduler("workflow", "create", "nightly")
    terminal.choose(4)
    terminal.answer("Enter the workflow ID to schedule [default: 'nightly']")
    terminal.answer("Trigger Type (interval, cron, date) [default: 'interval']", "cron")
    terminal.answer("Enter day of the week [default: 'mon-fri']", "friday-monday")
    terminal.answer("Enter hour [default: 0]", "5")
    terminal.answer("Enter minute [default: 0]", "*")
    terminal.answer("Time zone [default: 'UTC']")
    terminal.quit()
    assert "Every minute from 05:00 through 05:59, Friday through Monday" in terminal.seen
    assert "Warning: It fires every minute, 60 times on each of its days" in " ".join(terminal.seen.split())
    assert terminal.seen.count("Warning:") == 1
    assert scheduler.json("schedule", "list")[0]["spec"] == {"cron": "* 5 * * friday-monday"}
