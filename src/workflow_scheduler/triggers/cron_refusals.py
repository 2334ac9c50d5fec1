"""Advice for cron syntax of other products that is not supported."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NoReturn

from workflow_scheduler.domain.errors import InvalidInput

__all__ = ["refuse_count", "refuse_field", "refuse_word", "refuse_zone"]

_ORDER = "minute hour day-of-month month day-of-week"
_DAYS = re.compile(r"[0-9*/,?#LW-]+|((sun|mon|tue|wed|thu|fri|sat)[a-z0-9,#-]*)", re.IGNORECASE)
_YEARS = re.compile(r"(19|20)[0-9]{2}")


def refuse_zone(text: str) -> None:
    """InvalidInput if a time zone precedes the fields."""
    if match := re.match(r"(?:CRON_)?TZ\s*=\s*(\S*)", text, re.IGNORECASE):
        zone = match[1][:60] or "Europe/Berlin"
        raise InvalidInput(
            f"A cron expression contains no time zone; leave out {match[0][:70]!r} and set the schedule's time zone to {zone!r}."
        )


def refuse_word(text: str, known: Iterable[str]) -> NoReturn:
    """InvalidInput for an unknown `@word`; it says what to write instead."""
    word, *rest = text.split()
    if word.lower() == "@every":
        raise InvalidInput(
            f"{text[:60]!r} is an interval, not a cron expression; use every: {' '.join(rest)[:40] or '5m'} "
            f"(as an option: --every {' '.join(rest)[:40] or '5m'})."
        )
    if word.lower() == "@reboot":
        raise InvalidInput(
            "'@reboot' names no time; write at_start: boot (as an option: --at-start boot) instead of cron."
        )
    raise InvalidInput(f"The cron word {text[:40]!r} is not known; use one of {', '.join(known)}.")


def refuse_count(parts: list[str]) -> NoReturn:
    """InvalidInput for any number of fields other than five."""
    shown, number = " ".join(parts), len(parts)
    rest = list(parts)
    said = []
    if number in (6, 7) and _DAYS.fullmatch(parts[-1]):
        # Seconds come first in Quartz and Spring, a year last in Quartz and AWS, which writes one `?` in a day field.
        if number == 7 or _YEARS.match(parts[-1]) or "?" in (parts[2], parts[4]):
            said.append(f"leave out the year {rest.pop()!r}")
        if len(rest) == 6:
            said.append(f"leave out the seconds {rest.pop(0)!r} (for seconds use an interval such as 30s)")
    if said:
        advice = f"{' and '.join(said)}: {' '.join(rest)[:60]!r}"
    else:
        advice = f"write {_ORDER}, as in '0 1 * * mon-fri', or a word such as @daily"
    raise InvalidInput(
        f"The cron expression {shown[:60]!r} has {number} field{'' if number == 1 else 's'} instead of five; {advice}."
    )


def refuse_field(name: str, part: str, term: str, allowed: str, longest_step: int) -> NoReturn:
    """InvalidInput for an item of a field that cannot be read."""
    start = f"The cron field {name} is {part[:40]!r}"
    steps = re.search(r"/([0-9]+)$", term)
    if steps and int(steps[1][:9]) > longest_step:
        raise InvalidInput(
            f"{start}, but a step restarts with each round of its field: use at most {longest_step}, "
            "or an interval such as 90m."
        )
    if re.fullmatch(r"h(\(.*\))?(/.*)?", term):
        raise InvalidInput(f"{start}, and H (any value, as in Jenkins) is not supported; write the value you want.")
    if name == "day-of-month" and re.fullmatch(r"[0-9]+w|w|l-[0-9]+w", term):
        raise InvalidInput(
            f"{start}, and W (the nearest weekday) is not supported; write LW for the last weekday of the month, or a day "
            "with a task that checks the date."
        )
    if name == "day-of-week" and term in ("l", "lw"):
        raise InvalidInput(f"{start}, and L needs a day here; write friL or 5L for the last Friday of the month.")
    if "?" in term:
        raise InvalidInput(f"{start}; a question mark must stand alone in a day field, where it means the same as '*'.")
    raise InvalidInput(f"{start}; allowed are {allowed}, '*', lists (1,2), ranges (1-5) and steps (*/15).")
