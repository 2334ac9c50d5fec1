"""The standard input of a command: empty, a text, or a file. Keepers load this module."""

from __future__ import annotations

import os
import sys

from workflow_scheduler.system.regular_file import create_regular, open_regular

__all__ = ["open_input", "path_of"]

_FILE = "file:"


def path_of(given: str | None, cwd: str) -> str | None:
    """The file to be read; None for a text, and for no input."""
    if given is None or not given.startswith(_FILE):
        return None
    return os.path.join(cwd, os.path.expanduser(given.removeprefix(_FILE).strip()))


def open_input(given: str | bytes | None, cwd: str, folder: str) -> int:
    """A descriptor from which the command reads: bytes as they are, a text, or a file. `folder`: where a text is kept
    meanwhile, in a file without a name.
    LookupError, with a sentence, if the file cannot be read; OSError if there is no room for the text."""
    if given is None:
        return os.open(os.devnull, os.O_RDONLY)
    path = path_of(given, cwd) if isinstance(given, str) else None
    if path is None:
        return _holding(given.encode() if isinstance(given, str) else given, os.path.join(folder, "stdin"))
    try:
        return open_regular(path, follow=True)
    except OSError as error:
        raise LookupError(f"the file for its standard input cannot be read: {path} ({error.strerror})") from None


def _holding(data: bytes, path: str) -> int:
    """A file without a name that holds the text, which may be a secret and larger than a pipe's buffer."""
    if sys.platform == "linux":
        descriptor = os.memfd_create("stdin")
    elif sys.platform == "win32":
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_BINARY | os.O_TEMPORARY, 0o600)
    else:
        descriptor = create_regular(path)
        os.unlink(path)
    try:
        while data:
            data = data[os.write(descriptor, data) :]
        os.lseek(descriptor, 0, os.SEEK_SET)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor
