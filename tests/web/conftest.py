"""A page in this process, over a home of its own, with a clock that the test sets; and browsers that sign in to it."""

from __future__ import annotations

import functools
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import argon2
import httpx
import pytest
from operated import Commands
from web.in_process import InProcess

from workflow_scheduler.domain.account import Role
from workflow_scheduler.engine.lock import Holder
from workflow_scheduler.operations.access.accounts import Accounts
from workflow_scheduler.operations.access.secret import home_secret
from workflow_scheduler.operations.home.event_feed import EventFeed
from workflow_scheduler.operations.home.watchman import Finding
from workflow_scheduler.operations.notifications.plan_file import PlanFile
from workflow_scheduler.settings import Settings
from workflow_scheduler.storage.database import Database
from workflow_scheduler.web.application import make_application
from workflow_scheduler.web.context import Context
from workflow_scheduler.web.files import StaticFiles
from workflow_scheduler.web.gate import Gate
from workflow_scheduler.web.late_application import LateApplication
from workflow_scheduler.web.stream import Hub

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
PORT = 8321
ADDRESS = f"http://127.0.0.1:{PORT}"
PASSWORD = "correct horse battery"


@dataclass
class Page:
    """One home and its page."""

    home: Path
    settings: Settings
    database: Database
    now: datetime = NOW
    running: Holder | None = None
    finding: Finding = Finding(None, "The scheduler works.")  # noqa: RUF009  frozen
    app: Any = None
    fastapi: Any = None
    clients: list[httpx.Client] = field(default_factory=list)

    @property
    def accounts(self) -> Accounts:
        return Accounts(self.database)

    @property
    def commands(self) -> Commands:
        return Commands(self.database, self.settings.timezone)

    def close(self) -> None:
        for client in self.clients:
            client.close()
        self.database.close()

    def stranger(self) -> httpx.Client:
        """A browser that is not signed in."""
        client = httpx.Client(base_url=ADDRESS, transport=InProcess(self.app, ("127.0.0.1", 50000)))
        self.clients.append(client)
        return client

    def browser(self, role: str = "admin") -> httpx.Client:
        """A browser that is signed in with the role, and sends its CSRF token."""
        client = self.stranger()
        if role == "admin":
            given = {"ticket": self.accounts.make_ticket(self.now)}
        else:
            if role not in {user.name for user in self.accounts.user_list()}:
                self.accounts.add_user(role, Role(role), PASSWORD, self.now)
            given = {"name": role, "password": PASSWORD}
        answer = client.post("/api/v1/session", json=given)
        assert answer.status_code == 200, answer.text
        client.headers["x-csrf-token"] = answer.json()["csrf"]
        return client


def open_page(home: Path, **changes: Any) -> Page:
    settings = Settings(home, **changes)
    database = Database(settings.db_url, home)
    database.open()
    page = Page(home, settings, database)
    context = Context(
        settings=settings,
        database=database,
        accounts=Accounts(database),
        secret=home_secret(home),
        now=lambda: page.now,
        lack_of_room=lambda: "",
        free_bytes=lambda: 10**10,
        scheduler=lambda: page.running,
        look=lambda: page.finding,
        log=home / "scheduler.log",
        notify_plan=PlanFile(home, {}),
    )
    made = make_application(context, PORT, Hub(EventFeed(database)))
    application = LateApplication(lambda: made, lambda: None)
    page.app, page.fastapi = Gate(application, context, StaticFiles(), PORT), made.handle
    return page


@pytest.fixture(scope="session", autouse=True)
def _quick_passwords() -> Iterator[None]:
    """What makes a password hard to guess is time, which most of these tests would spend on signing in."""
    quick = functools.partial(argon2.PasswordHasher, time_cost=1, memory_cost=8, parallelism=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(argon2, "PasswordHasher", quick)
        yield


@pytest.fixture
def make_page(tmp_path: Path, migrated: Path) -> Iterator[Callable[..., Page]]:
    """Makes pages, each with a home of its own."""
    made: list[Page] = []

    def make(**changes: Any) -> Page:
        home = tmp_path / f"home{len(made)}"
        home.mkdir(mode=0o700)
        shutil.copy(migrated, home)
        made.append(open_page(home, **changes))
        return made[-1]

    yield make
    for page in made:
        page.close()


@pytest.fixture
def page(make_page: Callable[..., Page]) -> Page:
    return make_page()


@pytest.fixture
def served(page: Page) -> Iterator[Any]:
    """The page behind a real server."""
    from web.served import Served

    server = Served(page)
    yield server
    server.end()
