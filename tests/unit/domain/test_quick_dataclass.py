"""The data classes of this product are as the standard ones, but for what keeps a frozen one from being changed."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from collections.abc import Callable
from dataclasses import FrozenInstanceError, asdict, field, fields, replace
from typing import Any

import pytest

from workflow_scheduler.domain import quick_dataclass

STANDARD: Callable[..., Any] = dataclasses.dataclass
QUICK: Callable[..., Any] = quick_dataclass.dataclass
OPTIONS = [
    {"frozen": True, "slots": True},
    {"frozen": True},
    {"slots": True},
    {"frozen": True, "slots": True, "kw_only": True},
    {"frozen": True, "slots": True, "eq": False},
]


def pair(decorate: Callable[..., Any], **options: bool) -> tuple[type, type, type]:
    """One without fields, one with some, and one that adds to it."""

    @decorate(**options)
    class Empty:
        pass

    @decorate(**options)
    class First:
        name: str
        size: int = 3
        told: list[str] = field(default_factory=list, hash=False)
        hidden: str = field(default="h", repr=False)
        aside: str = field(default="a", compare=False)

    @decorate(**options)
    class Second(First):
        more: float = 1.5

        def __post_init__(self) -> None:
            if self.more < 0:
                raise ValueError("less than nothing")

    return Empty, First, Second


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_it_does_what_the_standard_one_does(options: dict[str, bool]) -> None:
    said = [list(behaviour(*pair(decorate, **options))) for decorate in (STANDARD, QUICK)]
    assert said[0] == said[1]


def behaviour(empty: type, first: type, second: type) -> list[Any]:
    one, other, third = first(name="a"), first(name="a", aside="b"), second(name="a")
    changed = [first(name="b"), first(name="a", size=4), first(name="a", told=["x"]), first(name="a", hidden="y")]
    made = [empty(), one, other, third, *changed]
    return [
        [repr(it).rpartition(".")[2] for it in made],
        [[a == b for a in made] for b in made],
        [(a == "a", a != one, copy.copy(a) == a) for a in made],
        [hashing(a, b) for a in made for b in made],
        [hashing(it, copy.copy(it)) for it in made],
        [asdict(it) for it in made],
        repr(replace(third, size=9)).rpartition(".")[2],
        [f.name for f in fields(second)],
        [of.__match_args__ for of in (empty, first, second)],
        [refused(lambda: first(name="a", nothing=1)), refused(first), refused(lambda: second(name="a", more=-1))],
        refused(lambda: first("a", 3)),
        [hasattr(it, "__dict__") for it in made],
    ]


def hashing(one: object, other: object) -> object:
    return refused(lambda: hash(one)) or hash(one) == hash(other)


def refused(make: Callable[[], object]) -> str:
    try:
        make()
    except (TypeError, ValueError) as refusal:
        return str(refusal).replace("First.", "").rpartition(".")[2]
    return ""


def test_it_keeps_an_instance_from_nothing_at_run_time_which_mypy_does() -> None:
    (_, standard, _), (_, quick, _) = (pair(decorate, frozen=True, slots=True) for decorate in (STANDARD, QUICK))
    with pytest.raises(FrozenInstanceError):
        standard("a").name = "b"
    changed = quick("a")
    changed.name = "b"
    assert changed.name == "b"


@quick_dataclass.dataclass(frozen=True, slots=True)
class Kept:
    name: str
    size: int = 3


def test_an_instance_can_be_stored() -> None:
    assert pickle.loads(pickle.dumps(Kept("a"))) == Kept("a")
