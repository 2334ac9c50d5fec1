"""Webhooks against real servers: what is accepted, refused, tried again and given up; and whom a message never reaches."""

from __future__ import annotations

import hashlib
import hmac
import json
import socket
import threading

import pytest
from messages import HOSTILE, answers, body_of, digest, receiver, single, trial

from workflow_scheduler.domain.channels import WebhookChannel
from workflow_scheduler.notifiers.base import KEY_HEADER, DeliveryFailed
from workflow_scheduler.notifiers.public_address import is_public
from workflow_scheduler.notifiers.webhook import SIGNATURE_HEADER, TIME_HEADER, send


def channel(url: str, **more: object) -> WebhookChannel:
    return WebhookChannel(url, **{"allow_private": True, "timeout": 5.0, **more})


def refusal(channel: WebhookChannel) -> DeliveryFailed:
    with pytest.raises(DeliveryFailed) as error:
        send(channel, single())
    return error.value


def test_the_message_is_json_with_its_key() -> None:
    with receiver(answers(204)) as received:
        send(channel(received.url), single())
    headers, _ = received[0]
    found = body_of(received)
    assert headers[KEY_HEADER] == found["key"] == "k1"
    assert (found["subject"], found["severity"], found["kinds"]) == ("nightly failed", "error", {"failed": 1})
    (alert,) = found["alerts"]
    assert alert["lines"] == ["connecting", "ORA-01017: invalid"]
    assert alert["next_step"] == "next run 2026-11-25 01:00:00+00:00"


def test_the_signature_covers_time_and_body() -> None:
    with receiver(answers(200)) as received:
        send(channel(received.url, secret="s3cret"), single())
    headers, data = received[0]
    expected = hmac.new(b"s3cret", headers[TIME_HEADER].encode() + b"." + data, hashlib.sha256).hexdigest()
    assert headers[SIGNATURE_HEADER] == f"sha256={expected}"


@pytest.mark.parametrize(
    ("status", "retry"), [(500, True), (503, True), (429, True), (408, True), (400, False), (404, False), (410, False)]
)
def test_answers_that_refuse(status: int, retry: bool) -> None:
    with receiver(answers(status)) as received:
        error = refusal(channel(received.url))
    assert error.retry is retry
    assert str(status) in str(error)
    assert "hook" not in str(error), "the address may be a secret"


def test_a_redirect_is_not_followed() -> None:
    with receiver(answers(200)) as other, receiver(answers(307, Location=other.url)) as received:
        error = refusal(channel(received.url))
    assert not error.retry
    assert "redirect" in str(error)
    assert other == []


def test_a_server_that_hangs_is_left() -> None:
    release = threading.Event()
    with receiver(lambda _: release.wait(60)) as received:
        error = refusal(channel(received.url, timeout=0.3))
        release.set()
    assert error.retry
    assert "no answer in time" in str(error)


def test_a_server_that_answers_a_byte_at_a_time_is_left() -> None:
    release = threading.Event()

    def dribble(request) -> None:
        request.wfile.write(b"HTTP/1.1 200 OK\r\nX: ")
        while not release.wait(0.05):
            try:
                request.wfile.write(b"a")
            except OSError:
                return

    with receiver(dribble) as received:
        error = refusal(channel(received.url, timeout=0.5))
        release.set()
    assert error.retry
    assert "no answer in time" in str(error)


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/", "http://[::1]:9/", "http://0x7f.1:9/"])
def test_this_machine_is_refused_unless_allowed(url: str) -> None:
    error = refusal(channel(url, allow_private=False))
    assert not error.retry
    assert "allow_private: true" in str(error)


def test_a_name_that_stands_for_a_private_address_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def resolve(host: str, port: int, **_: object) -> list[object]:
        found = ["93.184.216.34", "169.254.169.254"]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in found]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    monkeypatch.setattr(socket, "create_connection", lambda *_: pytest.fail("it connected"))
    error = refusal(channel("https://harmless.example/", allow_private=False))
    assert "169.254.169.254" in str(error)


def test_the_name_is_resolved_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that stands for another address a moment later (DNS rebinding) gains nothing."""
    resolved = []
    real = socket.getaddrinfo

    def resolve(host: str, port: int, *more: object, **names: object):
        resolved.append(host)
        return real("127.0.0.1" if host == "localhost" else host, port, *more, **names)

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    with receiver(answers(200)) as received:
        send(channel(received.url.replace("127.0.0.1", "localhost")), single())
    assert resolved.count("localhost") == 1


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.216.34", True),
        ("2606:2800:220:1::1", True),
        ("10.0.0.1", False),
        ("172.16.9.9", False),
        ("192.168.1.1", False),
        ("127.0.0.1", False),
        ("0.0.0.0", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("224.0.0.1", False),
        ("::1", False),
        ("fe80::1%eth0", False),
        ("fd00:ec2::254", False),
        ("::ffff:10.0.0.1", False),
        ("64:ff9b::a00:1", False),
        ("2002:a00:1::", False),
    ],
)
def test_addresses(address: str, public: bool) -> None:
    assert is_public(address) is public


@pytest.mark.parametrize(
    "url", ["", "ftp://a/", "file:///etc/passwd", "http://", "http://u:p@a/", "http://a:99999/", "x"]
)
def test_what_is_no_address(url: str) -> None:
    error = refusal(channel(url))
    assert not error.retry
    assert "no address" in str(error)


def test_nobody_is_there() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    error = refusal(channel(f"http://127.0.0.1:{port}/"))
    assert error.retry
    assert "cannot be reached" in str(error)


def test_an_answer_that_is_no_http_is_tried_again() -> None:
    def answer(request) -> None:
        request.wfile.write(b"\0" * 100)
        request.close_connection = True

    with receiver(answer) as received:
        assert refusal(channel(received.url)).retry


def test_all_forms_are_json() -> None:
    for message in (single(HOSTILE), digest(), trial()):
        with receiver(answers(200)) as received:
            send(channel(received.url), message)
        found = json.loads(received[0][1])
        assert "\x1b" not in found["text"]
        assert found["count"] == message.count


@pytest.mark.parametrize("part", ["CANARY x", "CANARY\x7f", "CANARY?a b", "CANARYé"])
def test_an_address_that_cannot_be_sent_is_not_shown(part: str) -> None:
    with receiver(answers(200)) as received:
        error = refusal(channel(f"{received.url}/{part}"))
    assert not error.retry
    assert "CANARY" not in str(error)
    assert "percent-encoded" in str(error)


def test_an_answer_that_repeats_the_address_is_not_shown() -> None:
    with receiver(lambda request: request.wfile.write(b"CANARY is no status line\r\n\r\n")) as received:
        error = refusal(channel(received.url))
    assert "CANARY" not in str(error)
