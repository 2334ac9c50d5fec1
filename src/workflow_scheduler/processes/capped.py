"""A file that keeps the head and the tail of an endless output, in bounded memory and space. Keepers load this module."""

from __future__ import annotations

import os
import sys

from workflow_scheduler.system.regular_file import NotRegular, create_regular, kind_of

__all__ = ["CappedFile"]


class CappedFile:
    """Bytes exactly as written, up to `cap`; beyond that, the first half, a marker, and the last half.

    The file is created with its first byte: most commands write nothing, and creating a file costs more than starting
    them. While it is written, the part after the first half is a ring: a reader sees all bytes, the newest perhaps
    before older ones. `close` puts them in order.
    """

    def __init__(self, path: str, cap: int) -> None:
        self.total = 0
        self.trouble = ""
        """Why bytes were lost, such as a full disk; empty if none were."""
        self._head = max(1, cap // 2)
        self._ring = max(1, cap - self._head)
        self._path = path
        self._file: int | None = None
        self._identity: tuple[int, int] | None = None

    @property
    def truncated(self) -> bool:
        return self.total > self._head + self._ring

    def write(self, data: bytes) -> None:
        """Keep the bytes. An error of the disk becomes `trouble`; the command continues."""
        view = memoryview(data)
        while view:
            at = self.total
            if at >= self._head:
                at = self._head + (at - self._head) % self._ring
            room = (self._head if at < self._head else self._head + self._ring) - at
            part = view[:room]
            try:
                file = self._open()
                os.lseek(file, at, os.SEEK_SET)
                written = os.write(file, part)
            except OSError as error:
                # The command must go on, and its exit code be known, even if its output finds no room.
                self.trouble = _words(error, self._path)
                written = len(part)
            self.total += written
            view = view[written:]

    def notice_replacement(self) -> None:
        """Set `trouble` if the command removed or replaced the file of its own output."""
        # On Windows no process can remove an open file.
        if self._identity is None or self.trouble or sys.platform == "win32":
            return
        try:
            status = os.lstat(self._path)
        except OSError as error:
            self.trouble = f"{os.path.basename(self._path)} no longer exists ({error.strerror})"
            return
        if (status.st_dev, status.st_ino) != self._identity:
            kind = kind_of(status.st_mode) or "another file"
            self.trouble = f"{os.path.basename(self._path)} was replaced by {kind}"

    def _open(self) -> int:
        if self._file is None:
            self._file = create_regular(self._path)
            status = os.fstat(self._file)
            self._identity = status.st_dev, status.st_ino
        return self._file

    def close(self) -> None:
        if self._file is not None:
            if self.truncated and not self.trouble:
                try:
                    self._put_in_order(self._file)
                except OSError as error:
                    self.trouble = str(error.strerror)
            os.close(self._file)
            self._file = None

    def _put_in_order(self, file: int) -> None:
        """Rewrite the ring, oldest byte first, after a line that says how many bytes were cut."""
        oldest = (self.total - self._head) % self._ring
        os.lseek(file, self._head, os.SEEK_SET)
        ring = b""
        while part := os.read(file, self._ring - len(ring)):
            ring += part
        cut = self.total - self._head - self._ring
        os.lseek(file, self._head, os.SEEK_SET)
        mark, kept = f"\n[... {cut} bytes were cut here ...]\n".encode(), memoryview(ring)
        for left in (memoryview(mark), kept[oldest:], kept[:oldest]):
            self._write_all(file, left)

    @staticmethod
    def _write_all(file: int, left: memoryview) -> None:
        while left:
            left = left[os.write(file, left) :]


def _words(error: OSError, path: str) -> str:
    return f"{os.path.basename(path)} {error.strerror}" if isinstance(error, NotRegular) else str(error.strerror)
