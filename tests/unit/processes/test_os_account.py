"""Safety requirement 22: who works here is what the operating system says, whatever variables say."""

from __future__ import annotations

import os

import pytest

from workflow_scheduler.processes import os_account
from workflow_scheduler.processes.os_account import account_name

pwd = pytest.importorskip("pwd", reason="the accounts of POSIX")
OWN = os.getuid()


@pytest.fixture(autouse=True)
def liar(monkeypatch) -> None:
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME", "SUDO_USER"):
        monkeypatch.setenv(name, "somebody_else")


def test_variables_say_nothing(monkeypatch, tmp_path) -> None:
    monkeypatch.setattr(os_account, "_LOGIN", tmp_path / "nowhere")
    assert os_account.os_account() == account_name() == pwd.getpwuid(OWN).pw_name


@pytest.mark.parametrize("text", ["4294967295", str(OWN), "", "x", "²"])
def test_a_sign_in_that_says_nothing_more_is_not_noted(monkeypatch, tmp_path, text: str) -> None:
    (tmp_path / "loginuid").write_text(text)
    monkeypatch.setattr(os_account, "_LOGIN", tmp_path / "loginuid")
    assert os_account.os_account() == account_name()


def test_who_signed_in_and_became_another_is_noted_with_both(monkeypatch, tmp_path) -> None:
    (tmp_path / "loginuid").write_text("4294967000")
    monkeypatch.setattr(os_account, "_LOGIN", tmp_path / "loginuid")
    assert os_account.os_account() == f"{account_name()} (signed in as uid 4294967000)"


def test_an_account_without_a_name_has_its_number(monkeypatch, tmp_path) -> None:
    monkeypatch.setattr(os_account, "_LOGIN", tmp_path / "nowhere")
    monkeypatch.setattr(os, "getuid", lambda: 4294967000)
    assert os_account.os_account() == "uid 4294967000"


def test_the_record_has_the_account(scheduler) -> None:
    scheduler.env.update({"LOGNAME": "somebody_else", "USER": "somebody_else"})
    scheduler("workflow", "create", "w")
    actor = scheduler.json("audit")["entries"][0]["actor"]
    assert actor.split(" (")[0] == f"local:{account_name()}"
    scheduler("planner", "pause")
    assert scheduler.json("planner", "status")["paused_by"] == actor
