"""The line between a worker and its PostgreSQL server, which a test can cut: a small proxy on loopback."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

__all__ = ["Line", "line_to"]

_SOCKET = ".s.PGSQL.5432"


class Line:
    """Forwards connections to the socket of a cluster, unless it is cut or swallows everything."""

    def __init__(self, root: Path, host: str = "127.0.0.1") -> None:
        self._target = str(root / _SOCKET)
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._flows = threading.Event()
        self._flows.set()
        self._cut = False
        self._door = socket.create_server((host, 0))
        self.address = f"{host}:{self._door.getsockname()[1]}"
        threading.Thread(target=self._accept, name="line", daemon=True).start()

    def cut(self) -> None:
        """End every connection, and each new one at once."""
        with self._lock:
            self._cut = True
            ended, self._open = self._open, set()
        for end in ended:
            _end(end)

    def swallow(self) -> None:
        """Keep the connections open, and forward nothing: as a network that is lost."""
        self._flows.clear()

    def mend(self) -> None:
        with self._lock:
            self._cut = False
        self._flows.set()

    def close(self) -> None:
        _end(self._door)
        self._door.close()
        self.cut()
        self._flows.set()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near = self._door.accept()[0]
                _notice_loss(near)
                far = socket.socket(socket.AF_UNIX)
                with self._lock:
                    cut = self._cut
                    self._open |= set() if cut else {near, far}
                try:
                    if cut:
                        raise ConnectionRefusedError
                    far.connect(self._target)
                except OSError:
                    near.close()
                    far.close()
                    continue
                for source, target in ((near, far), (far, near)):
                    threading.Thread(target=self._forward, args=(source, target), daemon=True).start()

    def _forward(self, source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(1 << 16):
                self._flows.wait()
                target.sendall(data)
        for end in (source, target):
            _end(end)
        with self._lock:
            self._open.discard(source)
        source.close()


def _notice_loss(end: socket.socket) -> None:
    """Have a connection end from which nothing more arrives, as a server does that is set up for it."""
    end.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in (("TCP_KEEPIDLE", 10), ("TCP_KEEPINTVL", 5), ("TCP_KEEPCNT", 3), ("TCP_USER_TIMEOUT", 30_000)):
        if (option := getattr(socket, name, None)) is not None:
            end.setsockopt(socket.IPPROTO_TCP, option, value)


def _end(end: socket.socket) -> None:
    with contextlib.suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)


@contextlib.contextmanager
def line_to(root: Path, host: str = "127.0.0.1") -> Iterator[Line]:
    """A line to the cluster in that folder, which begins at that address of this machine."""
    line = Line(root, host)
    try:
        yield line
    finally:
        line.close()
