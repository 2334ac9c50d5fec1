"""What the browser's tests and the pictures share: how Chromium is started, and what counts as a fault of the page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from machine import find_chromium
from patience import PATIENCE

WORDS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
MOST_MS = PATIENCE * 1000
"""As Playwright counts it."""
EXPECTED = re.compile(r"the server responded with a status of (404|409|412|416|422) ")
"""Answers that the page asks for knowingly; a browser writes each into its console."""


@contextmanager
def chromium() -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api")
    playwright.expect.set_options(timeout=MOST_MS)
    with playwright.sync_playwright() as running:
        browser = running.chromium.launch(executable_path=find_chromium(), args=list(WORDS))
        yield browser
        browser.close()


def write(page: Any, text: str) -> None:
    """Put a text in the place of what the editor holds."""
    page.locator(".cm-content").click()
    page.keyboard.press("Control+a")
    page.keyboard.press("Delete")  # over a selection Chromium itself writes a style, which the policy forbids
    page.keyboard.insert_text(text)


def answers(address: str) -> bool:
    try:
        return httpx.get(f"{address}/health", timeout=PATIENCE).status_code == httpx.codes.OK
    except httpx.TransportError:
        return False


class Faults:
    """What browsers complain of; `accept` names what a test brings about itself."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self.accepted = [EXPECTED]
        self.addresses: set[str] = set()

    def accept(self, pattern: str) -> None:
        self.accepted.append(re.compile(pattern))

    def watch(self, context: Any) -> None:
        context.on("console", self._hear)
        context.on("weberror", lambda error: self.seen.append(f"page error: {error.error}"))
        context.on("request", lambda request: self.addresses.add(request.url))

    def _hear(self, message: Any) -> None:
        if message.type == "error":
            self.seen.append(f"{message.text} {message.location.get('url', '')}")

    def left(self) -> list[str]:
        return [fault for fault in self.seen if not any(pattern.search(fault) for pattern in self.accepted)]
