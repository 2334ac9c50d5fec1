"""Opens files that a script can reach. Anything else under their name is neither followed, waited for, nor opened.

A script may leave a named pipe, a link, a folder or a device where a file is expected; opening a pipe would block
forever. Keepers load this module.
"""

from __future__ import annotations

import os
import stat

__all__ = ["NotRegular", "TooLarge", "create_regular", "kind_of", "open_regular", "read_regular", "write_text"]

# What Windows has not, it has not to be told.
_FLAGS = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0) | getattr(os, "O_BINARY", 0)
_CREATE = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
_NOFOLLOW = getattr(os, "O_NOFOLLOW", 0)
_KINDS = {
    stat.S_IFDIR: "a folder",
    stat.S_IFLNK: "a symbolic link",
    stat.S_IFIFO: "a named pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


class NotRegular(OSError):
    """Something other than a regular file has the name; `strerror` says what, such as "is a named pipe"."""

    def __init__(self, path: str, kind: str) -> None:
        super().__init__(0, f"is {kind}", path)


class TooLarge(OSError):
    """The file is larger than its reader accepts; `strerror` says so."""

    def __init__(self, path: str, most: int) -> None:
        super().__init__(0, f"has more than {most:,} bytes", path)


def kind_of(mode: int) -> str | None:
    """The kind of a file with that mode, with its article; None for a regular file."""
    return None if stat.S_ISREG(mode) else _KINDS.get(stat.S_IFMT(mode), "no regular file")


def open_regular(path: str | os.PathLike[str], *, follow: bool = False, write: bool = False) -> int:
    """A descriptor for reading the file, and for writing if asked. `follow` opens a link, for names that a person
    chose. OSError; NotRegular says what has the name."""
    path = os.fspath(path)
    _check(path, os.stat(path, follow_symlinks=follow))
    descriptor = os.open(path, _FLAGS | (os.O_RDWR if write else os.O_RDONLY) | (0 if follow else _NOFOLLOW))
    try:
        _check(path, os.fstat(descriptor))  # it may have been replaced meanwhile
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def read_regular(path: str | os.PathLike[str], most: int, *, follow: bool = False) -> bytes:
    """The content of the file. OSError; TooLarge for more than `most` bytes, such as in an endless file."""
    with os.fdopen(open_regular(path, follow=follow), "rb") as file:
        data = file.read(most + 1)
    if len(data) > most:
        raise TooLarge(os.fspath(path), most)
    return data


def create_regular(path: str) -> int:
    """A descriptor for reading and writing a new file, which replaces what had the name. OSError, such as for a
    folder."""
    try:
        return os.open(path, _CREATE, 0o600)
    except FileExistsError:
        _check_folder(path)
        os.unlink(path)
        return os.open(path, _CREATE, 0o600)


def write_text(path: str, text: str) -> None:
    """A new file with this text in UTF-8, which replaces what had the name. OSError."""
    with os.fdopen(create_regular(path), "wb") as file:
        file.write(text.encode())


def _check(path: str, status: os.stat_result) -> None:
    if (kind := kind_of(status.st_mode)) is not None:
        raise NotRegular(path, kind)


def _check_folder(path: str) -> None:
    if stat.S_ISDIR(os.lstat(path).st_mode):
        raise NotRegular(path, "a folder")
