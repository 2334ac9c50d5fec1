"""Definitions: apply, export, validate, and the commands that change them."""

from __future__ import annotations

YAML = """
id: nightly
tasks:
  - {id: a, command: echo, args: [one]}
  - {id: b, command: echo, args: [two]}
schedules:
  - {id: night, cron: 0 1 * * mon-fri, timezone: America/New_York}
"""


def test_apply_is_idempotent_and_says_what_it_did(scheduler) -> None:
    file = scheduler.home / "n.yaml"
    file.write_text(YAML)
    (dry,) = scheduler.json("workflow", "apply", "n.yaml", "--dry-run")
    assert dry["result"] == "created"
    assert scheduler.json("workflow", "list") == []
    assert scheduler.json("workflow", "apply", "n.yaml")[0]["result"] == "created"
    assert scheduler.json("workflow", "apply", "n.yaml")[0]["result"] == "unchanged"
    file.write_text(YAML.replace("two", "three").replace("0 1 *", "0 2 *"))
    (changed,) = scheduler.json("workflow", "apply", "n.yaml")
    assert changed["result"] == "changed"
    assert {line.strip() for line in changed["diff"] if line.startswith("+")} >= {"+      - three"}
    assert scheduler.json("schedule", "list")[0]["spec"] == {"cron": "0 2 * * mon-fri"}
    file.write_text(YAML.split("schedules", maxsplit=1)[0])
    scheduler("workflow", "apply", "n.yaml")
    assert len(scheduler.json("schedule", "list")) == 1
    file.write_text(YAML.split("schedules", maxsplit=1)[0] + "schedules: []\n")
    scheduler("workflow", "apply", "n.yaml")
    assert scheduler.json("schedule", "list") == []


def test_a_difference_names_fires_and_what_is_due_with_them(scheduler) -> None:
    for name, hour in (("one", 1), ("two", 2)):
        (scheduler.home / "n.yaml").write_text(
            f"id: {name}\ntasks: [{{id: a, command: echo}}]\n"
            f"schedules: [{{id: at_{hour}, cron: 0 {hour} * * *, timezone: UTC}}]\n"
        )
        scheduler("workflow", "apply", "n.yaml")
    (scheduler.home / "n.yaml").write_text((scheduler.home / "n.yaml").read_text().replace("0 2 *", "0 1 *"))
    (difference,) = scheduler.json("diff", "n.yaml", "--days", "3")
    assert [collision["schedule_ids"] for collision in difference["collisions"]] == [["at_1"]] * 3
    for words in (("diff", "n.yaml"), ("workflow", "apply", "n.yaml", "--dry-run")):
        lines = scheduler(*words).stdout.splitlines()
        assert sum(line.startswith("  together ") and line.endswith(" with at_1") for line in lines) == 10
        assert "  together and 20 more" in lines
    assert scheduler.json("schedule", "show", "at_2")["spec"] == {"cron": "0 2 * * *"}


def test_export_is_applied_to_the_same(scheduler) -> None:
    (scheduler.home / "n.yaml").write_text(YAML)
    scheduler("workflow", "apply", "n.yaml")
    scheduler("workflow", "export", "-o", "again.yaml")
    assert scheduler.json("workflow", "apply", "again.yaml")[0]["result"] == "unchanged"


def test_nothing_is_half_applied(scheduler) -> None:
    (scheduler.home / "n.yaml").write_text(YAML + "---\nid: other\nschedules:\n  - {id: night, every: 5m}\n")
    said = scheduler("workflow", "apply", "n.yaml", code=2).stderr
    assert "n.yaml:11:6" in said
    assert "'night' is defined at" in said
    assert scheduler.json("workflow", "list") == []


def test_every_schedule_of_another_workflow_is_named(scheduler) -> None:
    (scheduler.home / "n.yaml").write_text(YAML.replace("schedules:", "schedules:\n  - {id: day, every: 5m}"))
    scheduler("workflow", "apply", "n.yaml")
    (scheduler.home / "other.yaml").write_text(
        "id: v\nschedules: [{id: day, every: 5m}]\n---\nid: w\nschedules:\n- {id: night, every: 5m}\n"
    )
    said = scheduler("workflow", "apply", "other.yaml", code=2).stderr
    assert [line.split(": ")[0] for line in said.splitlines()] == ["other.yaml:2:14", "other.yaml:6:4"]
    assert said.count("belongs to 'nightly'") == 2
    assert [workflow["id"] for workflow in scheduler.json("workflow", "list")] == ["nightly"]


def test_validate_names_the_places_of_all_errors(scheduler) -> None:
    (scheduler.home / "bad.yaml").write_text("id: w\ntasks:\n  - comand: x\nschedules:\n  - cron: 61 * * * *\n")
    (scheduler.home / "cron.yaml").write_text("id: w\nschedules:\n  - cron: 61 * * * *\n")
    said = scheduler("workflow", "validate", "bad.yaml", "cron.yaml", code=2).stderr
    assert "bad.yaml:3:5" in said
    said = scheduler("workflow", "validate", "cron.yaml", code=2).stderr
    assert "cron.yaml:3:5" in said
    assert "minute" in said


def test_identifiers_are_not_used_again(scheduler) -> None:
    for _ in range(2):
        scheduler("workflow", "create")
    scheduler("workflow", "delete", "workflow_2", "--yes")
    assert scheduler.json("workflow", "create")["id"] == "workflow_3"
    for _ in range(2):
        scheduler("task", "add", "workflow_1", "--command", "echo")
    scheduler("task", "delete", "workflow_1", "task_1", "--yes")
    scheduler("task", "add", "workflow_1", "--command", "echo")
    assert [task["id"] for task in scheduler.json("task", "list", "workflow_1")] == ["task_2", "task_1"]


def test_apply_says_what_is_probably_not_meant_about_a_task(scheduler) -> None:
    (scheduler.home / "w.yaml").write_text(
        "id: w\ntasks:\n  - {id: a, command: nowhere.sh}\n  - {id: b, command: 'true'}\n"
    )
    first = scheduler("workflow", "apply", "w.yaml", "--dry-run")
    assert "Task a: The command was not found: nowhere.sh" in first.stderr
    assert "Task b" not in first.stderr
    (applied,) = scheduler.json("workflow", "apply", "w.yaml")
    assert applied["warnings"][0].startswith("Task a: ")
    assert "Task a: " in scheduler("workflow", "apply", "w.yaml").stderr, "it is as true when nothing has changed"


def test_rename_copy_move_edit(scheduler) -> None:
    scheduler("workflow", "create", "w")
    scheduler("task", "add", "w", "--command", "echo", "--id", "first")
    scheduler("task", "add", "w", "--command", "echo", "--id", "second")
    scheduler("schedule", "add", "w", "--every", "1h")
    scheduler("run", "w")
    scheduler("task", "move", "w", "second", "1")
    scheduler("task", "edit", "w", "second", "--id", "begin", "--timeout", "5m")
    assert [task["id"] for task in scheduler.json("task", "list", "w")] == ["begin", "first"]
    assert scheduler.json("task", "show", "w", "begin")["timeout"] == 300
    scheduler("task", "edit", "w", "begin", "--timeout", "-")
    assert "timeout" not in scheduler.json("task", "show", "w", "begin")
    scheduler("workflow", "rename", "w", "v")
    assert scheduler.json("schedule", "list")[0]["workflow_id"] == "v"
    assert scheduler.json("runs", "list", "--workflow", "v")[0]["workflow_id"] == "v"
    assert scheduler.json("runs", "show", "last")["tasks"][0]["id"] == "first"
    scheduler("workflow", "copy", "v", "c")
    assert [task["id"] for task in scheduler.json("task", "list", "c")] == ["begin", "first"]
    scheduler("workflow", "edit", "v", "--disable", "--max-active-runs", "2", "--label", "x")
    shown = scheduler.json("workflow", "show", "v")
    assert (shown["enabled"], shown["max_active_runs"], shown["labels"]) == (False, 2, ["x"])
    assert scheduler.json("schedule", "list")[0]["enabled"] is False
    for answer, kept in (("yes", True), ("no", False)):
        scheduler("workflow", "edit", "v", "--keep-awake", answer)
        assert scheduler.json("workflow", "show", "v")["keep_awake"] is kept
    scheduler("workflow", "edit", "v", "--keep-awake", "-")
    assert "keep_awake" not in scheduler.json("workflow", "show", "v")
