"""What a definition says reaches the command unchanged, whatever a shell would make of it: safety requirement 10."""

from __future__ import annotations

import json
import shlex
import sys

import pytest

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="the rules of POSIX; tests/windows has those of cmd.exe"
)

CORPUS = [
    "",
    " ",
    "two  words",
    "tab\there",
    "new\nline",
    "carriage\rreturn",
    "'",
    '"',
    "\\",
    '\\"',
    'it\'s "quoted"',
    "$HOME",
    "${HOME}",
    "$(touch pwned)",
    "`touch pwned`",
    "; touch pwned",
    "& touch pwned",
    "&& touch pwned",
    "| touch pwned",
    "> pwned",
    "< /etc/passwd",
    "\n touch pwned \n",
    "# no comment",
    "-rf",
    "--",
    "--help",
    "*",
    "?",
    "[a-z]*",
    "{a,b}",
    "~",
    "!!",
    "!x!",
    "^",
    "%PATH%",
    "%s",
    "${date}",
    "{print $1}",
    "naïve",
    "日本語",
    "🙂",
    "\u202egnp.exe",
    "e\u0301",
    "\x01\x1b[31m\x7f",
    "x" * 10_000,
]
WRITE = "import json, os, sys; json.dump([sys.argv[2:], dict(os.environ)], open(sys.argv[1], 'w'))"


def test_a_corpus_of_metacharacters_arrives_unchanged(scheduler) -> None:
    env = {f"VALUE_{number}": text for number, text in enumerate(CORPUS)}
    write = ["-c", WRITE]
    line = f"{shlex.quote(sys.executable)} -c {shlex.quote(WRITE)}"
    tasks = [
        {"id": "list", "command": sys.executable, "args": [*write, "list.json", *CORPUS], "env": env},
        {"id": "text", "command": sys.executable, "args": shlex.join([*write, "text.json", *CORPUS])},
        # A shell acts on the command alone: the arguments are quoted for it.
        {"id": "shell", "command": f"{line} shell.json $RUN_ID", "args": CORPUS, "shell": True},
        {"id": "alone", "command": f"echo {'$'}((1 + 1)) > alone; {line} alone.json", "shell": True, "env": env},
    ]
    (scheduler.home / "w.json").write_text(json.dumps({"id": "w", "tasks": tasks}))
    scheduler("workflow", "apply", "w.json")
    # What was stored is what comes out again, too.
    scheduler("workflow", "export", "w", "--output", "again.yaml")
    scheduler("workflow", "apply", "again.yaml")
    assert scheduler.json("workflow", "show", "w")["version"] == 1
    run = scheduler.json("run", "w", "--id", "r")
    assert run["state"] == "succeeded", run
    found = {
        name: json.loads((scheduler.home / f"{name}.json").read_text()) for name in ("list", "text", "shell", "alone")
    }
    assert found["list"][0] == found["text"][0] == CORPUS
    assert found["shell"][0] == ["r", *CORPUS]
    assert found["alone"][0] == []
    for name in ("list", "alone"):
        assert {key: value for key, value in found[name][1].items() if key.startswith("VALUE_")} == env
    assert (scheduler.home / "alone").read_text() == "2\n"
    assert not (scheduler.home / "pwned").exists()


def test_text_is_split_by_the_rules_of_the_system_and_nothing_more(scheduler) -> None:
    text = """a 'b c' "d  e" f\\ g $HOME "$(touch pwned)" `x` * ; '' "it's" \\$x 'q"q' ~ >y"""
    task = {"id": "a", "command": sys.executable, "args": f"-c {shlex.quote(WRITE)} out.json {text}"}
    (scheduler.home / "w.json").write_text(json.dumps({"id": "w", "tasks": [task]}))
    scheduler("workflow", "apply", "w.json")
    scheduler("run", "w")
    wanted = ["a", "b c", "d  e", "f g", "$HOME", "$(touch pwned)", "`x`", "*", ";", "", "it's", "$x", 'q"q', "~", ">y"]
    assert json.loads((scheduler.home / "out.json").read_text())[0] == wanted
