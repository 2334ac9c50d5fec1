"""Real files that collapse: told, failed, accepted; and the forms in which that is asked for."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

WRITE = "import os; open('dump.bak', 'wb').write(b'x' * int(os.environ['PARAM_SIZE']))"
DEFINITION = f"""
id: dump
params: {{size: {{type: integer, default: 5000}}}}
tasks:
  - id: write
    command: '{Path(sys.executable).as_posix()}'
    args: ["-c", "{WRITE}"]
    output_files: [{{path: dump.bak, unusual: UNUSUAL}}]
"""


@pytest.fixture
def dumping(scheduler):
    def begin(unusual: str) -> None:
        (scheduler.home / "dump.yaml").write_text(DEFINITION.replace("UNUSUAL", unusual))
        scheduler("workflow", "apply", "dump.yaml")
        for _ in range(8):
            scheduler("run", "dump")

    return begin


def test_a_collapse_is_shown_and_accepted(scheduler, dumping) -> None:
    dumping("warn")
    scheduler("run", "dump", "-p", "size=10", "--id", "small")
    words = "is unusual: it has 10 bytes, usually 5 KB (by 8 successes of this weekday)"
    (output,) = scheduler.json("runs", "show", "small")["tasks"][0]["attempts"][0]["outputs"]
    assert output["size"] == 10
    assert output["lines"] == 0
    assert words in output["unusual"]
    assert words in scheduler("runs", "show", "small").stdout
    assert [row["run_id"] for row in scheduler.json("report")["unusual"]] == ["small"]
    assert "Unusual output" in scheduler("report").stdout
    assert "dump.bak" in scheduler("runs", "accept", "small").stdout
    assert "accepted by" in scheduler("runs", "show", "small").stdout
    assert "no unusual output file" in scheduler("runs", "accept", "small", code=4).stderr
    scheduler("run", "dump", "-p", "size=11", "--id", "as-small")
    assert "unusual" not in scheduler("runs", "show", "as-small").stdout
    assert "runs accept" in scheduler("audit").stdout


def test_a_collapse_fails_where_that_is_asked_for(scheduler, dumping) -> None:
    dumping("fail")
    scheduler("run", "dump", "-p", "size=10", "--id", "small", code=1)
    shown = scheduler("explain", "dump", "--run", "small").stdout
    assert "failed because an output file is unusual" in shown
    assert "scheduler runs accept small" in shown
    scheduler("runs", "accept", "small")
    scheduler("runs", "retry", "small", "--id", "again")


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("f.txt", "f.txt"),
        ("{path: f.txt, unusual: warn}", "f.txt"),
        ("{path: f.txt, unusual: off}", {"path": "f.txt", "unusual": "off"}),
        (
            "{path: f.txt, unusual: fail, min_ratio: 0.5, max_ratio: 3, minimum_size: 1}",
            {"path": "f.txt", "minimum_size": 1, "unusual": "fail", "min_ratio": 0.5, "max_ratio": 3},
        ),
    ],
)
def test_each_form_comes_back(scheduler, written: str, kept: object) -> None:
    (scheduler.home / "w.yaml").write_text(f"id: w\ntasks: [{{id: a, command: echo, output_files: [{written}]}}]\n")
    scheduler("workflow", "apply", "w.yaml")
    assert scheduler.json("workflow", "show", "w")["tasks"][0]["output_files"] == [kept]
    scheduler("task", "edit", "w", "a", "--output-file", "f.txt", "--output-file", "g.txt")
    assert scheduler.json("workflow", "show", "w")["tasks"][0]["output_files"] == [kept, "g.txt"]


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("unusual: sometimes", "unusual"),
        ("min_ratio: 2", "min_ratio"),
        ("max_ratio: 0.5", "max_ratio"),
        ("max_ratio: .nan", "max_ratio"),
    ],
)
def test_what_is_wrong_is_said(scheduler, written: str, words: str) -> None:
    (scheduler.home / "w.yaml").write_text(
        f"id: w\ntasks: [{{id: a, command: echo, output_files: [{{path: f, {written}}}]}}]\n"
    )
    assert words in scheduler("workflow", "apply", "w.yaml", code=2).stderr
