"""What can be seen: lists a page at a time, one thing with all that belongs to it, and what commands wrote."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from patience import PATIENCE
from web.conftest import NOW

from workflow_scheduler.domain.run import Run, RunState
from workflow_scheduler.domain.schedule import Disposition, Fire
from workflow_scheduler.domain.task import Task
from workflow_scheduler.engine.lock import Holder
from workflow_scheduler.operations.runs.overview import overview
from workflow_scheduler.operations.runs.overview_rows import Overview
from workflow_scheduler.storage import engines, fires, runs
from workflow_scheduler.storage.engines import EngineRow

V1 = "/api/v1"


@pytest.fixture
def browser(page):
    page.commands.create_workflow("nightly", NOW - timedelta(hours=5), "Back up the shop")
    page.commands.add_task("nightly", Task("dump", "echo", ("a",), env={"TOKEN": "hidden"}), NOW)
    page.commands.add_task("nightly", Task("zip", "echo", ("b",), depends_on=("dump",)), NOW)
    page.commands.add_schedule("nightly", {"cron": "0 1 * * *"}, NOW, schedule_id="night", timezone="Europe/Berlin")
    return page.browser("viewer")


def add_runs(page, count: int, **changes) -> None:
    rows = [
        Run(
            f"r{n:04}",
            "nightly",
            1,
            RunState.SUCCEEDED if n % 5 else RunState.FAILED,
            NOW - timedelta(minutes=count - n // 2),  # two in each minute: the identifier decides
            "why",
            started_at=NOW - timedelta(minutes=count - n // 2),
            finished_at=NOW - timedelta(minutes=count - n // 2) + timedelta(seconds=n),
        )
        for n in range(count)
    ]
    page.database.write(lambda db: runs.add_runs(db, [replace(row, **changes) for row in rows]))


def all_pages(browser, path: str, **params) -> list[list[dict]]:
    found, cursor = [], None
    while not found or cursor:
        answer = browser.get(f"{V1}/{path}", params={**params, **({"cursor": cursor} if cursor else {})})
        assert answer.status_code == 200, answer.text
        found.append(answer.json()["items"])
        cursor = answer.json()["next_cursor"]
    return found


def test_workflows_a_page_at_a_time(page, browser) -> None:
    for n in range(5):
        page.commands.create_workflow(f"w{n}", NOW)
    page.commands.change_workflow("w3", lambda old: replace(old, labels=("etl",)), NOW)
    add_runs(page, 30)
    pages = all_pages(browser, "workflows", limit=2)
    assert [row["id"] for part in pages for row in part] == ["nightly", "w0", "w1", "w2", "w3", "w4"]
    (first,) = browser.get(f"{V1}/workflows", params={"q": "SHOP"}).json()["items"]
    assert (first["id"], first["last_state"], first["next_utc"]) == ("nightly", "succeeded", "2026-11-25T00:00:00Z")
    assert [bar["seconds"] for bar in first["history"]] == [float(n) for n in range(10, 30)]
    assert [row["id"] for row in browser.get(f"{V1}/workflows", params={"label": "etl"}).json()["items"]] == ["w3"]


def test_runs_are_newest_first_and_stay_in_order_while_others_come(page, browser) -> None:
    add_runs(page, 25)
    first = browser.get(f"{V1}/runs", params={"limit": 10}).json()
    page.database.write(lambda db: runs.add_runs(db, [Run("zz", "nightly", 1, RunState.QUEUED, NOW)]))
    rest = browser.get(f"{V1}/runs", params={"limit": 200, "cursor": first["next_cursor"]}).json()
    assert [row["id"] for row in first["items"] + rest["items"]] == [f"r{n:04}" for n in range(24, -1, -1)]
    assert rest["next_cursor"] is None
    failed = all_pages(browser, "runs", limit=2, state="failed")
    assert [row["id"] for part in failed for row in part] == ["r0020", "r0015", "r0010", "r0005", "r0000"]
    assert [row["id"] for row in browser.get(f"{V1}/runs", params={"q": "0013"}).json()["items"]] == ["r0013"]
    assert browser.get(f"{V1}/runs", params={"q": "%"}).json()["items"] == []
    since = (NOW - timedelta(minutes=14)).isoformat()
    assert len(browser.get(f"{V1}/runs", params={"since": since}).json()["items"]) == 4


@pytest.mark.parametrize("cursor", ["x", "!!!!", "WzFd", "WyIyMDI2IiwgIiJd", "W1tbW1tb", "bnVsbA"])
def test_a_cursor_that_no_list_gave_is_refused(browser, cursor: str) -> None:
    assert browser.get(f"{V1}/runs", params={"cursor": cursor}).status_code == 422
    assert browser.get(f"{V1}/workflows", params={"cursor": cursor}).status_code in (200, 422)


def test_one_workflow_with_versions_and_differences(page, browser) -> None:
    answer = browser.get(f"{V1}/workflows/nightly")
    shape = answer.json()
    assert answer.headers["etag"].startswith('"3~')
    assert shape["graph"] == {"dump": [], "zip": ["dump"]}
    assert [schedule["id"] for schedule in shape["schedules"]] == ["night"]
    versions = browser.get(f"{V1}/workflows/nightly/versions").json()
    assert [version["version"] for version in versions] == [3, 2, 1]
    assert browser.get(f"{V1}/workflows/nightly/versions/2").json()["definition"]["tasks"][0]["id"] == "dump"
    diff = browser.get(f"{V1}/workflows/nightly/versions/3/diff").json()
    assert diff["against"] == 2
    assert "+  - id: zip" in diff["diff"]
    assert "id: zip" not in "".join(browser.get(f"{V1}/workflows/nightly/versions/2/diff").json()["diff"])
    assert browser.get(f"{V1}/workflows/nightly/versions/9").status_code == 404
    document = browser.get(f"{V1}/workflows/nightly/document").json()["yaml"]
    assert "cron: 0 1 * * *" in document
    assert browser.post(f"{V1}/workflows/validate", json={"yaml": document}).json()["workflows"] == ["nightly"]
    missing = browser.get(f"{V1}/workflows/nothing")
    assert missing.status_code == 404
    assert "'nothing'" in missing.json()["detail"]


def test_runs_say_the_zone_of_their_schedule(page, browser) -> None:
    add_runs(page, 6, schedule_id="night", nominal=NOW)
    by_hand = Run("by-hand", "nightly", 3, RunState.RUNNING, NOW, started_at=NOW)
    skipped = Fire("night", NOW - timedelta(hours=2), Disposition.SKIPPED_OVERLAP, "the last run goes on")
    page.database.write(lambda db: runs.add_runs(db, [by_hand]))
    page.database.write(lambda db: fires.record_fires(db, [skipped]))

    def zones() -> list[set[str | None]]:
        listed = browser.get(f"{V1}/runs").json()["items"]
        scheduled = [row for row in listed if row["id"] != "by-hand"]
        shape = browser.get(f"{V1}/overview").json()
        detail = browser.get(f"{V1}/runs/r0001").json()
        found = (scheduled, [detail], shape["failed"], shape["skipped"])
        assert {row["timezone"] for row in (*shape["running"], *listed) if row["id"] == "by-hand"} == {None}
        return [{row["timezone"] for row in rows} for rows in found]

    assert zones() == [{"Europe/Berlin"}] * 4
    page.commands.delete_schedule("night", NOW)
    assert zones() == [{None}] * 4


def test_errors_of_a_document_have_their_place(browser) -> None:
    answer = browser.post(f"{V1}/workflows/validate", json={"yaml": "id: w\ntasks:\n  - comand: x\n"})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["line"] == 3
    assert answer.json()["errors"][0]["column"] == 5
    assert "did you mean 'command'" in str(answer.json()["errors"])
    assert browser.post(f"{V1}/workflows/validate", json={}).json()["errors"][0]["where"] == "body.yaml"


def test_schedules_a_page_at_a_time(page, browser) -> None:
    page.commands.add_schedule("nightly", {"every": "1h"}, NOW, schedule_id="hourly")

    def listed(**params) -> tuple[list[str], str | None]:
        answer = browser.get(f"{V1}/schedules", params=params).json()
        return [row["id"] for row in answer["items"]], answer["next_cursor"]

    assert listed(workflow="nightly") == (["hourly", "night"], None)
    assert listed(workflow="nothing") == ([], None)
    first, cursor = listed(limit=1)
    assert first == ["hourly"]
    assert listed(limit=1, cursor=cursor) == (["night"], None)
    assert listed(q="01:00") == (["night"], None)
    page.commands.change_workflow("nightly", lambda old: replace(old, enabled=False), NOW)
    answer = browser.get(f"{V1}/schedules").json()
    assert [schedule["enabled"] for schedule in answer["items"]] == [False, False]


def test_schedules_previews_and_clock_changes(page, browser) -> None:
    shown = browser.get(f"{V1}/schedules/night", params={"count": 2}).json()
    assert [fire["utc"] for fire in shown["fires"]] == ["2026-11-25T00:00:00Z", "2026-11-26T00:00:00Z"]
    wanted = {"cron": "15 2 * * *", "timezone": "America/New_York", "start": "2026-03-07T00:00:00Z", "count": 3}
    answer = browser.post(f"{V1}/schedules/preview", json=wanted).json()
    assert [fire["utc"] for fire in answer["fires"]] == [
        "2026-03-07T07:15:00Z",
        "2026-03-08T07:00:00Z",
        "2026-03-09T06:15:00Z",
    ]
    assert [fire["clock_change"] for fire in answer["fires"]] == [None, "+01:00", None]
    bad = browser.post(f"{V1}/schedules/preview", json={"cron": "61 * * * *"})
    assert (bad.status_code, "minute" in bad.json()["detail"]) == (422, True)
    assert browser.post(f"{V1}/schedules/preview", json={"cron": "* * * * *", "timezone": "Mars"}).status_code == 422


def test_the_calendar_has_what_was_and_what_will_be(page, browser) -> None:
    nominal = datetime(2026, 11, 24, 0, 0, tzinfo=UTC)
    add_runs(page, 1, schedule_id="night", nominal=nominal, queued_at=nominal + timedelta(seconds=1))
    passed = Fire("night", nominal - timedelta(days=2), Disposition.COALESCED, "missed", None, nominal, 2)
    page.database.write(lambda db: fires.record_fires(db, [passed]))
    answer = browser.get(f"{V1}/calendar", params={"from": "2026-11-20T00:00:00Z", "to": "2026-11-27T12:00:00Z"})
    shape = answer.json()
    assert [(entry["disposition"], entry["run_id"], entry["count"]) for entry in shape["past"]] == [
        ("coalesced", None, 2),
        ("queued", "r0000", 1),
    ]
    assert [entry["utc"][:10] for entry in shape["coming"]] == ["2026-11-25", "2026-11-26", "2026-11-27"]
    assert not shape["truncated"]
    page.commands.add_schedule("nightly", {"every": "1s"}, NOW, schedule_id="often")
    assert not browser.get(f"{V1}/calendar").json()["truncated"]
    far = {"from": "2026-01-01T00:00:00Z", "to": "2027-01-01T00:00:00Z"}
    assert browser.get(f"{V1}/calendar", params=far).status_code == 422


def test_the_overview(page, browser) -> None:
    assert browser.get(f"{V1}/overview").json()["engine"]["problem"] == "The scheduler is not running."
    add_runs(page, 6)
    running = Run("now", "nightly", 3, RunState.RUNNING, NOW, started_at=NOW)
    row = EngineRow(0, "scheduler", "here", {"pid": 1}, None, NOW, NOW)
    skipped = Fire("night", NOW - timedelta(hours=2), Disposition.SKIPPED_OVERLAP, "the last run goes on")
    page.database.write(lambda db: runs.add_runs(db, [running]))
    number = page.database.write(lambda db: engines.register(db, row))
    page.database.write(lambda db: fires.record_fires(db, [skipped]))
    page.running = Holder(1, number, NOW.isoformat())
    shape = browser.get(f"{V1}/overview").json()
    assert shape["engine"]["working"]
    assert shape["counts"] == {"queued": 0, "running": 1}
    (one,) = shape["running"]
    assert (one["id"], one["estimate_seconds"], one["expected_end_utc"]) == ("now", 2.5, "2026-11-24T12:00:02.500000Z")
    assert [run["id"] for run in shape["failed"]] == ["r0005", "r0000"]
    assert [fire["reason"] for fire in shape["skipped"]] == ["the last run goes on"]
    assert [fire["schedule_id"] for fire in shape["next"]] == ["night"]
    assert len(shape["hours"]) == 24
    assert sum(sum(hour["states"].values()) for hour in shape["hours"]) == 7
    page.now += timedelta(minutes=2)
    problem = "The scheduler (pid 1) is not responding: no heartbeat since 2026-11-24 12:00:00Z."
    assert browser.get(f"{V1}/health").json()["engine"]["problem"] == problem
    assert browser.get(f"{V1}/health").json()["status"] == "degraded"


def test_metrics(page, browser) -> None:
    add_runs(page, 6)
    due = NOW - timedelta(minutes=5)
    timed = {"queued_at": due, "started_at": due + timedelta(seconds=2), "finished_at": due + timedelta(seconds=9)}
    run = Run("timed", "nightly", 1, RunState.FAILED, schedule_id="night", nominal=due, **timed)
    row = EngineRow(0, "scheduler", "h", {"pid": 1}, None, NOW - timedelta(seconds=7), NOW - timedelta(seconds=7))
    here = replace(row, role="here", heartbeat_at=NOW)  # a run in a terminal, which plans nothing
    page.database.write(lambda db: (runs.add_runs(db, [run]), engines.register(db, row), engines.register(db, here)))
    text = browser.get("/metrics").text
    assert 'workflow_scheduler_run_seconds{quantile="0.99"} 7.0' in text
    assert 'workflow_scheduler_start_latency_seconds{quantile="0.5"} 2.0' in text
    assert "workflow_scheduler_heartbeat_age_seconds 7.0" in text
    assert 'workflow_scheduler_runs_open{state="queued"} ' in text
    assert "workflow_scheduler_planner_paused 0.0" in text
    assert 'workflow_scheduler_runs_last_day{state="succeeded"} 4.0' in text
    assert "workflow_scheduler_up 0.0" in text
    assert "\nworkflow_scheduler_disk_free_bytes " in text


def test_doctor_and_log(page, browser) -> None:
    assert "scheduler" in {finding["about"] for finding in browser.get(f"{V1}/doctor").json()}
    (page.home / "scheduler.log").write_text("one\ntwo\nthree\n")
    shown = browser.get(f"{V1}/log", params={"tail": 2}).json()
    assert shown["lines"] == ["two", "three"]
    with (page.home / "scheduler.log").open("a") as file:
        file.write("four\nhalf a li")
    more = browser.get(f"{V1}/log", params={"after": shown["position"]}).json()
    assert more["lines"] == ["four"]
    assert browser.get(f"{V1}/log", params={"after": more["position"]}).json()["lines"] == []


def test_those_who_cannot_change_a_definition_do_not_see_its_environment(page, browser) -> None:
    page.commands.edit_task("nightly", "dump", lambda task: replace(task, env={"TOKEN": "hidden too"}), NOW)
    paths = ("", "/document", "/versions/2", "/versions/4", "/versions/4/diff?against=2")
    author = page.browser("author")
    for path in paths:
        shown = browser.get(f"{V1}/workflows/nightly{path}")
        assert shown.status_code == 200, shown.text
        assert "hidden" not in shown.text, path
        assert "hidden" in author.get(f"{V1}/workflows/nightly{path}").text, path


def test_many_who_look_at_the_overview_at_once_do_not_wait_for_each_other(page) -> None:
    """Each needs one connection to the database: twenty that held one and waited for another would never end."""
    page.commands.create_workflow("w", NOW)
    running = Run("r", "w", 1, RunState.RUNNING, NOW, started_at=NOW)
    page.database.write(lambda db: runs.add_runs(db, [running]))
    started = threading.Barrier(20)
    found: list[Overview] = []

    def look() -> None:
        started.wait(PATIENCE)
        found.append(overview(page.database, NOW))

    threads = [threading.Thread(target=look) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert [len(overview.running) for overview in found] == [1] * 20


def test_the_same_question_is_answered_once_until_something_is_written(page, browser, monkeypatch) -> None:
    asked: list[object] = []
    read = page.database.read
    monkeypatch.setattr(page.database, "read", lambda work: (asked.append(work), read(work))[1])

    def listed() -> list[str]:
        return [row["id"] for row in browser.get(f"{V1}/workflows").json()["items"]]

    assert listed() == ["nightly"]
    asked.clear()
    assert listed() == ["nightly"]
    assert asked == []
    page.commands.create_workflow("other", NOW)
    assert listed() == ["nightly", "other"]
    asked.clear()
    page.now = NOW + timedelta(seconds=2)  # what is due and what is late depends on the time
    assert listed() == ["nightly", "other"]
    assert asked


def test_what_one_role_was_answered_no_other_is(page, browser) -> None:
    author = page.browser("author")
    assert "hidden" in author.get(f"{V1}/workflows/nightly").text
    assert "hidden" not in browser.get(f"{V1}/workflows/nightly").text


def test_the_hours_of_the_last_day_on_both_databases(database) -> None:
    def work(db) -> None:
        moments = (NOW - timedelta(minutes=1), NOW - timedelta(minutes=59), NOW - timedelta(hours=2))
        for number, at in enumerate(moments):
            state = RunState.FAILED if number == 1 else RunState.SUCCEEDED
            runs.add_runs(db, [Run(f"r{number}", "w", 1, state, at)])

    database.write(work)
    hours = {hour.utc.hour: hour.states for hour in overview(database, NOW).hours if hour.states}
    assert hours == {10: {"succeeded": 1}, 11: {"succeeded": 1, "failed": 1}}


def test_answers_have_the_names_of_their_models(page) -> None:
    answer = page.browser().get("/api/v1/calendar?from=2026-11-24T00:00:00Z&to=2026-11-25T00:00:00Z").json()
    assert {"from", "to"} <= answer.keys()
    assert all({"from", "to"} <= total.keys() for total in answer["totals"])
    assert answer["totals"]
