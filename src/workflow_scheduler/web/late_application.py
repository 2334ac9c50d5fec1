"""The application, loaded in a thread while the server already answers what needs none of it."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .application import Application

__all__ = ["LateApplication"]

_log = logging.getLogger(__name__)


class LateApplication:
    """`load` takes most of a second: it imports FastAPI, and pydantic builds its models."""

    def __init__(self, load: Callable[[], Application]) -> None:
        self._load = load
        self._loaded: Future[Application] = Future()

    def start(self, failed: Callable[[], None]) -> None:
        """Load in a thread. `failed` is called if that is not possible, after it was logged."""

        def work() -> None:
            self._loaded.set_running_or_notify_cancel()  # a request that is given up does not stop it
            try:
                self._loaded.set_result(self._load())
            except Exception as error:
                _log.exception("The web interface could not be loaded")
                self._loaded.set_exception(error)
                failed()

        threading.Thread(target=work, name="load", daemon=True).start()

    async def get(self) -> Application:
        """Wait until it is loaded."""
        return self._loaded.result() if self._loaded.done() else await asyncio.wrap_future(self._loaded)
