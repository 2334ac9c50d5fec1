"""Data classes that are made quickly: there are hundreds of them, and making them was much of what a command loads."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from operator import attrgetter
from typing import TYPE_CHECKING, Any

__all__ = ["dataclass"]

if TYPE_CHECKING:
    from dataclasses import dataclass
else:

    def dataclass(*, frozen=False, slots=False, eq=True, kw_only=False):
        """The standard one, which writes and compiles six methods for each class, but with `__init__` alone made so.

        Nothing keeps an instance of a `frozen` class from being changed but mypy, and so instances are made quickly, too.
        """

        def make(cls):
            cls.__doc__ = cls.__doc__ or cls.__name__  # where it is empty, the standard one works out a signature
            made = dataclasses.dataclass(eq=False, repr=False, slots=slots, kw_only=kw_only)(cls)
            fields = dataclasses.fields(made)
            made.__repr__ = _repr([field.name for field in fields if field.repr])
            if eq:
                compared = [field for field in fields if field.compare]
                made.__eq__ = _eq(_values([field.name for field in compared]))
                hashed = _values([field.name for field in compared if field.hash is not False])
                made.__hash__ = _hash(hashed) if frozen else None
            return made

        return make


def _values(names: list[str]) -> Callable[[object], tuple[Any, ...]]:
    if len(names) > 1:
        return attrgetter(*names)
    return lambda instance: tuple(getattr(instance, name) for name in names)


def _repr(names: list[str]) -> Callable[[object], str]:
    def __repr__(self: object) -> str:  # noqa: N807
        return f"{type(self).__qualname__}({', '.join(f'{name}={getattr(self, name)!r}' for name in names)})"

    return __repr__


def _eq(values: Callable[[object], tuple[Any, ...]]) -> Callable[[object, object], bool]:
    def __eq__(self: object, other: object) -> bool:  # noqa: N807
        return values(self) == values(other) if other.__class__ is self.__class__ else NotImplemented

    return __eq__


def _hash(values: Callable[[object], tuple[Any, ...]]) -> Callable[[object], int]:
    def __hash__(self: object) -> int:  # noqa: N807
        return hash(values(self))

    return __hash__
