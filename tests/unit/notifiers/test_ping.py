"""The signs as each kind of monitor takes them, against a real server."""

from __future__ import annotations

import pytest
from messages import Received, answers, receiver

from workflow_scheduler.domain.errors import InvalidInput
from workflow_scheduler.domain.pings import Sign, check_ping
from workflow_scheduler.notifiers.base import DeliveryFailed
from workflow_scheduler.notifiers.ping import ping

UUID = "/5bf66975-d4c7-4bf5-bcc8-b8d8a82ea278"


def host(received: Received) -> str:
    return received.url.partition("/hook")[0]


def test_healthchecks_gets_a_path_and_the_words() -> None:
    with receiver(answers(200)) as received:
        for sign in Sign:
            ping(host(received) + UUID, sign, "nightly failed: Überlauf", allow_private=True)
    assert received.lines == [f"POST {UUID}/start", f"POST {UUID}", f"POST {UUID}/fail"]
    assert received[2][1].decode() == "nightly failed: Überlauf"


def test_uptime_kuma_gets_its_status_and_no_beginning() -> None:
    with receiver(answers(200)) as received:
        for sign in Sign:
            url = f"{host(received)}/api/push/abc?status=up&msg=OK&ping="
            ping(url, sign, "exit code 3 & more", allow_private=True)
    assert received.lines == [
        "GET /api/push/abc?status=up&msg=exit+code+3+%26+more",
        "GET /api/push/abc?status=down&msg=exit+code+3+%26+more",
    ]


def test_cronitor_gets_its_state(monkeypatch) -> None:
    asked: list[tuple[str, str]] = []
    monkeypatch.setattr(
        "workflow_scheduler.notifiers.ping.post", lambda to, *_, method, **__: asked.append((method, to.url))
    )
    for sign in Sign:
        ping("https://cronitor.link/p/key/nightly", sign, "why", allow_private=False)
    assert [url.partition("?")[2] for _, url in asked] == [
        *("state=run&message=why", "state=complete&message=why", "state=fail&message=why"),
    ]
    assert {method for method, _ in asked} == {"GET"}


def test_a_long_text_is_cut() -> None:
    with receiver(answers(200)) as received:
        ping(received.url, Sign.FAIL, "x" * 100_000, allow_private=True)
    assert len(received[0][1]) == 10_000


@pytest.mark.parametrize(
    ("status", "retry"), [(500, True), (503, True), (429, True), (404, False), (301, False), (401, False)]
)
def test_what_is_not_accepted_says_whether_another_try_may_help(status: int, retry: bool) -> None:
    with receiver(answers(status)) as received, pytest.raises(DeliveryFailed) as error:
        ping(received.url, Sign.SUCCESS, "", allow_private=True)
    assert error.value.retry is retry


def test_a_private_address_is_refused_with_the_setting_that_allows_it() -> None:
    with (
        receiver(answers(200)) as received,
        pytest.raises(DeliveryFailed, match=r"set PING_PRIVATE=1 in \.env") as error,
    ):
        ping(received.url, Sign.SUCCESS, "", allow_private=False)
    assert received == []
    assert str(error.value).startswith("127.0.0.1 is an address of this machine")


@pytest.mark.parametrize(
    "good", ["https://hc-ping.com/x", "http://kuma.lan:3001/api/push/k?status=up", "store:ping", "env:PING"]
)
def test_addresses_and_references(good: str) -> None:
    check_ping(good)


@pytest.mark.parametrize(
    "bad",
    [
        "hc-ping.com/canary",
        "ftp://x/canary",
        "https://",
        "https://a b/canary",
        "https://u:canary@x/",
        "https://x/#canary",
        "x" * 2000,
    ],
)
def test_another_text_is_refused_and_not_repeated(bad: str) -> None:
    with pytest.raises(InvalidInput, match="A ping needs an address") as error:
        check_ping(bad)
    assert "canary" not in str(error.value)
