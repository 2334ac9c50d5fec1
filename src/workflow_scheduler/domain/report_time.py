"""When a report is sent by itself, and to whom."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, time, timedelta, tzinfo

from .errors import InvalidInput
from .quick_dataclass import dataclass

__all__ = ["WEEKDAYS", "ReportTime", "parse_days"]

_NAMES = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
WEEKDAYS = tuple(name[:3] for name in _NAMES)
_SETS = {"daily": frozenset(range(7)), "weekdays": frozenset(range(5))}
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class ReportTime:
    """`days`: weekdays, Monday is 0. `to`: channels."""

    at: time
    days: frozenset[int]
    to: tuple[str, ...]

    @property
    def key(self) -> str:
        """Under which is remembered how far it is: another time, day or channel begins from then on."""
        return hashlib.sha256(repr((self.at.isoformat(), sorted(self.days), sorted(self.to))).encode()).hexdigest()

    @property
    def sentence(self) -> str:
        """Like those of rules."""
        named = next((name for name, days in _SETS.items() if days == self.days), None)
        words = named or " ".join(WEEKDAYS[day] for day in sorted(self.days))
        return f"report at {self.at:%H:%M} {words} → {', '.join(self.to)}"

    def last_due(self, now: datetime, zone: tzinfo) -> datetime:
        """The newest such time that is not after now. In an hour that clocks repeat it is the first one, in one that they skip
        the time as it would be without the change."""
        day = now.astimezone(zone).date() + _DAY
        while True:
            due = datetime.combine(day, self.at, zone).astimezone(UTC)
            if day.weekday() in self.days and due <= now:
                return due
            day -= _DAY

    def next_due(self, now: datetime, zone: tzinfo) -> datetime:
        """The first such time after now."""
        day = now.astimezone(zone).date() - _DAY
        while True:
            due = datetime.combine(day, self.at, zone).astimezone(UTC)
            if day.weekday() in self.days and due > now:
                return due
            day += _DAY


def parse_days(words: list[str]) -> frozenset[int]:
    """`daily`, `weekdays`, or names of days such as `mon`. InvalidInput for others."""
    found: set[int] = set()
    for word in words:
        name = word.lower()
        if name in _SETS:
            found |= _SETS[name]
        elif name in WEEKDAYS or name in _NAMES:
            found.add(WEEKDAYS.index(name[:3]))
        else:
            raise InvalidInput(f"{word[:40]!r} is not a day; write daily, weekdays, or names such as mon.")
    return frozenset(found)
