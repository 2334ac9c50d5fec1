"""The defaults of a home: `defaults.yaml` in its folder, read again when it has changed."""

from __future__ import annotations

from pathlib import Path

from workflow_scheduler.domain.defaults import Defaults
from workflow_scheduler.domain.errors import InvalidInput
from workflow_scheduler.system.regular_file import read_regular
from workflow_scheduler.system.text_encoding import text_of

__all__ = ["DEFAULTS", "DefaultsFile", "read_defaults"]

DEFAULTS = "defaults.yaml"
MOST_BYTES = 1_000_000


class DefaultsFile:
    """Called for each pass of an engine, so that nothing but a look at the file happens as long as it is the same."""

    def __init__(self, home: Path) -> None:
        self._path = home / DEFAULTS
        self._mark: tuple[int, ...] | None = None
        self._defaults = Defaults()

    def __call__(self) -> Defaults:
        """Those in the file; with their `problem` if it cannot be read."""
        mark = self._look()
        if mark != self._mark:
            self._mark = mark
            self._defaults = Defaults() if mark is None else read_defaults(self._path)
        return self._defaults

    def _look(self) -> tuple[int, ...] | None:
        try:
            status = self._path.stat()
        except OSError:
            return None
        return status.st_mtime_ns, status.st_size, status.st_ino


def read_defaults(path: Path) -> Defaults:
    """The defaults, none if there is no file; with their `problem` if it cannot be read."""
    try:
        text = text_of(read_regular(path, MOST_BYTES, follow=True))
        from workflow_scheduler.definitions.defaults import load_defaults  # noqa: PLC0415  most homes have no such file

        return load_defaults(text, str(path))
    except FileNotFoundError:
        return Defaults()
    except InvalidInput as error:
        return Defaults(problem=str(error).splitlines()[0])
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        return Defaults(problem=f"{path} cannot be read ({why}); correct it or its permissions.")
