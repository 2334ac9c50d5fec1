"""Passwords: rules, hashing and verification."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from workflow_scheduler.domain.errors import InvalidInput, SchedulerError

if TYPE_CHECKING:
    from argon2 import PasswordHasher

__all__ = ["check_password", "hashed", "matches"]

SHORTEST, LONGEST = 12, 256


def check_password(password: str) -> None:
    """InvalidInput if the password is too easy to guess or too long."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise InvalidInput(f"The password has {len(password)} characters; use {SHORTEST} to {LONGEST}.")
    if len(set(password)) < 4:
        raise InvalidInput("The password repeats the same few characters; choose another.")


def hashed(password: str) -> str:
    check_password(password)
    return _hasher().hash(password)


def matches(password: str, kept: str | None) -> bool:
    """Whether the password is right. Without a stored hash it takes as long and returns False."""
    from argon2.exceptions import Argon2Error, InvalidHashError  # noqa: PLC0415  an extra

    try:
        found = _hasher().verify(kept or _decoy(), password[:LONGEST])
    except (Argon2Error, InvalidHashError):
        return False
    return found and kept is not None


@lru_cache(maxsize=1)
def _hasher() -> PasswordHasher:
    try:
        from argon2 import PasswordHasher as Hasher  # noqa: PLC0415  an extra
    except ModuleNotFoundError:
        raise SchedulerError(
            'Passwords need packages that are not installed; run: pip install "workflow-scheduler[web]".'
        ) from None
    return Hasher()


@lru_cache(maxsize=1)
def _decoy() -> str:
    return _hasher().hash("nobody's")
