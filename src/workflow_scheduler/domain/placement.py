"""On which machine a task runs: what its definition asks for, and which of the machines there are gets it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from datetime import datetime, timedelta
from enum import StrEnum

from .fields import About, Kind, declare
from .quick_dataclass import dataclass

__all__ = [
    "PROTOCOL",
    "Machine",
    "NoMachine",
    "Place",
    "Spread",
    "Then",
    "WhenUnreachable",
    "WhyNot",
    "choose",
    "fits",
    "least_wait",
    "pause_after_refusal",
    "place_words",
    "speaks",
]

PROTOCOL = 1
"""The version of what schedulers and workers say to each other. Each understands the one before and the one after."""

_LEAST_LEASE = 79.5
"""Seconds for which a command goes on without an answer of the database, at least: some heartbeats may be lost."""
_MARGIN = 30.0
"""Seconds between the end of a command on a machine that is silent and the start of the next attempt elsewhere."""
_DRIFT = 0.001
"""By what part of a time the clocks of two machines may differ in its length."""
_LEAST_PAUSE, _MOST_PAUSE = timedelta(seconds=1), timedelta(minutes=5)


class Spread(StrEnum):
    """Which of several machines."""

    LEAST_BUSY = "least_busy"  # the one with the largest share of free slots
    STICKY = "sticky"  # the one that ran the task last, as long as it can


@dataclass(frozen=True, slots=True)
class Place:
    """On which other machine. Neither `worker` nor `labels`: on the scheduler's own."""

    worker: str = declare(
        About(
            Kind.TEXT,
            "Machine",
            "The worker that runs it.",
            option="place-worker",
            shown="on {}",
            examples=("win-erp-01",),
        ),
        default="",
    )
    labels: tuple[str, ...] = declare(
        About(
            Kind.NAMES,
            "Machine labels",
            "Any worker that has all of these labels runs it.",
            option="place-label",
            shown="on a machine with {} label|on a machine with {} labels",
            examples=("windows", "sap"),
        ),
        default=(),
    )
    spread: Spread = declare(
        About(
            Kind.CHOICE,
            "Spread",
            "Which of several workers: the least busy one, or as long as possible the one that ran it last.",
            option="place-spread",
            words={"least_busy": "The least busy", "sticky": "The last one, as long as possible"},
        ),
        default=Spread.LEAST_BUSY,
    )

    @property
    def elsewhere(self) -> bool:
        return bool(self.worker or self.labels)


def place_words(place: Place) -> str:
    """`machine erp`, or `a machine with the labels windows and sap`."""
    if place.worker:
        return f"machine {place.worker}"
    return f"a machine with the label{'s' if len(place.labels) > 1 else ''} {' and '.join(place.labels)}"


class Then(StrEnum):
    """What ends the wait for a machine that is silent."""

    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class WhenUnreachable:
    """What becomes of an attempt whose machine is silent."""

    wait: float | None = declare(
        About(
            Kind.DURATION,
            "Wait for a silent machine",
            "How long to wait for a machine that is silent while it runs this. It is heard again when it is back: then its "
            "result counts.",
            option="unreachable-wait",
            unset="no limit",
            shown="waits {} for a silent machine",
        ),
        default=None,
    )
    then: Then = declare(
        About(
            Kind.CHOICE,
            "After the wait",
            "What the result is then: unknown, so that the guarantee decides whether it is tried again.",
            option="unreachable-then",
            words={"unknown": "Result unknown"},
        ),
        default=Then.UNKNOWN,
    )
    elsewhere: bool = declare(
        About(
            Kind.FLAG,
            "Start elsewhere",
            "After the wait, start on another machine. The silent one ends its command before that.",
            option="unreachable-elsewhere",
            shown="then starts elsewhere",
        ),
        default=False,
    )

    def lease(self, grace: float) -> float | None:
        """Seconds without an answer of the database after which a command is ended where it runs, with its `stop_grace`; None:
        it goes on."""
        if not self.elsewhere or self.wait is None:
            return None
        return self.wait * (1 - _DRIFT) - grace - _MARGIN


def least_wait(grace: float) -> float:
    """Seconds that a command's machine has to be silent before a task with this `stop_grace` may start elsewhere."""
    return (_LEAST_LEASE + _MARGIN + grace) / (1 - _DRIFT)


@dataclass(frozen=True, slots=True)
class Machine:
    """A worker as placing sees it. `taken`: how many of its slots are in use or promised. `accepts`: it is not draining.
    `joined`: it has said something since it was invited. `lack`: why it starts nothing now; empty if nothing keeps it from that."""

    name: str
    labels: Collection[str]
    slots: int
    taken: int
    accepts: bool
    silent_since: datetime | None
    protocol: int
    joined: bool = True
    lack: str = ""


class WhyNot(StrEnum):
    """Why an attempt waits for a machine."""

    UNKNOWN = "unknown"
    NO_MATCH = "no_match"
    INVITED = "invited"
    SILENT = "silent"
    DRAINING = "draining"
    VERSION = "version"
    LACK = "lack"
    FULL = "full"


@dataclass(frozen=True, slots=True)
class NoMachine:
    """`names`: the machines that would match but for this."""

    why: WhyNot
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Share:
    """What a worker's process takes of the labels and slots that its worker has; None: all of them."""

    labels: tuple[str, ...] | None = None
    slots: int | None = None

    def of(self, labels: Iterable[str], slots: int) -> tuple[tuple[str, ...], int]:
        taken = tuple(label for label in labels if self.labels is None or label in self.labels)
        return taken, slots if self.slots is None else min(slots, self.slots)


def speaks(protocol: int) -> bool:
    """Whether this version and one of that protocol understand each other."""
    return abs(protocol - PROTOCOL) <= 1


def pause_after_refusal(waited: timedelta) -> timedelta:
    """Until what a machine could not start is offered again. `waited`: how long it had waited when it was offered."""
    return min(max(waited / 4, _LEAST_PAUSE), _MOST_PAUSE)


def fits(machine: Machine) -> bool:
    """Whether it may be given anything now, but for its slots."""
    return all(condition(machine) for _, condition in _CONDITIONS)


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
    for why, condition in _CONDITIONS:
        before, left = left, [machine for machine in left if condition(machine)]
        if not left:
            return NoMachine(why, tuple(machine.name for machine in before))
    free = [machine for machine in left if machine.taken < machine.slots + ahead]
    if not free:
        return NoMachine(WhyNot.FULL, tuple(machine.name for machine in left))
    if place.spread is Spread.STICKY and (again := [machine for machine in free if machine.name == last]):
        return again[0]
    return min(free, key=lambda machine: (machine.taken / max(1, machine.slots), machine.name))


_CONDITIONS: tuple[tuple[WhyNot, Callable[[Machine], bool]], ...] = (
    (WhyNot.INVITED, lambda machine: machine.joined),
    (WhyNot.VERSION, lambda machine: speaks(machine.protocol)),
    (WhyNot.DRAINING, lambda machine: machine.accepts),
    (WhyNot.SILENT, lambda machine: machine.silent_since is None),
    (WhyNot.LACK, lambda machine: not machine.lack),
)
