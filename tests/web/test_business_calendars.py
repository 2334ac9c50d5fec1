"""Calendars of open days over the API, and the schedules that observe them."""

from __future__ import annotations

from typing import Any

import pytest

from workflow_scheduler.engine.lock import Holder

V1 = "/api/v1"
# NOW is Tuesday, 24 November 2026.
CLOSED = {"definition": {"closed": ["2026-11-26", {"from": "2026-12-24", "to": "2026-12-31", "why": "Holidays"}]}}


@pytest.fixture
def author(page) -> Any:
    page.running = Holder(1)
    browser = page.browser("author")
    assert browser.put(f"{V1}/workflows/nightly/document", json={"yaml": "id: nightly\n"}).status_code == 200
    made = browser.put(f"{V1}/calendars/office", json=CLOSED)
    assert (made.status_code, made.json()["result"]) == (200, "created"), made.text
    return browser


def test_a_year_with_its_reasons(author) -> None:
    (row,) = author.get(f"{V1}/calendars").json()
    assert (row["id"], row["schedules"]) == ("office", 0)
    assert row["definition"]["closed"] == ["2026-11-26", {"from": "2026-12-24", "to": "2026-12-31", "why": "Holidays"}]
    year = author.get(f"{V1}/calendars/office", params={"year": 2026}).json()
    days = {day["date"]: day for day in year["days"]}
    assert len(days) == 365
    assert days["2026-12-24"] == {"date": "2026-12-24", "open": False, "why": "Holidays", "source": "closed"}
    assert year["open_days"] == sum(day["open"] for day in days.values())
    assert author.get(f"{V1}/calendars/office/days/2026-11-28").json()["why"] == "a weekend day"
    assert author.get(f"{V1}/calendars/office/days/2040-01-01").json()["open"] is None
    assert author.get(f"{V1}/calendars/office/days/nonsense").status_code == 422
    assert author.get(f"{V1}/calendars/none").status_code == 404


def test_a_change_says_which_days_change(author) -> None:
    changed = author.put(f"{V1}/calendars/office", json={"definition": {"closed": ["2026-11-27"]}}).json()
    assert changed["result"] == "changed"
    assert {"day": "2026-11-27", "open": False, "why": "closed"} in changed["changed_days"]
    assert {"day": "2026-11-26", "open": True, "why": ""} in changed["changed_days"]
    for wrong in ({"weekend": ["noday"]}, {"closd": []}, {"closed": ["2026-02-30"]}, {"holidays": {"country": "XX"}}):
        assert author.put(f"{V1}/calendars/office", json={"definition": wrong}).status_code == 422


def test_a_schedule_moves_and_says_why(author) -> None:
    body = {"workflow_id": "nightly", "id": "s", "cron": "0 6 26 11 *", "calendar": "office", "on_closed": "previous"}
    assert author.post(f"{V1}/schedules", json=body).status_code == 201
    shown = author.get(f"{V1}/schedules/s").json()
    assert (shown["calendar"], shown["next_utc"]) == ("office", "2026-11-25T06:00:00Z")
    fire = shown["fires"][0]
    assert (fire["nominal"], fire["disposition"]) == ("2026-11-26T06:00:00+00:00", None)
    assert fire["note"] == "Thu 26 Nov is closed; moved to Wed 25 Nov"
    week = author.get(f"{V1}/calendar", params={"from": "2026-11-24T01:00:00Z", "to": "2026-11-30T00:00:00Z"}).json()
    (entry,) = week["coming"]
    assert (entry["utc"], entry["nominal_utc"]) == ("2026-11-25T06:00:00Z", "2026-11-26T06:00:00Z")
    assert author.delete(f"{V1}/calendars/office").status_code == 409
    assert author.delete(f"{V1}/schedules/s", headers={"if-match": "*"}).status_code == 204
    assert author.delete(f"{V1}/calendars/office").status_code == 204


def test_a_skipped_fire_is_in_the_calendar_of_fires_and_is_not_due(author) -> None:
    body = {"workflow_id": "nightly", "id": "s", "cron": "0 6 * * *", "calendar": "office"}
    assert author.post(f"{V1}/schedules", json=body).status_code == 201
    week = author.get(f"{V1}/calendar", params={"from": "2026-11-26T00:00:00Z", "to": "2026-11-28T00:00:00Z"}).json()
    assert [(entry["disposition"], entry["note"]) for entry in week["coming"]] == [
        ("skipped_calendar", "Thu 26 Nov is closed"),
        (None, ""),
    ]
    assert [total["due"] for total in week["totals"]] == [0, 1]


def test_a_preview_of_what_is_not_stored(author) -> None:
    asked = {"business_day": {"nth": -1, "of": "month", "time": "18:00"}, "calendar": "office", "count": 2}
    found = author.post(f"{V1}/schedules/preview", json=asked).json()
    assert found["description"] == "At 18:00 on the last business day of the month"
    assert [fire["utc"] for fire in found["fires"]] == ["2026-11-30T18:00:00Z", "2026-12-23T18:00:00Z"]
    assert author.post(f"{V1}/schedules/preview", json={**asked, "calendar": None}).status_code == 422
    assert author.post(f"{V1}/schedules/preview", json={**asked, "calendar": "none"}).status_code == 422
    bounded = {"times": ["06:00", "12:30"], "days": "mon-fri", "from": "2026-12-01", "until": "2026-12-01"}
    fires = author.post(f"{V1}/schedules/preview", json=bounded).json()["fires"]
    assert [fire["utc"] for fire in fires] == ["2026-12-01T06:00:00Z", "2026-12-01T12:30:00Z"]
    jittered = author.post(
        f"{V1}/schedules/preview", json={"cron": "@daily", "jitter": "1h", "id": "s", "count": 1}
    ).json()
    assert (
        author.post(
            f"{V1}/schedules", json={"workflow_id": "nightly", "id": "s", "cron": "@daily", "jitter": "1h"}
        ).json()["next_utc"]
        == jittered["fires"][0]["utc"]
    )


def test_a_pause_with_an_end_and_a_skip(author, page) -> None:
    body = {"workflow_id": "nightly", "id": "s", "cron": "0 6 * * *"}
    assert author.post(f"{V1}/schedules", json=body).status_code == 201
    operator = page.browser("operator")
    skipped = operator.post(f"{V1}/schedules/s/skip", json={"count": 2}).json()["skipped"]
    assert skipped == ["2026-11-25T06:00:00Z", "2026-11-26T06:00:00Z"]
    assert [fire["disposition"] for fire in operator.get(f"{V1}/schedules/s").json()["fires"]][:3] == [
        "skipped_request",
        "skipped_request",
        None,
    ]
    paused = operator.post(f"{V1}/schedules/s/pause", json={"until": "2026-12-01"}).json()
    assert (paused["enabled"], paused["paused_until"], paused["next_utc"]) == (
        True,
        "2026-12-01",
        "2026-12-01T06:00:00Z",
    )
    assert operator.post(f"{V1}/schedules/s/pause", json={"until": "2020-01-01"}).status_code == 422
    resumed = operator.post(f"{V1}/schedules/s/resume").json()
    assert (resumed["paused_until"], resumed["next_utc"]) == (None, "2026-11-27T06:00:00Z")


def test_who_may_do_so(author, page) -> None:
    viewer, operator = page.browser("viewer"), page.browser("operator")
    assert viewer.get(f"{V1}/calendars/office").status_code == 200
    for browser in (viewer, operator):
        assert browser.put(f"{V1}/calendars/office", json=CLOSED).status_code == 403
        assert browser.delete(f"{V1}/calendars/office").status_code == 403
    assert viewer.post(f"{V1}/schedules/s/skip", json={}).status_code == 403


def test_a_document_with_a_calendar_beside_its_workflow_is_refused(author) -> None:
    text = "kind: calendar\nid: office\n---\nid: nightly\n"
    answer = author.put(f"{V1}/workflows/nightly/document", json={"yaml": text}, headers={"if-match": "*"})
    assert answer.status_code == 422
    assert "apply it as a calendar of its own" in answer.text


def test_a_saved_document_says_which_fires_move(author) -> None:
    text = "id: nightly\nschedules:\n  - {id: s, cron: 0 6 26 11 *, calendar: office%s}\n  - {id: b, business_day: {nth: 1}, calendar: office}\n"
    path, tag = f"{V1}/workflows/nightly/document", {"if-match": "*"}
    assert author.put(path, json={"yaml": text % ""}, headers=tag).status_code == 200
    changed = {"yaml": text % ", on_closed: next"}
    moved = author.put(path, json=changed, params={"dry_run": True}, headers=tag).json()
    assert [(fire["schedule_id"], fire["utc"]) for fire in moved["fires_added"]][:1] == [("s", "2026-11-27T06:00:00Z")]


def test_a_document_that_changes_nothing_adds_and_removes_no_fire(author) -> None:
    text = "id: nightly\nschedules: [{id: s, cron: 0 6 * * *, calendar: office, on_closed: next, jitter: 5m}]\n"
    path, tag = f"{V1}/workflows/nightly/document", {"if-match": "*"}
    assert author.put(path, json={"yaml": text}, headers=tag).json()["result"] == "changed"
    assert author.post(f"{V1}/schedules/s/skip", json={"count": 2}).status_code == 200
    same = author.put(path, json={"yaml": text}, headers=tag).json()
    assert (same["result"], same["fires_added"], same["fires_removed"]) == ("unchanged", [], [])


def test_a_preview_shows_only_fires_that_the_schedule_would_have(author) -> None:
    closed = {"definition": {"weekend": ["tue", "wed"]}}
    assert author.put(f"{V1}/calendars/tuesdays", json=closed).status_code == 200
    # Today, Tuesday, at 01:00 has passed: its fire would be moved to Thursday, but is older than the schedule.
    body = {"cron": "0 1 24 * *", "calendar": "tuesdays", "on_closed": "next"}
    previewed = author.post(f"{V1}/schedules/preview", json=body).json()["fires"]
    assert author.post(f"{V1}/schedules", json={**body, "workflow_id": "nightly", "id": "s"}).status_code == 201
    added = author.get(f"{V1}/schedules/s").json()["fires"]
    assert previewed[0]["utc"] == added[0]["utc"] == "2026-12-24T01:00:00Z"
    earlier = author.post(f"{V1}/schedules/preview", json={**body, "start": "2026-11-20"}).json()["fires"]
    assert earlier[0]["utc"] == "2026-11-26T01:00:00Z"


def test_a_calendar_is_edited_as_a_text_by_one_at_a_time(author) -> None:
    path = f"{V1}/calendars/office/document"
    first = author.get(path)
    tag = {"If-Match": first.headers["etag"]}
    text = first.json()["yaml"]
    assert "why: Holidays" in text
    changed = author.put(path, json={"yaml": text.replace("2026-11-26", "2026-11-27")}, headers=tag)
    assert (changed.status_code, changed.json()["result"]) == (200, "changed"), changed.text
    assert changed.headers["etag"].strip('"') in author.get(path).headers["etag"]
    late = author.put(path, json={"yaml": text}, headers=tag)
    assert (late.status_code, "was changed meanwhile" in late.json()["detail"]) == (412, True)
    unaware = author.put(path, json={"yaml": text})
    assert (unaware.status_code, "already exists" in unaware.json()["detail"]) == (412, True)
    assert "2026-11-27" in author.get(path).json()["yaml"]
    for wrong, words in (
        ("kind: calendar\nid: office\nclosd: []\n", "did you mean 'closed'"),
        ("kind: calendar\nid: other\n", "must define the calendar 'office' alone"),
        ("id: office\n", "must define the calendar 'office' alone"),
        (text + "---\n" + text, "must define the calendar 'office' alone"),
    ):
        answer = author.put(path, json={"yaml": wrong}, headers={"If-Match": "*"})
        assert (answer.status_code, words in answer.json()["detail"]) == (422, True), answer.text
    made = author.put(f"{V1}/calendars/new/document", json={"yaml": "kind: calendar\nid: new\n"})
    assert (made.status_code, made.json()["result"]) == (200, "created")
    assert author.get(f"{V1}/calendars/none/document").status_code == 404
