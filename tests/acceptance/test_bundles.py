"""The files that a workflow takes along: what the commands make of them."""

from __future__ import annotations

import json
import os
import sys

import pytest

YAML = """
id: w
files: [load.py, sql/*.sql]
tasks: [{id: a, command: load.py, place: {worker: erp}}]
"""


@pytest.fixture
def written(scheduler):
    folder = scheduler.home / "definitions"
    (folder / "sql").mkdir(parents=True)
    (folder / "load.py").write_text("print(1)\n")
    (folder / "sql" / "a.sql").write_text("select 1\n")
    (folder / "w.yaml").write_text(YAML)
    return folder


def result(answer):
    (one,) = answer
    return one["result"]


def applied(scheduler, text):
    """From standard input, which has no folder."""
    return result(json.loads(scheduler("workflow", "apply", "-", "--json", text=text).stdout))


def test_other_content_is_another_version(scheduler, written) -> None:
    assert result(scheduler.json("workflow", "apply", "definitions/w.yaml")) == "created"
    assert result(scheduler.json("workflow", "apply", "definitions/w.yaml")) == "unchanged"
    (written / "sql" / "a.sql").write_text("select 2\n")
    for words in (["--dry-run"], []):
        (changed,) = scheduler.json("workflow", "apply", "definitions/w.yaml", *words)
        assert (changed["result"], changed["version"]) == ("changed", 2)
        assert [line.strip().split(" (")[0] for line in changed["diff"]] == ["files: another content"]
    assert result(scheduler.json("workflow", "apply", "definitions/w.yaml")) == "unchanged"
    shown = scheduler("workflow", "show", "w").stdout
    assert "files: load.py, sql/*.sql (2 files, 18 bytes, bundle " in shown
    assert scheduler.json("workflow", "show", "w")["files"] == ["load.py", "sql/*.sql"]


def test_files_that_are_not_there_are_a_mistake_of_the_definition(scheduler, written) -> None:
    (written / "load.py").unlink()
    for words in (("workflow", "apply"), ("workflow", "apply", "--dry-run"), ("workflow", "validate")):
        answer = scheduler(*words, "definitions/w.yaml", code=2)
        assert "w.yaml:3:" in answer.stderr
        assert f"'load.py' matches nothing in {written}" in answer.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="links of POSIX")
def test_links_are_refused(scheduler, written) -> None:
    (written / "sql" / "b.sql").symlink_to("/etc/passwd")
    assert "b.sql is a symbolic link" in scheduler("workflow", "apply", "definitions/w.yaml", code=2).stderr
    assert scheduler.json("workflow", "list") == []


def test_too_much_is_refused(scheduler, written) -> None:
    os.truncate(written / "load.py", 65 * 1024 * 1024)
    assert "more than 64 MiB" in scheduler("workflow", "apply", "definitions/w.yaml", code=2).stderr


def test_an_export_keeps_the_files_that_are_stored(scheduler, written) -> None:
    scheduler("workflow", "apply", "definitions/w.yaml")
    exported = scheduler("workflow", "export", "w").stdout
    assert applied(scheduler, exported) == "unchanged"
    changed = exported.replace("load.py\n", "more.py\n", 1)
    refused = scheduler("workflow", "apply", "-", text=changed, code=2)
    assert "write the definition to a file next to them" in refused.stderr
    scheduler("workflow", "delete", "w", "--yes")
    assert applied(scheduler, exported) == "created"


def test_a_simulation_needs_no_files(scheduler) -> None:
    scheduler("workflow", "create", "other")
    answer = scheduler("simulate", "--with", "-", "--json", text=f"{YAML}schedules: [{{id: s, every: 1h}}]\n")
    assert json.loads(answer.stdout)["runs"]


def test_an_export_names_the_files_and_does_not_have_them(scheduler, written) -> None:
    scheduler("workflow", "apply", "definitions/w.yaml")
    scheduler("workflow", "export", "w", "-o", "elsewhere.yaml")
    refused = scheduler("workflow", "apply", "elsewhere.yaml", code=2)
    assert f"'load.py' matches nothing in {scheduler.home}" in refused.stderr


def test_files_are_taken_nowhere_without_a_place(scheduler, written) -> None:
    (written / "w.yaml").write_text(YAML.replace(", place: {worker: erp}", ""))
    assert "no task has a `place`" in scheduler("workflow", "apply", "definitions/w.yaml").stderr


def test_output_that_would_be_deleted_soon_is_a_warning(scheduler, written) -> None:
    task = "{id: a, command: load.py, place: {worker: erp}, output_files: [out.csv, /data/out.csv]}"
    (written / "w.yaml").write_text(f"id: w\nfiles: [load.py]\ntasks: [{task}]\n")
    (words,) = scheduler.json("workflow", "apply", "definitions/w.yaml", "--dry-run")[0]["warnings"]
    assert words.startswith("Task a: the output file 'out.csv' is written beside")
    for folder in ("D:\\out", "/data", "~/out"):
        (written / "w.yaml").write_text(f"id: w\nfiles: [load.py]\nworking_dir: {folder}\ntasks: [{task}]\n")
        assert scheduler.json("workflow", "apply", "definitions/w.yaml")[0]["warnings"] == []


def test_an_edit_reads_files_below_the_current_folder(scheduler, written) -> None:
    scheduler("workflow", "apply", "definitions/w.yaml")
    assert scheduler.json("workflow", "edit", "w", "--description", "x")["version"] == 2
    refused = scheduler("workflow", "edit", "w", "--file", "load.py", code=2)
    assert f"matches nothing in {scheduler.home}" in refused.stderr
    (scheduler.home / "other.py").write_text("print(2)\n")
    assert scheduler.json("workflow", "edit", "w", "--file", "other.py")["version"] == 3
    assert "(1 file, 9 bytes" in scheduler("workflow", "show", "w").stdout
    assert scheduler.json("workflow", "edit", "w", "--file", "-")["version"] == 4
    assert "files" not in scheduler.json("workflow", "show", "w")
