"""The one tree of errors that people meet. Each message is one sentence that says what to do next.

SchedulerError          exit code 1
├── InvalidInput        exit code 2   what was typed or written cannot be used
├── NotFound            exit code 3   no such workflow, task, schedule or run
├── Refused             exit code 4   not possible in this state
│   └── Outdated                      somebody else changed it meanwhile
└── Unreachable         exit code 5   the scheduler or its database does not answer
"""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["InvalidInput", "NotFound", "Outdated", "Refused", "SchedulerError", "Unreachable"]


class SchedulerError(Exception):
    """Something a person can act on. `code` is what a program asks for, and `about` names the things that it concerns, by noun.

    `str(error)` is the sentence for the command line: it ends with the `hint`, which names a command. `said` is the sentence
    without it, for surfaces that have other ways.
    """

    exit_code = 1
    code = "failed"

    def __init__(self, message: str, *, hint: str = "", about: Mapping[str, str] | None = None) -> None:
        super().__init__(f"{message}; {hint}." if hint else message)
        self.said = f"{message}." if hint else message
        self.about = about or {}


class InvalidInput(SchedulerError):
    """What was given cannot be used; nothing was changed. `path` leads to the place inside a definition."""

    exit_code = 2
    code = "invalid_input"

    def __init__(self, message: str, path: tuple[str | int, ...] = (), *, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.path = path


class NotFound(SchedulerError):
    """The thing named does not exist in this home."""

    exit_code = 3
    code = "not_found"


class Refused(SchedulerError):
    """The thing exists, but its state does not allow this."""

    exit_code = 4
    code = "refused"


class Outdated(Refused):
    """The change was made for an older version than the one that is there now."""

    code = "outdated"


class Unreachable(SchedulerError):
    """The scheduler process or the database does not answer."""

    exit_code = 5
    code = "unreachable"
