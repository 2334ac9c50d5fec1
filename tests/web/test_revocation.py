"""Safety requirements 16 and 17: what is taken away ends at once, and nobody keeps more rights than who gave them has."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import httpx
import pytest
from patience import PATIENCE
from web.conftest import NOW, PASSWORD
from web.served import cookies_of

from workflow_scheduler.domain.account import OWNER, Role
from workflow_scheduler.domain.errors import Refused
from workflow_scheduler.operations.home.maintenance import back_up
from workflow_scheduler.web import admission

V1 = "/api/v1"


def bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


def ends_token(page, who: dict[str, str]) -> None:
    page.accounts.delete_token("gone")


def ends_maker(page, who: dict[str, str]) -> None:
    page.accounts.delete_user("ada")


def ends_by_password(page, who: dict[str, str]) -> None:
    page.accounts.change_user("ada", password=PASSWORD + "!")


def ends_by_role(page, who: dict[str, str]) -> None:
    page.accounts.change_user("ada", role=Role.VIEWER)


def ends_by_time(page, who: dict[str, str]) -> None:
    page.now += timedelta(days=8)


def ends_session(page, who: dict[str, str]) -> None:
    held = who["cookie"].partition("=")[2]
    page.accounts.sign_out(page.accounts.visitor_of_session(held, page.now)[1].key)


@pytest.fixture
def credentials(page) -> Callable[[str], dict[str, str]]:
    """The headers of somebody whose rights are ada's: by a token that she made, or by her session."""
    page.accounts.add_user("ada", Role.ADMIN, PASSWORD, page.now)

    def headers(kind: str) -> dict[str, str]:
        if kind == "token":
            return bearer(page.accounts.add_token("gone", Role.ADMIN, "ada", page.now, days=7).token)
        browser = page.stranger()
        assert browser.post(f"{V1}/session", json={"name": "ada", "password": PASSWORD}).status_code == 200
        return cookies_of(browser)

    return headers


CASES = [
    ("token", ends_token),
    ("token", ends_maker),
    ("token", ends_by_password),
    ("token", ends_by_role),
    ("token", ends_by_time),
    ("session", ends_maker),
    ("session", ends_by_password),
    ("session", ends_by_role),
    ("session", ends_session),
    ("session", ends_by_time),
]


@pytest.mark.parametrize(("kind", "end"), CASES)
def test_an_open_stream_ends_with_what_opened_it(page, served, credentials, kind: str, end: Callable) -> None:
    who = credentials(kind)
    with served.reading(headers=who) as ended, served.reading() as other:
        end(page, who)
        assert list(ended) == []
        if end is not ends_by_time:
            page.commands.create_workflow("w", NOW)
            assert next(other)["kind"] == "catalog.changed"  # nobody else's ends


@pytest.mark.parametrize(("kind", "end"), CASES)
def test_a_download_in_progress_is_broken_off(page, served, credentials, kind: str, end: Callable, monkeypatch) -> None:
    monkeypatch.setattr(admission, "RECHECK", -1.0)
    back_up(page.database, page.home, page.home / "backups.sqlite", page.now)
    (page.home / "backups").mkdir()
    file = page.home / "backups" / "large.sqlite"
    file.write_bytes(bytes(40_000_000))
    who = credentials(kind)
    with (
        httpx.Client(base_url=served.address, timeout=PATIENCE) as client,
        client.stream("GET", f"{V1}/backups/{file.name}", headers=who) as answer,
    ):
        assert answer.status_code == 200
        parts = answer.iter_raw(1000)
        next(parts)
        end(page, who)
        with pytest.raises(httpx.RemoteProtocolError):
            list(parts)


def test_a_token_can_do_no_more_than_its_maker_can_now(page) -> None:
    page.accounts.add_user("ada", Role.ADMIN, PASSWORD, page.now)
    token = page.accounts.add_token("ci", Role.AUTHOR, "ada", page.now).token

    def role() -> Role | None:
        visitor = page.accounts.visitor_of_token(token, page.now)
        return visitor.role if visitor else None

    assert role() is Role.AUTHOR
    for given, expected in ((Role.OPERATOR, Role.OPERATOR), (Role.VIEWER, Role.VIEWER), (Role.ADMIN, Role.AUTHOR)):
        page.accounts.change_user("ada", role=given)
        assert role() is expected
        assert page.accounts.token_list(page.now)[0].role_now == expected.value
    stranger = page.stranger()
    page.accounts.change_user("ada", role=Role.VIEWER)
    refused = stranger.post(f"{V1}/workflows", json={}, headers=bearer(token))
    assert (refused.status_code, "yours is viewer" in refused.text) == (403, True)
    page.accounts.delete_user("ada")
    assert role() is None
    page.accounts.add_user("ada", Role.ADMIN, PASSWORD, page.now)  # another of the same name
    assert role() is None


def test_a_token_that_a_token_made_belongs_to_who_made_that(page) -> None:
    page.accounts.add_user("ada", Role.ADMIN, PASSWORD, page.now)
    first = page.accounts.add_token("first", Role.ADMIN, "ada", page.now, days=2).token
    client = page.stranger()

    def make(name: str, with_token: str) -> dict:
        answer = client.post(f"{V1}/tokens", json={"id": name, "role": "admin", "days": 90}, headers=bearer(with_token))
        assert answer.status_code == 201, answer.text
        return answer.json()

    second = make("second", first)
    assert (second["created_by"], second["made_with"]) == ("ada", "first")
    assert second["expires_at"] == (page.now + timedelta(days=2)).isoformat().replace("+00:00", "Z")
    third = make("third", second["token"])
    assert third["created_by"] == "ada"
    page.accounts.change_user("ada", role=Role.OPERATOR)
    for shown in (first, second["token"], third["token"]):
        assert page.accounts.visitor_of_token(shown, page.now).role is Role.OPERATOR
    page.accounts.delete_token("second")  # such as one that leaked: what was made with it meanwhile ends with it
    assert page.accounts.visitor_of_token(third["token"], page.now) is None
    assert page.accounts.visitor_of_token(first, page.now) is not None
    page.accounts.delete_user("ada")
    assert page.accounts.token_list(page.now) == []


def test_a_new_password_ends_the_tokens_too_and_says_which(page) -> None:
    admin = page.browser()
    page.accounts.add_user("ada", Role.ADMIN, PASSWORD, page.now)
    page.accounts.add_token("mine", Role.ADMIN, OWNER, page.now)
    token = page.accounts.add_token("hers", Role.ADMIN, "ada", page.now).token
    page.stranger().post(f"{V1}/tokens", json={"id": "hers.2"}, headers=bearer(token))
    change = {"headers": {"if-match": "*"}}
    assert admin.patch(f"{V1}/users/ada", json={"role": "viewer"}, **change).json()["ended_tokens"] == []
    changed = admin.patch(f"{V1}/users/ada", json={"password": PASSWORD + "!"}, **change).json()
    assert changed["ended_tokens"] == ["hers", "hers.2"]
    assert [token.id for token in page.accounts.token_list(page.now)] == ["mine"]


def test_who_was_deleted_meanwhile_makes_no_token(page) -> None:
    for maker in ("nobody", "token:nobody", "token:mine"):
        with pytest.raises(Refused, match="deleted meanwhile"):
            page.accounts.add_token("mine", Role.VIEWER, maker, page.now)


def test_tokens_of_this_machines_command_line_hold_until_they_are_deleted(page) -> None:
    token = page.accounts.add_token("ci", Role.ADMIN, OWNER, page.now).token
    assert page.accounts.visitor_of_token(token, page.now).role is Role.ADMIN
    page.accounts.delete_token("ci")
    assert page.accounts.visitor_of_token(token, page.now) is None
