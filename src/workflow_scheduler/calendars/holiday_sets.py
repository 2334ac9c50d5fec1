"""Holidays of countries, regions and markets, from the library `holidays`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from workflow_scheduler.domain.errors import InvalidInput, Refused

if TYPE_CHECKING:
    from types import ModuleType

__all__ = ["further_categories", "holidays_between", "missing_extra"]


def missing_extra(need: str) -> Refused:
    return Refused(
        f"{need} needs the extra 'calendars', which is not installed; install it with "
        "`pip install 'workflow-scheduler[calendars]'`."
    )


def holidays_between(asked: Mapping[str, Any], first: date, last: date) -> dict[date, str]:
    """The holidays by date, with their names in English."""
    found: dict[date, str] = {}
    holidays = _set_of(asked, range(first.year, last.year + 1))
    for day, name in holidays.items():
        if first <= day <= last:
            found[day] = name
    return found


def further_categories(asked: Mapping[str, Any], year: int) -> list[str]:
    """The categories of a country or region that have holidays of their own this year or next, and are not used."""
    if asked["market"]:
        return []
    years = range(year, year + 2)
    used = _set_of(asked, years)
    further = sorted(set(used.supported_categories) - set(used.categories))
    return [name for name in further if set(_set_of({**asked, "categories": [name]}, years)) - set(used)]


def _set_of(asked: Mapping[str, Any], years: range) -> Any:
    library = _library()
    try:
        if asked["market"]:
            return library.financial_holidays(asked["market"], years=years, language="en_US")
        categories = asked["categories"] or None
        return library.country_holidays(
            asked["country"], subdiv=asked["region"], years=years, categories=categories, language="en_US"
        )
    except NotImplementedError:
        raise InvalidInput(_advice(library, asked)) from None
    except ValueError as error:  # a category that the country does not have
        why = str(error).rstrip(".")
        raise InvalidInput(f"The holidays of {asked['country'] or asked['market']} have a mistake: {why}.") from None


def _advice(library: ModuleType, asked: Mapping[str, Any]) -> str:
    if asked["market"]:
        return f"There is no market {asked['market']!r}; there are: {', '.join(library.list_supported_financial())}."
    countries = library.list_supported_countries()
    if asked["country"] not in countries:
        return f"There are no holidays of a country {asked['country']!r}; write its ISO code, such as DE, US or GB."
    regions = ", ".join(countries[asked["country"]]) or "none"
    return f"The country {asked['country']} has no region {asked['region']!r}; there are: {regions}."


def _library() -> ModuleType:
    try:
        import holidays  # noqa: PLC0415  costs most of a second, and only expansions need it
    except ImportError:
        raise missing_extra("A calendar with holidays") from None
    return holidays
