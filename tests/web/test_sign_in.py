"""Safety requirement 18 and what a 401 says: where a sign-in came from, and that failed ones are on record."""

from __future__ import annotations

import logging
from datetime import timedelta

import pytest
from web.conftest import PASSWORD

from workflow_scheduler.domain.account import Role
from workflow_scheduler.operations.access.audit import audit_list
from workflow_scheduler.web import refusals
from workflow_scheduler.web.gate import cookie_name
from workflow_scheduler.web.peer import address_group

V1 = "/api/v1"
WRONG = {"name": "ada", "password": "wrong pass word"}


@pytest.mark.parametrize(
    ("lines", "address"),
    [
        (["1.2.3.4"], "1.2.3.4"),
        (["6.6.6.6, 1.2.3.4"], "1.2.3.4"),
        (["6.6.6.6", "1.2.3.4"], "1.2.3.4"),
        (["6.6.6.6, 7.7.7.7", "8.8.8.8,1.2.3.4 "], "1.2.3.4"),
        (["2001:DB8::0001"], "2001:db8::1"),
        (["::ffff:1.2.3.4"], "1.2.3.4"),
        ([], "127.0.0.1"),
        ([""], "127.0.0.1"),
        (["1.2.3.4", ""], "127.0.0.1"),
        (["1.2.3.4, unknown"], "127.0.0.1"),
        (["1.2.3.4:5678"], "127.0.0.1"),
        (["999.1.1.1"], "127.0.0.1"),
        (["evil.example"], "127.0.0.1"),
        (["fe80::1%<script>"], "127.0.0.1"),
        (["9" * 100], "127.0.0.1"),
        (["²"], "127.0.0.1"),
    ],
)
def test_the_last_forwarded_address_counts_and_nothing_but_an_address(make_page, lines, address: str) -> None:
    page = make_page(trusted_proxy=True)
    headers = [("x-forwarded-for", line.encode()) for line in lines]
    headers += [("x-real-ip", b"5.5.5.5"), ("forwarded", b"for=5.5.5.5")]
    page.stranger().post(f"{V1}/session", json=WRONG, headers=headers)
    assert audit_list(page.database, 1)[0].address == address


def test_without_a_trusted_proxy_nothing_forwarded_counts(page) -> None:
    page.stranger().post(
        f"{V1}/session", json=WRONG, headers={"x-forwarded-for": "1.2.3.4", "x-forwarded-proto": "https"}
    )
    assert audit_list(page.database, 1)[0].address == "127.0.0.1"


def test_another_line_with_another_address_wins_no_further_tries(make_page) -> None:
    client = make_page(trusted_proxy=True).stranger()
    codes = [
        client.post(
            f"{V1}/session",
            json={**WRONG, "name": f"u{n}"},
            headers=[("x-forwarded-for", f"1.2.3.{n}"), ("x-forwarded-for", "9.9.9.9")],
        ).status_code
        for n in range(8)
    ]
    assert codes == [401] * 3 + [429] * 5


def test_a_network_of_ipv6_is_one_guesser() -> None:
    assert address_group("2001:db8::1") == address_group("2001:db8::ffff:2") == "2001:db8::/64"
    assert address_group("2001:db8:0:1::1") != address_group("2001:db8::1")
    assert address_group("::ffff:1.2.3.4") == address_group("1.2.3.4") == "1.2.3.4"
    assert address_group("no address") == "no address"


def test_failed_sign_ins_are_on_record_whatever_the_name(page, caplog) -> None:
    name = "ada\n2026-11-24 ERROR forged \x1b[31m\u202e" + "x" * 60
    page.stranger().post(f"{V1}/session", json={"name": name, "password": "wrong"})
    page.stranger().post(f"{V1}/session", json={"ticket": "unknown"})
    second, first = audit_list(page.database, 2)
    assert (first.actor, first.action) == ("-", "POST /api/v1/session")
    assert first.detail.startswith(r"failed: sign-in as 'ada\n2026-11-24 ERROR forged \x1b[31m\u202ex")
    assert first.detail.endswith("…'")
    assert "with a link" in second.detail
    (line, _) = [record.getMessage() for record in caplog.records if record.name == refusals.__name__]
    assert line.isprintable()
    assert "from 127.0.0.1" in line


def test_a_flood_of_them_is_a_few_entries_and_a_number(page, caplog) -> None:
    noted = page.fastapi.state.refusals
    written: list[str] = []
    with caplog.at_level(logging.WARNING):
        for n in range(refusals.MOST_IN_WINDOW + 500):
            noted.note(f"u{n}", "10.0.0.1", page.now, written.append)
    assert len(written) == len(caplog.records) == refusals.MOST_IN_WINDOW
    noted.pass_over()
    page.now += timedelta(minutes=1)
    noted.note("last", "10.0.0.1", page.now, written.append)
    assert written[-1] == "failed: sign-in as 'last'; 501 earlier ones are not recorded because there were too many"


def test_a_401_says_how_to_sign_in_and_what_is_wrong_with_a_token(page) -> None:
    stranger = page.stranger()
    plain = stranger.get(f"{V1}/runs")
    assert plain.headers["www-authenticate"] == 'Bearer realm="Workflow Scheduler"'
    assert "Sign in first" in plain.json()["detail"]
    for text in ("wfs_unknown", "ü"):
        wrong = stranger.get(f"{V1}/runs", headers={"authorization": f"bearer {text}".encode()})
        assert wrong.status_code == 401
        assert wrong.headers["www-authenticate"].startswith('Bearer realm="Workflow Scheduler", error="invalid_token"')
        assert "The token is not valid" in wrong.json()["detail"]
    signed_in = page.browser()
    assert signed_in.get(f"{V1}/runs", headers={"authorization": "Bearer x"}).status_code == 401
    # What a proxy of its own asks for is no token.
    assert signed_in.get(f"{V1}/runs", headers={"authorization": "Basic eDp5"}).status_code == 200
    failed = stranger.post(f"{V1}/session", json=WRONG)
    assert failed.headers["www-authenticate"] == 'Bearer realm="Workflow Scheduler"'
    hook = stranger.post("/hooks/h_1", headers={"x-signature-256": "sha256=0", "x-timestamp": "1"})
    assert (hook.status_code, "www-authenticate" in hook.headers) == (401, True)


def test_under_https_the_cookie_is_of_this_very_name(make_page) -> None:
    page = make_page(trusted_proxy=True)
    page.accounts.add_user("ada", Role.VIEWER, PASSWORD, page.now)
    https = {"x-forwarded-proto": "https"}
    answer = page.stranger().post(f"{V1}/session", json={"name": "ada", "password": PASSWORD}, headers=https)
    name, _, rest = answer.headers["set-cookie"].partition("=")
    assert name == cookie_name(8321, https=True) == "__Host-scheduler_8321"
    assert {"Secure", "Path=/", "HttpOnly", "SameSite=strict"} <= set(rest.split("; "))
    assert "domain" not in rest.lower()
    held = rest.partition(";")[0]
    client = page.stranger()
    assert client.get(f"{V1}/session", headers={**https, "cookie": f"{name}={held}"}).status_code == 200
    # A name that a neighbouring host could have set, or one of the other scheme, lets nobody in.
    assert client.get(f"{V1}/session", headers={**https, "cookie": f"scheduler_8321={held}"}).status_code == 401
    assert client.get(f"{V1}/session", headers={"cookie": f"{name}={held}"}).status_code == 401
