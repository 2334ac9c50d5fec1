"""Messages as tests send them, and a receiver of webhooks that answers as it is told."""

from __future__ import annotations

import contextlib
import http.server
import json
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

from workflow_scheduler.domain.alerts import Alert, AlertKind
from workflow_scheduler.domain.message import Details, Message, added
from workflow_scheduler.domain.outline import Outline, Section

NOW = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
HOSTILE = "<b>&\x1b[31m\u202e @everyone <!channel> [x](http://evil)\r\nBcc: a@b"


def single(reason: str = "task load: exit code 3 (expected 0)", kind: AlertKind = AlertKind.FAILED) -> Message:
    alert = Alert(kind, NOW, NOW, "nightly", reason, "20261124-r1")
    details = Details("next run 2026-11-25 01:00:00+00:00", "load", "stderr", ("connecting", "ORA-01017: invalid"))
    message = added(Message("k1", NOW, (), 0, {}, {}), [alert])
    return Message(**{**_values(message), "details": (details,), "link": "http://127.0.0.1:8321/"})


def detailed(text: str) -> Message:
    """With everything that a message can say, each part with that text."""
    message = single(text)
    details = Details(text[:200], "load", "stderr", (text,) * 20, (text[:300],) * 5, text[:1000], text[:1200])
    return Message(**{**_values(message), "details": (details,)})


def digest(count: int = 20) -> Message:
    alerts = [
        Alert(AlertKind.FAILED, NOW, NOW, f"w{at}", "no route to db1" if at else "exit code 3", f"r{at}")
        for at in range(count)
    ]
    return added(Message("k2", NOW, (), 0, {}, {}), alerts)


def trial() -> Message:
    return Message("k3", NOW, (), 0, {}, {}, test=True)


def report(text: str = "exit code 3", rows: int = 10) -> Message:
    row = ("11-24 03:00", "nightly", "20261124-r1", text)
    failed = Section("Failed", ("ended", "workflow", "run", "reason"), (row,) * rows, 3 * rows)
    slower = Section("Slower than usual", ("workflow", "run"), (("load", "20261124-r2"),), 1)
    lines = (("Next", "11-25 03:00 nightly"), ("Disk", "60 GB free, no backup"))
    outline = Outline(
        "Since 2026-11-23 18:00 (UTC)", "1 of 31 due times is done; 30 failed.", "error", (failed, slower), lines
    )
    return Message("k4", NOW, (), 0, {}, {}, link="http://127.0.0.1:8321/", report=outline)


def _values(message: Message) -> dict[str, Any]:
    return {name: getattr(message, name) for name in Message.__slots__}


class Received(list[tuple[dict[str, str], Any]]):
    """The requests, each with its headers and its body; `url` is where they go, `lines` are their methods and paths."""

    url = ""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []


@contextlib.contextmanager
def receiver(answer: Callable[[http.server.BaseHTTPRequestHandler], None]) -> Iterator[Received]:
    """A real server of this machine."""
    received = Received()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            data = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            received.lines.append(f"{self.command} {self.path}")
            received.append((dict(self.headers), data))
            answer(self)

        do_GET = do_POST  # noqa: N815  http.server's name

        def log_message(self, *_: Any) -> None: ...

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    received.url = f"http://127.0.0.1:{server.server_port}/hook?a=b"
    try:
        yield received
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def answers(status: int, **headers: str) -> Callable[[http.server.BaseHTTPRequestHandler], None]:
    def answer(request: http.server.BaseHTTPRequestHandler) -> None:
        request.send_response(status)
        for name, value in headers.items():
            request.send_header(name, value)
        request.send_header("Content-Length", "0")
        request.end_headers()

    return answer


def body_of(received: Received) -> Any:
    return json.loads(received[-1][1])
