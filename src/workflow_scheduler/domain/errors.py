"""The errors that users see. Each message says what is wrong and what to do.

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
    """An error that a user can act on. `code` is for programs, and `about` maps nouns to the names of the things concerned.

    `str(error)` is the message for the command line, ending with the `hint`, which names a command. `said` is the message
    without it, for other interfaces.
    """

    exit_code = 1
    code = "failed"

    def __init__(self, message: str, *, hint: str = "", about: Mapping[str, str] | None = None) -> None:
        super().__init__(f"{message}; {hint}." if hint else message)
        self.said = f"{message}." if hint else message
        self.about = about or {}


class InvalidInput(SchedulerError):
    """The input cannot be used; nothing was changed. `path` is the position inside a definition."""

    exit_code = 2
    code = "invalid_input"

    def __init__(self, message: str, path: tuple[str | int, ...] = (), *, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.path = path


class NotFound(SchedulerError):
    """The named object does not exist in this home."""

    exit_code = 3
    code = "not_found"


class Refused(SchedulerError):
    """The object exists, but its state does not allow this."""

    exit_code = 4
    code = "refused"


class Outdated(Refused):
    """The change was made for an older version than the current one."""

    code = "outdated"


class Unreachable(SchedulerError):
    """The scheduler process or the database does not answer."""

    exit_code = 5
    code = "unreachable"
