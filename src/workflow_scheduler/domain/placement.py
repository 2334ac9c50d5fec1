"""On which machine a task runs: what its definition asks for, and which of the machines there are gets it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

__all__ = ["PROTOCOL", "Machine", "NoMachine", "Place", "Spread", "WhyNot", "choose", "speaks"]

PROTOCOL = 1
"""The version of what schedulers and workers say to each other. Each understands the one before and the one after."""


class Spread(StrEnum):
    """Which of several machines."""

    LEAST_BUSY = "least_busy"  # the one with the largest share of free slots
    STICKY = "sticky"  # the one that ran the task last, as long as it can


@dataclass(frozen=True, slots=True)
class Place:
    """`worker`: this one; otherwise any that has all of the `labels`. Both empty: the scheduler's own machine."""

    worker: str = ""
    labels: tuple[str, ...] = ()
    spread: Spread = Spread.LEAST_BUSY

    @property
    def elsewhere(self) -> bool:
        return bool(self.worker or self.labels)


@dataclass(frozen=True, slots=True)
class Machine:
    """A worker as placing sees it. `taken`: how many of its slots are in use or promised. `accepts`: it is neither invited only nor
    draining."""

    name: str
    labels: Collection[str]
    slots: int
    taken: int
    accepts: bool
    silent_since: datetime | None
    protocol: int


class WhyNot(StrEnum):
    """Why an attempt waits for a machine."""

    UNKNOWN = "unknown"
    NO_MATCH = "no_match"
    SILENT = "silent"
    DRAINING = "draining"
    VERSION = "version"
    FULL = "full"


@dataclass(frozen=True, slots=True)
class NoMachine:
    """`names`: the machines that would match but for this."""

    why: WhyNot
    names: tuple[str, ...] = ()


def speaks(protocol: int) -> bool:
    """Whether this version and one of that protocol understand each other."""
    return abs(protocol - PROTOCOL) <= 1


def choose(place: Place, machines: Iterable[Machine], last: str = "", ahead: int = 0) -> Machine | NoMachine:
    """The machine that gets it, or why none does. `last`: the one that ran the task last. `ahead`: how many more than its
    slots a machine may have waiting, so that the next one starts at once."""
    known = list(machines)
    matching = [
        machine
        for machine in known
        if (machine.name == place.worker if place.worker else set(place.labels) <= set(machine.labels))
    ]
    if not matching:
        return NoMachine(WhyNot.UNKNOWN if place.worker else WhyNot.NO_MATCH)
    left = matching
    for why, fits in _CONDITIONS:
        before, left = left, [machine for machine in left if fits(machine)]
        if not left:
            return NoMachine(why, tuple(machine.name for machine in before))
    free = [machine for machine in left if machine.taken < machine.slots + ahead]
    if not free:
        return NoMachine(WhyNot.FULL, tuple(machine.name for machine in left))
    if place.spread is Spread.STICKY and (again := [machine for machine in free if machine.name == last]):
        return again[0]
    return min(free, key=lambda machine: (machine.taken / machine.slots, machine.name))


_CONDITIONS: tuple[tuple[WhyNot, Callable[[Machine], bool]], ...] = (
    (WhyNot.VERSION, lambda machine: speaks(machine.protocol)),
    (WhyNot.DRAINING, lambda machine: machine.accepts),
    (WhyNot.SILENT, lambda machine: machine.silent_since is None),
)
