"""What the commands on schedules refuse, warn about and mark."""

from __future__ import annotations

import pytest
from unreadable import ROWS, SQLITE_ROWS, insert

from workflow_scheduler.storage.database import Database

PREVIEW = ("schedule", "preview", "--timezone", "Europe/Berlin", "--from", "2027-03-27T12:00:00Z")
ONE = (
    "Give exactly one of --cron, --times, --every, --interval, --at, --business-day and --at-start, "
    "or --day-of-week, --hour and --minute"
)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--cron", "0 5 * * *", "--hour", "6"), f"--cron and --hour are two triggers. {ONE}"),
        (("--cron", "0 5 * * *", "--minute", "6"), f"--cron and --minute are two triggers. {ONE}"),
        (("--day-of-week", "mon", "--cron", "0 5 * * *"), f"--cron and --day-of-week are two triggers. {ONE}"),
        (("--every", "5m", "--hour", "6"), f"--every and --hour are two triggers. {ONE}"),
        (("--at", "2027-01-01", "--minute", "6"), f"--at and --minute are two triggers. {ONE}"),
        (("--interval", "5", "--hour", "6"), f"--interval and --hour are two triggers. {ONE}"),
        (("--cron", "@daily", "--every", "5m"), f"--cron and --every are two triggers. {ONE}"),
        (("--cron", "@daily", "--at", "2027-01-01"), f"--cron and --at are two triggers. {ONE}"),
        (("--cron", "@daily", "--every", "5m", "--interval", "1", "--hour", "2"), ONE),
        (("--every", "5"), "The interval '5' has no unit; write 5s for seconds, 5m for minutes or 5h for hours."),
        (("--every", "1h30"), "The interval '1h30' is invalid"),
        (
            ("--cron", "0", "5", "*", "*", "*"),
            "--cron got only '0', and other words were left over. Put the expression in quotes: --cron \"0 5",
        ),
        (("--cron", "a.txt", "a.txt", "a.txt", "a.txt", "a.txt"), "Put the expression in quotes"),
        (("--cron=*/5", "-x.txt", "b.txt"), "Put the expression in quotes"),
        (("--at", "2027-01-01", "09:00:00"), "Put the expression in quotes"),
        (("--every", "1h", "30m"), "Put the expression in quotes"),
        (("--hour", "a.txt", "b.txt"), 'Put the expression in quotes: --hour "*"'),
        (("--hour", "5", "b.txt"), "unexpected extra argument"),
        (("--cron", "0 5 * * *", "b.txt"), "unexpected extra argument"),
    ],
)
def test_a_trigger_is_one_and_whole(scheduler, words: tuple[str, ...], said: str) -> None:
    done = scheduler("schedule", "preview", *words, code=2)
    assert said in done.stderr
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1


def test_times_have_units_where_nothing_says_seconds(scheduler) -> None:
    assert "no unit" in scheduler("runs", "list", "--since", "5", code=2).stderr
    scheduler("workflow", "create", "w")
    scheduler("task", "add", "w", "--command", "echo", "--retry-delay", "5", "--timeout", "30")
    shown = scheduler.json("task", "show", "w", "task_1")
    assert (shown["retry"]["delay"], shown["timeout"]) == (5, 30)
    file = scheduler.home / "w.yaml"
    file.write_text("id: v\ntasks: [{id: a, command: echo, retry_delay: 5}]\nschedules: [{every: 5}]\n")
    assert scheduler("workflow", "validate", "w.yaml", code=2).stderr.startswith(
        "w.yaml:3:14: The interval '5' has no unit"
    )
    assert scheduler("workflow", "apply", "w.yaml", code=2).stderr.startswith("w.yaml:3:14: ")


def test_warnings_are_on_standard_error_or_in_the_answer(scheduler) -> None:
    scheduler("workflow", "create", "w")
    done = scheduler("schedule", "add", "w", "--cron", "* 5 * * *", "--timezone", "UTC")
    assert done.stderr.startswith("Warning: It fires every minute, 60 times")
    assert "Warning" not in done.stdout
    answer = scheduler.json("schedule", "add", "w", "--cron", "*/45 * * * *", "--timezone", "UTC")
    assert [warning[:15] for warning in answer["warnings"]] == ["The step '*/45'"]
    assert scheduler.json("schedule", "edit", "schedule_1", "--cron", "0 0 1 * mon")["warnings"]
    assert scheduler.json("schedule", "edit", "schedule_1", "--overlap", "skip")["warnings"] == []
    assert scheduler.json("schedule", "preview", "--cron", "0 5 * * *", "--timezone", "UTC")["warnings"] == []
    file = scheduler.home / "v.yaml"
    file.write_text("id: v\ntasks: [{id: a, command: echo}]\nschedules:\n  - {id: s, cron: '*/45 * * * *'}\n")
    for command in ("validate", "apply"):
        assert scheduler("workflow", command, "v.yaml").stderr.startswith("Warning: v.yaml:4:13: The step '*/45'")
    assert scheduler.json("workflow", "validate", "v.yaml")["warnings"][0].startswith("v.yaml:4:13: ")
    assert scheduler.json("workflow", "apply", "v.yaml")[0]["warnings"][0].startswith("v.yaml:4:13: ")


def test_what_a_change_of_the_clock_does_is_said_and_marked(scheduler) -> None:
    done = scheduler(*PREVIEW, "--cron", "*/30 2 * * *")
    assert (
        "On 2027-03-28 the clocks of Europe/Berlin go from 02:00 to 03:00: 2 fires on that day do not happen."
        in done.stderr
    )
    moved = scheduler(*PREVIEW, "--cron", "15 2 * * *", "-n", "2").stdout.splitlines()
    assert moved[1] == "  Sun 2027-03-28 03:00:00 +02:00  moved: 02:15 does not exist on this day"
    assert moved[2] == "  Mon 2027-03-29 02:15:00 +02:00"
    autumn = (*PREVIEW[:-1], "2027-10-30T23:30:00Z", "--cron", "0 2 * * *", "-n", "1")
    assert scheduler(*autumn).stdout.splitlines()[1].endswith("02:00 occurs twice on this day: the first")
    hourly = scheduler.json(*PREVIEW[:-1], "2027-10-30T23:30:00Z", "--cron", "0 * * * *", "-n", "3")
    assert [fire.get("note", "")[-10:] for fire in hourly["fires"]] == [" the first", "the second", ""]


def test_rows_that_cannot_be_read_break_no_command(scheduler) -> None:
    scheduler("workflow", "create", "w")
    scheduler("schedule", "add", "w", "--cron", "0 1 * * *", "--id", "s")
    database = Database("sqlite:///jobs.sqlite", scheduler.home)
    database.open()
    for name, row in {**ROWS, **SQLITE_ROWS}.items():
        insert(database, name, row, "2199-11-24 13:00:00.000000")
    database.close()
    listed = scheduler("schedule", "list").stdout
    assert "Cannot be read: The cron field minute is '61'" in listed
    assert "At 01:00" in listed
    for arguments in (
        ("planner", "status"),
        ("workflow", "list"),
        ("workflow", "show", "w"),
        ("workflow", "export"),
        ("schedule", "show", "zone"),
    ):
        assert scheduler(*arguments).stdout
    assert scheduler("status", code=3).stdout
    assert scheduler.json("schedule", "show", "catchup")["fires"] == []
    assert scheduler.json("schedule", "next", "minute")["fires"] == []
    assert "unreadable" in scheduler("doctor", code=4).stdout
    assert (
        "cannot fire: The cron field minute"
        in scheduler("schedule", "edit", "minute", "--overlap", "skip", code=2).stderr
    )
    scheduler("schedule", "pause", "minute")
    scheduler("schedule", "edit", "minute", "--cron", "1 * * * *")
    scheduler("schedule", "resume", "minute")
    scheduler("schedule", "delete", "zone", "--yes")
    scheduler("workflow", "delete", "w", "--yes")
    assert scheduler.json("schedule", "list") == []


def test_a_start_of_the_scheduler_is_a_fire_and_a_restart_in_the_same_boot_is_none_of_the_machine(
    scheduler, until
) -> None:
    scheduler("workflow", "create", "w")
    scheduler("task", "add", "w", *scheduler.python("print('up')"))
    scheduler("start")
    added = scheduler("schedule", "add", "w", "--at-start", "boot", "--id", "machine").stdout
    assert "When the machine has booted" in added
    assert "never fires" not in added
    scheduler("schedule", "add", "w", "--at-start", "scheduler", "--id", "each", "--overlap", "allow")
    for expected in (1, 2):
        scheduler("stop")
        scheduler("start")
        until(lambda expected=expected: len(scheduler.json("fires", "list", "--schedule", "each")) == expected)
    assert scheduler.json("fires", "list", "--schedule", "machine") == []
    listed = scheduler("schedule", "list").stdout
    assert "at the next boot" in listed
    assert "at the next start" in listed
    shown = scheduler.json("schedule", "show", "each")
    assert (shown["spec"], shown["fires"], shown["next_utc"]) == ({"at_start": "scheduler"}, [], None)
    scheduler("schedule", "edit", "each", "--every", "1h")
    assert scheduler.json("schedule", "show", "each")["next_utc"]
    assert "at_start: boot" in scheduler("schedule", "add", "w", "--cron", "@reboot", code=2).stderr
