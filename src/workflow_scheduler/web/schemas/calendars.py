"""Calendars and their days."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from .base import Answer, Fields, Identifier, Moment, Request

__all__ = [
    "BusinessCalendarAnswer",
    "BusinessCalendarApplied",
    "BusinessCalendarDefinition",
    "BusinessCalendarDocument",
    "BusinessDayAnswer",
    "BusinessYearAnswer",
]

_DATE: Any = {"format": "date"}
_YAML = "kind: calendar\nid: bavaria\nholidays: {country: DE, region: BY}\nclosed: [2026-12-24]\n"


class BusinessCalendarDefinition(Request):
    definition: Fields = Field(
        description="as in a file, without kind and id",
        examples=[{"holidays": [{"country": "DE", "region": "BY"}], "closed": ["2026-12-24"]}],
    )


class BusinessCalendarAnswer(Answer):
    id: Identifier
    definition: dict[str, Any] = Field(examples=[{"kind": "calendar", "id": "bavaria", "weekend": ["sat", "sun"]}])
    expanded_at: Moment = Field(description="when its days were computed")
    last_day: str | None = Field(description="the last day that is known", json_schema_extra=_DATE)
    schedules: int = Field(description="how many observe it")


class BusinessCalendarDocument(Answer):
    id: Identifier
    yaml: str = Field(examples=[_YAML])


class BusinessDayAnswer(Answer):
    date: str = Field(examples=["2026-12-25"], json_schema_extra=_DATE)
    open: bool | None = Field(description="null: not known")
    why: str = Field(examples=["Christmas Day"])
    source: str = Field(examples=["holidays DE-BY"], description="the part of the calendar that says so")


class BusinessYearAnswer(BusinessCalendarAnswer):
    year: int
    open_days: int
    days: list[BusinessDayAnswer] = Field(description="those of the year that are known")


class _ChangedDay(Answer):
    day: str = Field(json_schema_extra=_DATE)
    open: bool
    why: str


class BusinessCalendarApplied(Answer):
    id: Identifier
    result: str = Field(description="created, changed or unchanged")
    changed_days: list[_ChangedDay] = Field(description="the days to come that opened or closed")
    warnings: list[str] = Field(description="further categories of holidays that its country has")
