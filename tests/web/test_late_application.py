"""The server answers what it can while the application is loaded, and what needs the application waits for it."""

from __future__ import annotations

import subprocess
import sys
import threading

import httpx
import pytest
from patience import PATIENCE
from web.conftest import ADDRESS, PORT
from web.in_process import InProcess

from workflow_scheduler.web.application import Application
from workflow_scheduler.web.files import StaticFiles
from workflow_scheduler.web.gate import Gate
from workflow_scheduler.web.late_application import LateApplication


def client_of(page, application: LateApplication) -> httpx.Client:
    gate = Gate(application, page.fastapi.state.context, StaticFiles(), PORT)
    client = httpx.Client(base_url=ADDRESS, transport=InProcess(gate, ("127.0.0.1", 50000)))
    page.clients.append(client)
    return client


def test_what_needs_the_application_waits_for_it(page) -> None:
    may_load, answers = threading.Event(), []

    def load() -> Application:
        may_load.wait()
        return Application(page.fastapi, {})

    application = LateApplication(load, lambda: None)
    early = client_of(page, application)
    assert early.get("/").status_code == 200
    assert early.get("/health").json() == {"status": "ok"}
    assert early.get("/health", params={"more": "1"}).status_code == 422
    assert early.get("/nowhere").status_code == 404
    late = client_of(page, application)
    asking = threading.Thread(target=lambda: answers.append(late.get("/api/v1/overview")))
    asking.start()
    asking.join(0.2)
    assert not answers
    may_load.set()
    asking.join()
    assert answers[0].status_code == 401
    assert early.get("/api/v1/overview").status_code == 401


def test_it_is_loaded_once_somebody_visits(page) -> None:
    loaded = threading.Event()

    def load() -> Application:
        loaded.set()
        return Application(page.fastapi, {})

    client = client_of(page, LateApplication(load, lambda: None))
    for path in ("/health", "/nowhere"):
        client.get(path)
    assert not loaded.is_set()
    client.get("/")
    assert loaded.wait(PATIENCE)


def test_one_that_cannot_be_loaded_ends_the_server(page, caplog) -> None:
    def load() -> Application:
        raise ImportError("no module named fastapi")

    failed = threading.Event()
    application = LateApplication(load, failed.set)
    with pytest.raises(ImportError):
        client_of(page, application).get("/api/v1/overview")
    assert failed.wait(PATIENCE)
    assert "could not be loaded" in caplog.text


def test_the_server_is_there_before_fastapi() -> None:
    code = "import sys, workflow_scheduler.web.server; sys.exit('fastapi' in sys.modules or 'pydantic' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
