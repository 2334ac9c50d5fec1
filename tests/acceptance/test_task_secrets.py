"""Secrets of tasks, from setting one to the run: the value is nowhere but in the command."""

from __future__ import annotations

import base64
import json
import sys
import urllib.parse
from pathlib import Path

import psutil
import pytest

CANARY = "canary/7f3a+9b'x y"
TOKEN = "canary-of-the-environment"
SHOW = (
    "import base64, os, sys, urllib.parse; value = os.environ['DB']\n"
    "for text in (value, base64.b64encode(value.encode()).decode(), urllib.parse.quote(value), os.environ['TOKEN']): print(text)\n"
    "print('read', open(os.environ['KEY_FILE']).read() == value, sys.stdin.read() == value, file=sys.stderr); sys.exit(3)"
)


def definition(folder: Path) -> None:
    secrets = {
        "DB": "store:shop/db",
        "KEY": "file:key",
        "IN": {"command": [sys.executable, "-c", f"print(open({str(folder / 'key')!r}).read())"], "keep": "5m"},
        "TOKEN": "env:SHOP_TOKEN",
    }
    tasks = [
        {
            "id": "show",
            "command": sys.executable,
            "args": ["-c", SHOW],
            "secrets": ["DB", "KEY:file", "IN:stdin", "TOKEN"],
        },
        {
            "id": "other",
            "depends_on": [],
            "command": sys.executable,
            "args": ["-c", "import os; print([name for name in ('DB', 'TOKEN', 'SHOP_TOKEN') if name in os.environ])"],
        },
    ]
    (folder / "w.json").write_text(json.dumps({"id": "w", "secrets": secrets, "tasks": tasks}))
    (folder / "key").write_text(CANARY)
    (folder / "key").chmod(0o600)


def forms() -> list[bytes]:
    whole = base64.b64encode(CANARY.encode())
    return [
        CANARY.encode(),
        CANARY.encode("utf-16-le"),
        urllib.parse.quote(CANARY).encode(),
        whole[:-4],
        TOKEN.encode(),
    ]


@pytest.mark.parametrize("how", ["here", "scheduler"])
def test_a_secret_is_in_nothing_that_is_kept_or_shown(scheduler, how: str) -> None:
    home = scheduler.home
    definition(home)
    if how == "scheduler":
        scheduler.env |= {"WEB": "1", "PORT": "0"}
    scheduler.env["SHOP_TOKEN"] = TOKEN
    said = [scheduler("secret", "set", "shop/db", text=CANARY + "\n")]
    said.append(scheduler("workflow", "apply", "w.json"))
    if how == "scheduler":
        said.append(scheduler("start"))
    said.append(scheduler("run", "w", "--id", "r", code=1))
    assert (home / "attempts" / "r" / "show.1" / "stderr.log").read_text().strip() == "read True True"
    kept = (home / "attempts" / "r" / "show.1" / "stdout.log").read_text(encoding="utf-8").split()
    assert kept[0] == "•••DB•••"
    assert all("•••" in line for line in kept)
    # A task receives only what it names.
    assert (home / "attempts" / "r" / "other.1" / "stdout.log").read_text().strip() == "[]"
    for words in (
        ("runs", "show", "r"),
        ("runs", "show", "r", "--json"),
        ("runs", "logs", "r"),
        ("workflow", "show", "w"),
        ("workflow", "show", "w", "--json"),
        ("secret", "list"),
        ("secret", "list", "--json"),
        ("secret", "test", "shop/db"),
        ("secret", "test", "env:SHOP_TOKEN", "--json"),
        ("audit",),
        ("log",),
        ("backup",),
        ("workflow", "versions", "w"),
    ):
        said.append(scheduler(*words, code=None))
    answer = scheduler.json("secret", "test", "shop/db")
    assert (answer["bytes"], answer["read_by_scheduler"]) == (len(CANARY), how == "scheduler")
    assert answer["mark"] != scheduler.json("secret", "test", "env:SHOP_TOKEN")["mark"]
    lines = [" ".join(process.cmdline()) for process in psutil.process_iter() if _is_ours(process, home)]
    shown = "".join(answer.stdout + answer.stderr for answer in said).encode() + "\n".join(lines).encode()
    files = [file for file in home.rglob("*") if file.is_file() and file.name not in ("key", "shop+db")]
    for form in forms():
        assert form not in shown
        assert [file for file in files if form in file.read_bytes()] == []
    (secret,) = [secret for secret in scheduler.json("secret", "list") if secret["reference"] == "store:shop/db"]
    assert secret["used_by"] == ["w"]
    assert secret["read_at"] is not None
    scheduler("secret", "delete", "shop/db", "--yes")
    scheduler("run", "w", "--id", "s", code=1)
    assert "the secret DB is not available: The store of this home has no secret 'shop/db'" in scheduler(
        "runs", "show", "s"
    ).stdout.replace("\n", " ")


def _is_ours(process: psutil.Process, home: Path) -> bool:
    try:
        return str(home) in process.environ().get("SCHEDULER_HOME", "")
    except psutil.Error:
        return False


def test_a_variable_that_a_workflow_names_is_hidden_at_once_from_its_other_tasks(scheduler) -> None:
    definition(scheduler.home)
    scheduler.env["SHOP_TOKEN"] = TOKEN
    scheduler("start")
    scheduler("secret", "set", "shop/db", text=CANARY)
    scheduler("workflow", "apply", "w.json")
    scheduler("run", "w", "--id", "r", code=1)
    assert (scheduler.home / "attempts" / "r" / "other.1" / "stdout.log").read_text().strip() == "[]"


def test_what_cannot_be_read_or_masked_is_said_before_the_night(scheduler) -> None:
    definition(scheduler.home)
    (scheduler.home / "key").write_text("12345")
    said = scheduler("workflow", "apply", "w.json").stderr
    assert "Secret DB: The store of this home has no secret 'shop/db'" in said
    assert "Secret KEY has fewer than 6 bytes, so it will not be masked" in said
    assert "Secret TOKEN: The variable SHOP_TOKEN is neither" in said
    found = {finding["about"]: finding for finding in scheduler.json("doctor", code=None)}
    assert found["secrets"]["state"] == "warning"
    assert "w: Secret DB" in found["secrets"]["words"]


def test_a_password_in_plain_text_is_pointed_out(scheduler) -> None:
    scheduler("workflow", "create", "w")
    said = scheduler("task", "add", "w", "--command", sys.executable, "--env", "DB_PASSWORD=hunter2").stderr
    assert "DB_PASSWORD looks like a password" in said
    assert "hunter2" not in said
    found = {finding["about"]: finding for finding in scheduler.json("doctor", code=None)}
    assert found["passwords"]["words"].endswith("w/task_1 DB_PASSWORD")


def test_bad_input_is_refused_and_nothing_is_stored(scheduler) -> None:
    for name, value, words in (
        ("../x", "v", "cannot be used"),
        ("x", "", "is empty"),
        ("x", "v" * 20_000, "at most 16,384"),
    ):
        assert words in scheduler("secret", "set", name, text=value, code=2).stderr
    assert not (scheduler.home / "secrets").exists()
    scheduler("workflow", "create", "w")
    assert "a reference, not a value" in scheduler("workflow", "edit", "w", "--secret", "A=hunter2", code=2).stderr
    said = scheduler("workflow", "edit", "w", "--secret", "hunter2", code=2).stderr
    assert "write NAME=REFERENCE" in said
    assert "hunter2" not in said
    scheduler("workflow", "edit", "w", "--secret", "A=env:X")
    assert "secrets: A from env:X" in scheduler("workflow", "show", "w").stdout
    assert "no secret 'x'" in scheduler("secret", "delete", "x", "--yes", code=3).stderr


def test_a_variable_that_a_channel_names_is_hidden_from_scripts(scheduler) -> None:
    scheduler.env["CHAT_URL"] = TOKEN
    (scheduler.home / "notify.yaml").write_text("channels: {chat: {kind: slack, url: 'env:CHAT_URL'}}")
    code = "import os; print('CHAT_URL' in os.environ)"
    (scheduler.home / "w.json").write_text(
        json.dumps({"id": "w", "tasks": [{"id": "a", "command": sys.executable, "args": ["-c", code]}]})
    )
    scheduler("workflow", "apply", "w.json")
    scheduler("run", "w", "--id", "r")
    assert (scheduler.home / "attempts" / "r" / "a.1" / "stdout.log").read_text().strip() == "False"
