"""The application, loaded in a thread when somebody first visits: the server answers what needs none of it, and is small until then."""

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
    """`load` takes most of a second: it imports FastAPI, and pydantic builds its models. `failed` is called if that is not
    possible, after it was logged. For one thread."""

    def __init__(self, load: Callable[[], Application], failed: Callable[[], None]) -> None:
        self._load = load
        self._failed = failed
        self._begun = False
        self._loaded: Future[Application] = Future()

    def prepare(self) -> None:
        """Load it in a thread, unless that has begun already."""
        if self._begun:
            return
        self._begun = True

        def work() -> None:
            self._loaded.set_running_or_notify_cancel()  # a request that is given up does not stop it
            try:
                self._loaded.set_result(self._load())
            except Exception as error:
                _log.exception("The web interface could not be loaded")
                self._loaded.set_exception(error)
                self._failed()

        threading.Thread(target=work, name="load", daemon=True).start()

    async def get(self) -> Application:
        """Wait until it is loaded."""
        self.prepare()
        return self._loaded.result() if self._loaded.done() else await asyncio.wrap_future(self._loaded)
