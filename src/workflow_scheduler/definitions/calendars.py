"""Documents with `kind: calendar`, read and checked."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from workflow_scheduler.domain.calendar import Calendar, is_calendar
from workflow_scheduler.domain.errors import InvalidInput
from workflow_scheduler.domain.identifiers import check_identifier
from workflow_scheduler.domain.quick_dataclass import dataclass
from workflow_scheduler.domain.wall_time import normal_date

from .kinds import Identifier, Text
from .sentences import sentences_of
from .source_map import Mistake, Tree, read_trees

__all__ = ["CalendarModel", "calendars_in", "read_calendar", "written_calendar"]

_MOST = 5_000


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", coerce_numbers_to_str=True)


def _date(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return normal_date(value)
    except InvalidInput as error:
        raise ValueError(str(error).rstrip(".")) from None


def _span(value: Any) -> Any:
    return {"from": value, "to": value} if isinstance(value, str) else value


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str | dict) else value


def _lower(value: Any) -> Any:
    return value.lower()[:3] if isinstance(value, str) else value


_Date = Annotated[str, BeforeValidator(_date), Field(json_schema_extra={"format": "date"})]
_Weekday = Annotated[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"], BeforeValidator(_lower)]


class HolidaysModel(_Model):
    """Public holidays of a country or one of its regions, or the closed days of a market."""

    country: Annotated[str, Field(max_length=10)] | None = Field(None, description="ISO code: DE, US, GB.")
    region: Annotated[str, Field(max_length=40)] | None = Field(None, description="ISO code of the region: BY, CA.")
    categories: Annotated[list[Annotated[str, Field(max_length=40)]], BeforeValidator(_listed)] = Field(
        [], description="Kinds of holidays, such as public and catholic. Default: public."
    )
    market: Annotated[str, Field(max_length=40)] | None = Field(None, description="ISO code: XNYS, XECB.")

    @model_validator(mode="after")
    def _one(self) -> HolidaysModel:
        if (self.country is None) == (self.market is None):
            raise ValueError("give either country or market")
        if self.market is not None and (self.region or self.categories):
            raise ValueError("region and categories belong to a country, not to a market")
        return self


class SpanModel(_Model):
    """A day, or the days from one to another. A date alone is that day."""

    from_: _Date = Field(alias="from", description="The first day.")
    to: _Date = Field(description="The last day.")
    why: Annotated[str, Field(max_length=200)] = Field("", description="The reason that is shown.")

    @model_validator(mode="after")
    def _forwards(self) -> SpanModel:
        if date.fromisoformat(self.to) < date.fromisoformat(self.from_):
            raise ValueError("`to` is before `from`")
        return self


class IcsModel(_Model):
    """An iCalendar file; its path alone is enough."""

    file: Annotated[Text, Field(min_length=1)] = Field(description="Path of the file, from the home.")


_Span = Annotated[SpanModel, BeforeValidator(_span)]
_File = Annotated[IcsModel, BeforeValidator(lambda value: {"file": value} if isinstance(value, str) else value)]


class CalendarModel(_Model):
    """Open and closed days. What is listed later wins."""

    kind: Literal["calendar"] = Field(description="What makes the document a calendar.")
    id: Identifier = Field(description="Unique in the home.")
    weekend: Annotated[list[_Weekday], BeforeValidator(_listed)] = Field(
        ["sat", "sun"], description="Closed days of each week."
    )
    holidays: Annotated[list[HolidaysModel], BeforeValidator(_listed)] = Field(
        [], max_length=50, description="Holidays of countries, regions and markets (extra `calendars`)."
    )
    ics: Annotated[list[_File], BeforeValidator(_listed)] = Field(
        [], max_length=50, description="iCalendar files whose all-day events are closed days."
    )
    closed: Annotated[list[_Span], BeforeValidator(_listed)] = Field(
        [], max_length=_MOST, description="Closed days: dates, or spans of dates."
    )
    open: Annotated[list[_Span], BeforeValidator(_listed)] = Field(
        [], max_length=_MOST, description="Days that are open whatever else says."
    )


@dataclass(frozen=True, slots=True)
class _Draft:
    calendar: Calendar | None
    mistakes: tuple[Mistake, ...]


def calendars_in(text: str, source: str) -> list[Calendar]:
    """The calendars of a text; its workflows are left alone. InvalidInput has a line for each mistake."""
    drafts = [_draft(tree) for tree in read_trees(text, source) if is_calendar(tree.value)]
    mistakes = [mistake for draft in drafts for mistake in sorted(draft.mistakes)]
    if mistakes:
        raise InvalidInput("\n".join(map(str, mistakes)))
    return [draft.calendar for draft in drafts if draft.calendar]


def read_calendar(values: Mapping[str, Any]) -> Calendar:
    """A calendar from plain values."""
    tree = Tree("calendar", {"kind": "calendar", **values}, lambda: {(): (1, 1)})
    draft = _draft(tree)
    if draft.calendar is None or draft.mistakes:
        raise InvalidInput(" ".join(mistake.sentence for mistake in draft.mistakes))
    return draft.calendar


def _draft(tree: Tree) -> _Draft:
    try:
        model = CalendarModel.model_validate(tree.value)
        check_identifier("calendar", model.id)
    except ValidationError as error:
        sentences = sentences_of(error, tree.value, CalendarModel)
        return _Draft(None, (*tree.mistakes, *(tree.mistake(path, sentence) for path, sentence in sentences)))
    except InvalidInput as error:
        return _Draft(None, (*tree.mistakes, tree.mistake(("id",), str(error))))
    definition = model.model_dump(by_alias=True, exclude={"kind", "id"})
    definition["ics"] = [ics["file"] for ics in definition["ics"]]
    return _Draft(Calendar(model.id, definition), tree.mistakes)


def written_calendar(calendar: Calendar) -> dict[str, Any]:
    """As a person writes it, without what is not given."""
    definition = calendar.definition
    plain: dict[str, Any] = {"kind": "calendar", "id": calendar.id, "weekend": definition["weekend"]}
    if definition["holidays"]:
        plain["holidays"] = [{name: value for name, value in part.items() if value} for part in definition["holidays"]]
    if definition["ics"]:
        plain["ics"] = [{"file": file} for file in definition["ics"]]
    for name in ("closed", "open"):
        if definition[name]:
            plain[name] = [_written_span(span) for span in definition[name]]
    return plain


def _written_span(span: Mapping[str, Any]) -> Any:
    if span["from"] == span["to"] and not span["why"]:
        return span["from"]
    return {name: value for name, value in span.items() if value}
