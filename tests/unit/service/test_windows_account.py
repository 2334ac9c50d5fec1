"""The account of a Windows service, as it is written and asked for."""

from __future__ import annotations

import sys

import pytest

from workflow_scheduler.domain.errors import InvalidInput, Refused
from workflow_scheduler.service.choice import choose
from workflow_scheduler.service.windows_account import LOCAL_SYSTEM, Account, needs_password, parse_account


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("CORP\\ada", "CORP\\ada"),
        (".\\ada", ".\\ada"),
        ("ada", ".\\ada"),
        ("CORP\\nightly$", "CORP\\nightly$"),
        ("localsystem", "LocalSystem"),
        ("NT AUTHORITY\\SYSTEM", "LocalSystem"),
        ("nt authority\\networkservice", "NT AUTHORITY\\NetworkService"),
        ("LocalService", "NT AUTHORITY\\LocalService"),
    ],
)
def test_an_account_is_written_as_windows_does(text: str, name: str) -> None:
    assert parse_account(text) == name


@pytest.mark.parametrize(
    "text", ["", " ", "\\ada", "CORP\\", "A\\B\\c", "ada@corp.example", "CORP\\a/b", "x\ny", "@corp", "a:b"]
)
def test_what_is_no_account_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="is not an account"):
        parse_account(text)


def test_a_password_is_only_wanted_where_there_is_one() -> None:
    assert needs_password("CORP\\ada")
    assert not needs_password("CORP\\nightly$")
    assert not needs_password("LocalSystem")
    assert not needs_password("NT AUTHORITY\\NetworkService")


def test_windows_own_accounts_need_no_right_to_log_on() -> None:
    assert not LOCAL_SYSTEM.needs_right
    assert not Account("NT AUTHORITY\\LocalService").needs_right
    assert Account("CORP\\nightly$").needs_right
    assert LOCAL_SYSTEM.account is None
    assert Account("CORP\\ada").account == "CORP\\ada"


def test_an_account_is_for_a_service_of_windows_alone() -> None:
    with pytest.raises(Refused, match="--account is for a Windows service"):
        choose(False, Account("CORP\\ada"))
    if sys.platform != "win32":
        with pytest.raises(Refused, match="the home's owner"):
            choose(True, Account("CORP\\ada"))


def test_the_password_is_never_an_argument(scheduler) -> None:
    words = scheduler("service", "install", "--help").stdout
    assert "--password-stdin" in words
    assert "--password " not in words
    refused = scheduler("service", "install", "--user", "--account", "CORP\\ada", "--print", code=4)
    assert "--account is for a Windows service" in refused.stderr
