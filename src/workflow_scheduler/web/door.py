"""Accepts connections while there are free slots, without exhausting descriptors or flooding the log."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import ssl
from collections.abc import Callable

from .connection_limit import ConnectionLimit
from .peer import address_group
from .protocol import PatientProtocol

__all__ = ["Door"]

HANDSHAKE_SECONDS = 10.0
PAUSE = 0.2
"""Seconds, after the operating system could not give a connection."""
_log = logging.getLogger(__name__)


class Door:
    """The door of one listening socket. `make` creates a connection's protocol from its address group and a callback
    for its end. Behind a `trusted_proxy` all connections are the proxy's, which has no limit of its own."""

    def __init__(
        self,
        listener: socket.socket,
        make: Callable[[str, Callable[[PatientProtocol], None]], PatientProtocol],
        room: ConnectionLimit,
        context: ssl.SSLContext | None,
        *,
        trusted_proxy: bool,
    ) -> None:
        self._listener = listener
        self._make = make
        self._room = room
        self._context = context
        self._trusted_proxy = trusted_proxy
        self._greeting: set[asyncio.Task[None]] = set()
        listener.setblocking(False)
        self._accepting = asyncio.get_running_loop().create_task(self._accept())

    def close(self) -> None:
        for task in (self._accepting, *self._greeting):
            task.cancel()

    async def wait_closed(self) -> None:
        await asyncio.gather(self._accepting, *self._greeting, return_exceptions=True)

    async def _accept(self) -> None:
        while True:
            try:
                self._take_in(*await asyncio.get_running_loop().sock_accept(self._listener))
            except OSError as error:  # no descriptor is left, or the client is gone again
                _log.warning("A connection could not be accepted (%s)", error.strerror)
                self._room.make_room()
                await asyncio.sleep(PAUSE)

    def _take_in(self, connection: socket.socket, address: tuple[str, int]) -> None:
        group = "" if self._trusted_proxy else address_group(str(address[0]))
        protocol = self._make(group, self._room.leave)
        if not self._room.enter(protocol, alone=not self._trusted_proxy):
            connection.close()
            return
        task = asyncio.get_running_loop().create_task(self._greet(connection, protocol))
        self._greeting.add(task)
        task.add_done_callback(self._greeting.discard)

    async def _greet(self, connection: socket.socket, protocol: PatientProtocol) -> None:
        timeout = HANDSHAKE_SECONDS if self._context else None
        try:
            await asyncio.get_running_loop().connect_accepted_socket(
                lambda: protocol, connection, ssl=self._context, ssl_handshake_timeout=timeout
            )
        except (OSError, asyncio.CancelledError):  # no TLS, or not in time: not worth a line each
            self._room.leave(protocol)
            with contextlib.suppress(OSError):
                connection.close()
