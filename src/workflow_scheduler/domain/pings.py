"""Signs to monitors outside: a run or a task began, succeeded or failed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from enum import StrEnum

from .errors import InvalidInput
from .events import Event
from .quick_dataclass import dataclass
from .secrets import parse_source
from .workflow import Workflow

__all__ = ["Ping", "Sign", "check_ping", "pings_of"]

LONGEST = 1_000
_WORDS = 500
_ADDRESS = re.compile(r"https?://[^/?#\s@]+(?:[/?][^\s#]*)?")


class Sign(StrEnum):
    """What a monitor is told."""

    START = "start"
    SUCCESS = "success"
    FAIL = "fail"


_SIGNS = {"running": Sign.START, "succeeded": Sign.SUCCESS} | dict.fromkeys(
    ("failed", "cancelled", "unknown"), Sign.FAIL
)


@dataclass(frozen=True, slots=True)
class Ping:
    """A sign on its way. `subject`: whose it is, `nightly` or `nightly.load`; `address`: as in the definition."""

    subject: str
    address: str
    sign: Sign
    words: str
    created_at: datetime


def pings_of(events: Iterable[Event], definitions: dict[str, Workflow]) -> Iterator[Ping]:
    """What these events are for monitors, in order. `definitions`: by run, of those that have a ping."""
    for event in events:
        noun, _, state = event.kind.partition(".")
        definition = definitions.get(event.run_id or "")
        if definition is None or state not in _SIGNS or noun not in ("run", "task"):
            continue
        subject, address = event.workflow_id, definition.ping
        if noun == "task":
            subject, address = f"{subject}.{event.task_id}", definition.by_id[event.task_id or ""].ping
        if address:
            words = f"{subject} {state}, run {event.run_id}{f': {event.reason}' if event.reason else ''}"
            yield Ping(subject, address, _SIGNS[state], words[:_WORDS], event.at)


def check_ping(text: str) -> None:
    """InvalidInput unless it is an address, or a reference to a secret that is one."""
    if len(text) <= LONGEST and _ADDRESS.fullmatch(text):
        return
    try:
        parse_source(text)
    except InvalidInput:
        # Never the address itself: who knows it can ping.
        raise InvalidInput(
            "A ping needs an address such as https://hc-ping.com/…, or a reference to a secret that is one, such as store:ping."
        ) from None
