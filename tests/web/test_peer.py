"""From where a request came, by its connection and by what a trusted proxy says."""

from __future__ import annotations

import pytest
from starlette.datastructures import Headers

from workflow_scheduler.web.peer import address_group, peer_of

SCOPE = {"client": ("10.0.0.9", 1234), "scheme": "http"}


def seen(*lines: tuple[str, str], trusted: bool = True, scope: dict | None = None) -> tuple[str, str]:
    raw = [(name.encode(), value.encode()) for name, value in lines]
    return peer_of(SCOPE if scope is None else scope, Headers(raw=raw), trusted_proxy=trusted)


def test_the_last_address_of_all_lines_counts_if_the_proxy_is_trusted() -> None:
    lines = [("x-forwarded-for", "1.1.1.1, 2.2.2.2"), ("x-forwarded-for", "3.3.3.3, 4.4.4.4 ")]
    assert seen(*lines) == ("4.4.4.4", "http")
    assert seen(*lines, trusted=False) == ("10.0.0.9", "http")
    assert seen(*lines[:1]) == ("2.2.2.2", "http")


@pytest.mark.parametrize("said", ["", "unknown", "10.0.0.1:80", "fe80::1%eth0", "1" * 46, "10.0.0.1 10.0.0.2"])
def test_what_is_no_address_leaves_that_of_the_connection(said: str) -> None:
    assert seen(("x-forwarded-for", said)) == ("10.0.0.9", "http")


@pytest.mark.parametrize(
    ("said", "scheme"),
    [("https", "https"), ("HTTPS", "https"), ("http, https", "https"), ("ftp", "http"), ("", "http")],
)
def test_the_scheme_that_the_proxy_says(said: str, scheme: str) -> None:
    assert seen(("x-forwarded-proto", said)) == ("10.0.0.9", scheme)
    assert seen(("x-forwarded-proto", said), trusted=False) == ("10.0.0.9", "http")


def test_a_connection_without_an_address_and_one_that_is_too_long() -> None:
    assert seen(scope={}) == ("", "http")
    assert seen(scope={"client": ("x" * 99, 1), "scheme": "https"}) == ("x" * 64, "https")


@pytest.mark.parametrize(
    ("address", "group"),
    [
        ("10.0.0.1", "10.0.0.1"),
        ("::ffff:10.0.0.1", "10.0.0.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::", "2001:db8:1:2::/64"),
        ("", ""),
        ("testclient", "testclient"),
    ],
)
def test_what_one_person_has_for_sure(address: str, group: str) -> None:
    assert address_group(address) == group
