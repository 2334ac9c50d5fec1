"""A secret does not get through, in whatever form it is printed and wherever a read ends; everything else does."""

from __future__ import annotations

import base64
import itertools
import json
import re
import shlex
import urllib.parse

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflow_scheduler.processes.masking import Mask, Secrets, forms_of

PASSWORD = 's3cr3t/p&ss+w\'rd "x" 100% größe'
KEY = b"-----BEGIN KEY-----\nMIIEpQIBAAKCAQEA7wX\nab\n-----END KEY-----"
HIDDEN = "•••P•••"


def masked(data: bytes, secrets: dict[str, bytes], *cuts: int) -> bytes:
    mask, ends = Mask(Secrets(secrets)), [0, *cuts, len(data)]
    parts = [mask.feed(data[start:end]) for start, end in itertools.pairwise(ends)]
    return b"".join(parts) + mask.end()


@pytest.mark.parametrize(
    "printed",
    [
        PASSWORD,
        json.dumps(PASSWORD),
        json.dumps(PASSWORD, ensure_ascii=False),
        json.dumps(PASSWORD).replace("/", "\\/"),
        urllib.parse.quote(PASSWORD),
        urllib.parse.quote(PASSWORD, safe=""),
        urllib.parse.quote_plus(PASSWORD),
        re.sub("%..", lambda code: code[0].lower(), urllib.parse.quote(PASSWORD, safe="")),
        shlex.quote(PASSWORD),
        "'" + PASSWORD.replace("'", "'\\''") + "'",
        PASSWORD.replace('"', '""'),
        PASSWORD.replace("%", "%%"),
    ],
)
def test_each_form_of_a_text_is_replaced(printed: str) -> None:
    found = masked(f"a {printed} b".encode(), {"P": PASSWORD.encode()}).decode()
    assert HIDDEN in found
    assert "s3cr3t" not in found
    assert (found[:2], found[-2:]) == ("a ", " b")


def test_the_words_of_windows_are_replaced_and_stay_whole_characters() -> None:
    data = f"a {PASSWORD} b".encode("utf-16-le")
    assert masked(data, {"P": PASSWORD.encode()}).decode("utf-16-le") == f"a {HIDDEN} b"


@pytest.mark.parametrize("before", ["", "u", "us", "use", "user:"])
@pytest.mark.parametrize("after", ["", "x", "xy", "\n"])
@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
def test_base64_is_replaced_whatever_is_encoded_with_it(before: str, after: str, encode) -> None:
    value = b"\xfb\xff" + PASSWORD.encode() + b"\xfe"
    encoded = encode(before.encode() + value + after.encode())
    found = masked(b"Basic " + encoded + b" .", {"P": value})
    assert HIDDEN.encode() in found
    # What is left says less than two characters about the secret.
    assert len(found) - len(HIDDEN.encode()) - len(b"Basic  .") <= len(encode((before + after).encode())) + 8


def test_each_longer_line_of_a_key_is_replaced() -> None:
    assert masked(b"x MIIEpQIBAAKCAQEA7wX y ab", {"P": KEY}).decode() == f"x {HIDDEN} y ab"
    assert masked(KEY.replace(b"\n", b"\r\n"), {"P": KEY}).decode() == HIDDEN


def test_a_short_secret_is_not_looked_for() -> None:
    assert masked(b"a 12345 b", {"P": b"12345"}) == b"a 12345 b"
    assert forms_of(b"12345") == set()
    assert masked(b"a 123456 b", {"P": b"123456"}).decode() == f"a {HIDDEN} b"


@pytest.mark.parametrize("value", [PASSWORD.encode(), KEY, b"aaaaaaaa", b"abcabcab"])
def test_wherever_a_read_ends_the_same_is_kept(value: bytes) -> None:
    secrets = {"P": value, "Q": value[2:] + b"tail"}
    data = b"aa" + value + b"ab" + value[:-1] + b"\n" + value[3:] + b"tail" + value
    whole = masked(data, secrets)
    assert value not in whole
    for cut in range(len(data)):
        assert masked(data, secrets, cut) == whole
    assert masked(data, secrets, *range(1, len(data))) == whole


def test_what_cannot_be_a_secret_is_not_held_back() -> None:
    mask = Mask(Secrets({"P": b"password"}))
    assert mask.feed(b"give the p") == b"give the "
    assert mask.feed(b"assenger's name") == b"passenger's name"
    assert mask.feed(b"pass") == b""
    assert mask.end() == b"pass"


def test_overlapping_secrets_leave_nothing_of_either() -> None:
    assert masked(b"-abcdefgh-", {"P": b"abcdef", "Q": b"cdefgh"}).decode() == f"-{HIDDEN}-"


@given(st.binary(max_size=300), st.binary(min_size=6, max_size=20), st.lists(st.integers(0, 300), max_size=5))
def test_other_bytes_pass_unchanged_and_the_secret_never(data: bytes, value: bytes, cuts: list[int]) -> None:
    around = data[:150] + value + data[150:]
    assert value not in masked(around, {"P": value}, *sorted(cuts))
    forms = Secrets({"P": value}).labels
    if not any(form in data for form in forms):
        assert masked(data, {"P": value}, *sorted(cuts)) == data
