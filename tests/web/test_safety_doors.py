"""Safety requirements 1 to 6: who gets in, from where, and what they may ask."""

from __future__ import annotations

import re
import stat
import sys
from datetime import timedelta

import pytest

from workflow_scheduler.domain.account import Role
from workflow_scheduler.domain.errors import InvalidInput, Refused
from workflow_scheduler.operations.access.secret import SECRET_NAME, home_secret
from workflow_scheduler.settings import Settings
from workflow_scheduler.web.bind import check_exposure, check_place
from workflow_scheduler.web.gate import cookie_name
from workflow_scheduler.web.permissions import API, ROUTES, Rule, find_rule

OPEN = {("GET", "/health"), ("POST", f"{API}/session"), ("POST", "/hooks/{hook}")}
EXAMPLES = {"version": "1", "against": "1", "attempt": "1", "stream": "stdout"}


def path_of(rule: Rule) -> str:
    return re.sub(r"\{(\w+)\}", lambda name: EXAMPLES.get(name[1], "somebody_elses"), rule.path)


def routes_of(page) -> set[tuple[str, str]]:
    document = page.browser().get(f"{API}/openapi.json").json()["paths"]
    found = {(method.upper(), path) for path, ways in document.items() for method in ways}
    return found | {("GET", f"{API}/openapi.json")}


def test_the_table_of_roles_has_every_route_and_no_other(page) -> None:
    assert {(rule.method, rule.path) for rule in ROUTES} == routes_of(page)


def test_only_what_must_be_open_is(page) -> None:
    assert {(rule.method, rule.path) for rule in ROUTES if rule.role is None} <= OPEN


def test_every_route_refuses_without_a_session(page) -> None:
    stranger = page.stranger()
    for rule in ROUTES:
        if rule.role is not None:
            answer = stranger.request(rule.method, path_of(rule), json={} if rule.method != "GET" else None)
            assert answer.status_code == 401, (rule.method, rule.path, answer.text)
            assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("role", list(Role))
def test_every_role_on_every_route_and_somebody_elses_object(page, role: Role) -> None:
    browser = page.browser(role.value)
    for rule in ROUTES:
        if rule.role is None or (rule.method, rule.path) == ("DELETE", f"{API}/session"):
            continue
        if rule.path.endswith("/events"):
            continue  # endless for those who may; test_stream has it
        answer = browser.request(rule.method, path_of(rule), json={} if rule.method not in ("GET", "DELETE") else None)
        if role.covers(rule.role):
            assert answer.status_code not in (401, 403), (role, rule.method, rule.path, answer.text)
            assert answer.status_code < 500 or answer.status_code == 503, (rule.method, rule.path, answer.text)
        else:
            assert answer.status_code == 403, (role, rule.method, rule.path, answer.text)
            assert "needs the role" in answer.json()["detail"]


def test_a_role_that_is_taken_away_counts_at_once(page) -> None:
    browser = page.browser("operator")
    page.accounts.change_user("operator", role=Role.VIEWER)
    assert browser.get(f"{API}/session").json()["role"] == "viewer"
    page.accounts.delete_user("operator")
    assert browser.get(f"{API}/session").status_code == 401


@pytest.mark.parametrize(
    ("settings", "allowed"),
    [
        ({}, True),
        ({"host": "localhost"}, True),
        ({"host": "127.8.9.1"}, True),
        ({"host": "::1"}, True),
        ({"host": "0.0.0.0"}, False),
        ({"host": "::"}, False),
        ({"host": "192.168.1.5"}, False),
        ({"host": "my.server"}, False),
        ({"host": "127.0.0.1.evil.example"}, False),
        ({"host": "0.0.0.0", "tls_cert": "cert", "tls_key": "key"}, True),
        ({"host": "0.0.0.0", "trusted_proxy": True}, True),
        ({"host": "0.0.0.0", "allowed_hosts": ("my.server",)}, False),
        ({"tls_cert": "cert"}, False),
        ({"tls_key": "key"}, False),
        ({"host": "0.0.0.0", "tls_cert": "cert", "tls_key": "nowhere"}, False),
    ],
)
def test_only_this_machine_unless_somebody_encrypts(tmp_path, settings, allowed: bool) -> None:
    for name in ("cert", "key"):
        (tmp_path / name).touch()
    if allowed:
        check_exposure(Settings(tmp_path, **settings))
    else:
        with pytest.raises(InvalidInput, match=r"HOST|TLS_"):
            check_exposure(Settings(tmp_path, **settings))


@pytest.mark.skipif(sys.platform == "win32", reason="rights are Windows' own there")
def test_a_home_that_everybody_may_change_has_no_page(tmp_path) -> None:
    check_place(tmp_path)
    tmp_path.chmod(0o777)
    with pytest.raises(Refused, match="chmod o-w"):
        check_place(tmp_path)


def test_two_homes_have_different_secrets_and_nobody_else_reads_them(make_page) -> None:
    one, two = make_page(), make_page()
    assert home_secret(one.home) == home_secret(one.home)
    assert home_secret(one.home) != home_secret(two.home)
    if sys.platform != "win32":
        assert stat.S_IMODE((one.home / SECRET_NAME).stat().st_mode) == 0o600
        assert stat.S_IMODE((one.home / "jobs.sqlite").stat().st_mode) == 0o600


def test_there_are_no_default_credentials(page) -> None:
    assert page.accounts.user_list() == []
    stranger = page.stranger()
    for name in ("owner", "admin", "root"):
        for password in ("", "owner", "admin", "password"):
            page.now += timedelta(hours=1)  # past what the throttle holds back
            assert stranger.post(f"{API}/session", json={"name": name, "password": password}).status_code == 401
    with pytest.raises(Refused, match="scheduler web"):
        page.accounts.add_user("owner", Role.ADMIN, "correct horse battery", page.now)


def test_a_session_of_one_home_is_none_in_another(make_page) -> None:
    browser, other = make_page().browser(), make_page().stranger()
    other.cookies = browser.cookies
    other.headers["x-csrf-token"] = browser.headers["x-csrf-token"]
    assert other.get(f"{API}/session").status_code == 401


def test_a_ticket_works_once_and_for_a_minute(page) -> None:
    stranger = page.stranger()
    used, late = page.accounts.make_ticket(page.now), page.accounts.make_ticket(page.now)
    assert stranger.post(f"{API}/session", json={"ticket": used}).json()["user"] == "owner"
    assert page.stranger().post(f"{API}/session", json={"ticket": used}).status_code == 401
    page.now += timedelta(seconds=61)
    answer = page.stranger().post(f"{API}/session", json={"ticket": late})
    assert answer.status_code == 401
    assert "scheduler web" in answer.json()["detail"]


def test_a_session_ends(page) -> None:
    browser, other = page.browser(), page.browser()
    assert browser.delete(f"{API}/session").status_code == 204
    assert browser.get(f"{API}/session").status_code == 401
    assert other.get(f"{API}/session").status_code == 200
    page.now += timedelta(days=8)
    assert other.get(f"{API}/session").status_code == 401


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8321", "", "127.0.0.1.evil.example", "localhost@evil", "["]
)
@pytest.mark.parametrize("path", ["/", "/health", f"{API}/session", f"{API}/nothing"])
def test_other_names_are_not_answered_to(page, host: str, path: str) -> None:
    answer = page.browser().get(path, headers={"host": host})
    assert answer.status_code == 421
    assert "ALLOWED_HOSTS" in answer.json()["detail"]


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:8321", "[::1]:8321", "LOCALHOST:1", "my.server"])
def test_known_names_are_answered_to(make_page, host: str) -> None:
    assert make_page(allowed_hosts=("my.server",)).stranger().get("/health", headers={"host": host}).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.example"},
        {"origin": "http://127.0.0.1:9999"},
        {"origin": "null"},
        {"origin": "file://127.0.0.1:8321"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site", "sec-fetch-mode": "cors"},
    ],
)
def test_another_sites_page_may_not_ask(page, headers) -> None:
    browser = page.browser()
    assert browser.get(f"{API}/session", headers=headers).status_code == 403
    assert browser.delete(f"{API}/session", headers=headers).status_code == 403
    assert page.stranger().post(f"{API}/session", json={"ticket": "x"}, headers=headers).status_code == 403
    own = {"origin": "http://127.0.0.1:8321", "sec-fetch-site": "same-origin"}
    assert browser.get(f"{API}/session", headers=own).status_code == 200


def test_the_cookie_is_for_this_page_alone(page, make_page) -> None:
    ticket = page.accounts.make_ticket(page.now)
    cookie = page.stranger().post(f"{API}/session", json={"ticket": ticket}).headers["set-cookie"]
    assert cookie.startswith(f"{cookie_name(8321, https=False)}=")
    assert {"HttpOnly", "SameSite=strict", "Path=/"} <= set(cookie.split("; "))
    proxied = make_page(trusted_proxy=True)
    ticket = proxied.accounts.make_ticket(page.now)
    answer = proxied.stranger().post(f"{API}/session", json={"ticket": ticket}, headers={"x-forwarded-proto": "https"})
    assert "Secure" in answer.headers["set-cookie"].split("; ")
    assert "strict-transport-security" in answer.headers


def test_no_change_without_the_csrf_token(page) -> None:
    browser, other = page.browser(), page.browser()
    for wrong in ("", "x", other.headers["x-csrf-token"]):
        for rule in ROUTES:
            if rule.role is not None and rule.method != "GET":
                answer = browser.request(rule.method, path_of(rule), headers={"x-csrf-token": wrong})
                assert answer.status_code == 403, (rule.method, rule.path)
                assert "x-csrf-token" in answer.json()["detail"]
    assert browser.get(f"{API}/session").status_code == 200


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""]
)
def test_only_json_bodies(page, kind: str) -> None:
    browser = page.browser()
    for rule in ROUTES:
        if rule.method not in ("GET", "DELETE"):
            answer = browser.request(rule.method, path_of(rule), content=b'{"a": 1}', headers={"content-type": kind})
            assert answer.status_code == 415, (rule.method, rule.path, answer.text)


def test_what_is_not_in_the_table_does_not_exist(page) -> None:
    browser = page.browser()
    assert browser.get(f"{API}/nothing").status_code == 404
    assert browser.get("/docs").status_code == 404
    assert browser.request("TRACE", "/health").status_code == 405
    assert find_rule("GET", f"{API}/session/") is None
