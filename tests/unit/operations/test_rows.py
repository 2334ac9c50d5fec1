from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, timezone
from enum import StrEnum
from typing import Any

from workflow_scheduler.domain.run import Run, RunState
from workflow_scheduler.operations.rows import inlined, left_out, plain, plain_parts, widened
from workflow_scheduler.operations.runs.pages import ZonedRunRow
from workflow_scheduler.operations.runs.rows import RunRow, run_row

AT = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


class Colour(StrEnum):
    RED = "red"


@dataclass(frozen=True, slots=True)
class Part:
    at: datetime


@dataclass(frozen=True, slots=True)
class Row:
    name: str
    colour: Colour
    from_: datetime
    until: datetime | None
    parts: tuple[Part, ...]
    by_name: Mapping[str, Part]
    part: Part | None


@dataclass(frozen=True, slots=True)
class Wider(Row):
    inside: Mapping[str, Any] = inlined("name")
    note: str = left_out("")


def row(**changes: Any) -> Row:
    values = {"name": "a", "colour": Colour.RED, "from_": AT, "until": None, "parts": (Part(AT),), "by_name": {}}
    return Row(**values | {"part": None} | changes)


def test_the_plain_form_has_the_names_in_their_order_and_what_json_can_say() -> None:
    text = json.dumps(plain(row(by_name={"x": Part(AT)}, part=Part(AT))))
    part = '{"at": "2026-11-24T12:00:00Z"}'
    assert text == (
        '{"name": "a", "colour": "red", "from": "2026-11-24T12:00:00Z", "until": null, '
        f'"parts": [{part}], "by_name": {{"x": {part}}}, "part": {part}}}'
    )


def test_times_of_every_zone_are_said_in_utc_with_fractions_where_there_are_some() -> None:
    there = datetime(2026, 11, 24, 14, 0, 0, 5000, tzinfo=timezone(timedelta(hours=2)))
    assert plain(Part(there)) == {"at": "2026-11-24T12:00:00.005000Z"}


def test_a_field_may_be_left_out_or_stand_among_those_of_the_row() -> None:
    inside = {"name": "b", "x": 1}
    without = plain(widened(row(), Wider, inside=inside))
    assert list(without) == ["name", "colour", "from", "until", "parts", "by_name", "part", "x"]
    assert (without["name"], without["x"]) == ("a", 1)
    assert plain(widened(row(), Wider, inside=inside, note="moved")) == {**without, "note": "moved"}


def test_rows_within_lists_and_dictionaries_become_plain_too() -> None:
    said = {"at": "2026-11-24T12:00:00Z"}
    assert plain_parts({"a": [Part(AT), 1, {"b": AT}]}) == {"a": [said, 1, {"b": said["at"]}]}


def test_the_row_of_a_run_has_each_value_under_its_name() -> None:
    run = Run(
        "r",
        "w",
        3,
        RunState.FAILED,
        AT,
        "why",
        schedule_id="s",
        nominal=AT - timedelta(1),
        due=AT - timedelta(hours=1),
        started_at=AT + timedelta(1),
    )
    made = run_row(run)
    assert made == RunRow(
        id="r",
        workflow_id="w",
        version=3,
        state=RunState.FAILED,
        reason="why",
        schedule_id="s",
        nominal_utc=AT - timedelta(1),
        due_utc=AT - timedelta(hours=1),
        queued_at=AT,
        started_at=AT + timedelta(1),
        finished_at=None,
        retry_of=None,
        backfill_id=None,
        started_by=run.started_by,
        cause=run.cause,
        cancel_requested=False,
    )
    assert plain(widened(made, ZonedRunRow, timezone="UTC")) == {**plain(made), "timezone": "UTC"}
    assert run_row(replace(run, due=None)).due_utc == AT - timedelta(1)
    assert run_row(replace(run, due=None, schedule_id=None)).due_utc is None
